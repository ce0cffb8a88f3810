"""The fringe of an old background goes; what is clean stays."""

import cv2
import numpy as np
import pytest

from imaging.despill import despill


def clean(colour: tuple[int, int, int] = (150, 60, 30)) -> np.ndarray:
    """A disc with a soft edge, in its own colour throughout."""
    pixels = np.zeros((160, 160, 4), np.uint8)
    cv2.circle(pixels, (80, 80), 50, (0, 0, 0, 255), -1)
    pixels[..., 3] = cv2.GaussianBlur(pixels[..., 3], (0, 0), 2)
    shade = np.linspace(0.8, 1.2, 160)[:, None, None] * np.array(colour)
    pixels[..., :3] = np.where(pixels[..., 3:] > 0, shade, 0)
    return pixels


def fringed(pixels: np.ndarray, ground: tuple[int, int, int]) -> np.ndarray:
    share = pixels[..., 3:] / 255
    mixed = pixels.copy()
    colour = share * pixels[..., :3] + (1 - share) * np.array(ground)
    mixed[..., :3] = np.where(share > 0, np.rint(colour), 0)
    return mixed


def soft(pixels: np.ndarray) -> np.ndarray:
    return (pixels[..., 3] > 20) & (pixels[..., 3] < 255)


@pytest.mark.parametrize("ground", [(255, 255, 255), (0, 200, 60), (20, 40, 200)], ids=str)
def test_a_fringe_of_one_colour_is_taken_out(ground):
    before = fringed(clean(), ground)
    after = before.copy()
    despill(after)
    at = soft(before)
    off, left = (
        np.abs(each[at][:, :3].astype(int) - clean()[at][:, :3]).mean() for each in (before, after)
    )
    assert left < 0.2 * off


@pytest.mark.parametrize("seed", range(3))
def test_opaque_and_clear_pixels_and_all_alpha_stay(seed):
    before = fringed(clean(), (255, 255, 255))
    before[..., :3][before[..., 3] == 0] = np.random.default_rng(seed).integers(0, 256, 3)
    after = before.copy()
    despill(after)
    kept = np.isin(before[..., 3], (0, 255))
    assert (after[kept] == before[kept]).all() and (after[..., 3] == before[..., 3]).all()


@pytest.mark.parametrize(
    "pixels",
    [
        clean(),
        fringed(clean((250, 250, 250)), (255, 255, 255)),
        np.full((40, 40, 4), 120, np.uint8),
        np.full((1, 1, 4), 120, np.uint8),
        np.zeros((40, 40, 4), np.uint8),
    ],
    ids=["clean", "white on white", "all soft", "a pixel", "empty"],
)
def test_what_has_no_fringe_is_left_as_it_is(pixels):
    after = pixels.copy()
    despill(after)
    assert (after == pixels).all()


def test_a_fringe_of_many_colours_is_left_as_it_is():
    pixels = fringed(clean(), (255, 255, 255))
    pixels[:, 80:] = fringed(clean(), (0, 200, 60))[:, 80:]
    pixels[80:] = fringed(clean(), (20, 40, 200))[80:]
    after = pixels.copy()
    despill(after)
    assert (after == pixels).all()


def test_a_shadow_that_came_with_the_product_is_left_as_it_is():
    pixels = clean()
    shadow = np.zeros_like(pixels)
    cv2.ellipse(shadow, (95, 120), (60, 18), 0, 0, 360, (0, 0, 0, 140), -1)
    shadow[..., 3] = cv2.GaussianBlur(shadow[..., 3], (0, 0), 6)
    under = pixels[..., 3] < shadow[..., 3]
    pixels[under] = shadow[under]
    after = pixels.copy()
    despill(after)
    assert (after == pixels).all()
