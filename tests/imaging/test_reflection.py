"""A glossy floor mirrors the product below it, fading and blurring with distance."""

import numpy as np
import pytest

from imaging.footing import footings
from imaging.reflection import floor_reflection
from tests.imaging import mattes
from tests.imaging.mattes import BASE, SIDE


def product(alpha: np.ndarray) -> np.ndarray:
    """Red above, blue in its lowest 40 rows; premultiplied, linear."""
    colour = np.zeros((SIDE, SIDE, 4), np.float32)
    colour[..., 0], colour[..., 3] = 1, 1
    colour[BASE - 40 :, :, 0], colour[BASE - 40 :, :, 2] = 0, 1
    return colour * alpha[:, :, None]


def mirrored(alpha: np.ndarray, gloss: float = 0.6, roughness: float = 0.1) -> np.ndarray:
    return floor_reflection(product(alpha), footings(alpha), gloss, roughness)


def test_it_lies_below_the_product_only():
    image = mirrored(mattes.box())
    assert (image[: BASE - 1] == 0).all()
    assert image[BASE + 2, 160, 3] > 0.5
    assert (image[:, :120] < 0.01).all() and (image[:, 200:] < 0.01).all()


def test_what_is_lowest_is_mirrored_highest_and_it_fades():
    image = mirrored(mattes.box())
    near, far = image[BASE + 10, 160], image[BASE + 70, 160]
    assert near[2] > 0.4 and near[0] < 0.05
    assert far[0] > 10 * far[2]
    assert 0 < far[3] < 0.5 * near[3]


def test_it_follows_the_lower_outline_without_a_gap():
    alpha = mattes.corner_on()
    image = mirrored(alpha)
    for column in range(104, 216, 8):
        bottom = np.flatnonzero(alpha[:, column])[-1]
        assert image[bottom + 2, column, 3] > 0.4
        assert (image[: bottom - 1, column] == 0).all()


def test_roughness_blurs_it_and_more_so_far_below():
    def edge(roughness: float, row: int) -> int:
        line = mirrored(mattes.box(), 1.0, roughness)[row, :, 3]
        return int(((line > 0.1 * line.max()) & (line < 0.9 * line.max())).sum())

    assert edge(0.8, BASE + 60) > edge(0.0, BASE + 60) + 10
    assert edge(0.8, BASE + 60) > edge(0.8, BASE + 10) + 10


def test_no_gloss_mirrors_nothing():
    assert (mirrored(mattes.box(), gloss=0.0) == 0).all()


def test_a_raised_part_is_mirrored_as_far_below_the_floor_as_it_is_above():
    image = mirrored(np.maximum(mattes.box(130, 150), mattes.box(150, 190, base=BASE - 40)), 1.0, 0)
    assert image[BASE + 10, 175, 3] < 0.02 < image[BASE + 46, 175, 3]


@pytest.mark.parametrize("name", ["ring", "bag", "two_parts"])
def test_cover_is_a_share_and_light_no_more_than_it(name):
    image = mirrored(getattr(mattes, name)(), 1.0, 0.5)
    assert image.min() >= 0 and image[..., 3].max() <= 1
    assert (image[..., :3] <= image[..., 3:] + 1e-5).all()


def test_a_product_at_the_frames_edge_has_its_image_cut():
    assert mirrored(mattes.box(left=0, right=60))[BASE + 2, 10, 3] > 0.3
    assert np.isfinite(mirrored(mattes.box(base=SIDE - 1))).all()
