"""Enlarging tile by tile: no seam, no fringe, any size, and memory that stays flat."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

from imaging.resize import resize
from models.enlarge import enlarge, spread_colour
from tests.models.onnx_files import upscale_file

REACH = 3
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=[2, 4])
def net(request, tmp_path_factory):
    """A net of random weights that looks two pixels far."""
    folder = tmp_path_factory.mktemp("net")
    path = upscale_file(folder / "net.onnx", request.param, texture=0.2)
    session = onnxruntime.InferenceSession(str(path))
    return lambda planes: session.run(None, {"input": planes})[0]


def repeating(planes: np.ndarray) -> np.ndarray:
    """A net that only repeats pixels, 2 x 2."""
    return planes.repeat(2, axis=2).repeat(2, axis=3)


def photo(height: int, width: int, bands: int = 3) -> np.ndarray:
    random = np.random.default_rng(5)
    coarse = random.integers(0, 256, (height // 6 + 2, width // 6 + 2, bands), np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return smooth.reshape(height, width, bands)


def ring(side: int) -> np.ndarray:
    """A green ring with soft edges, colour only where it is not clear."""
    alpha = np.zeros((4 * side, 4 * side), np.uint8)
    cv2.circle(alpha, (2 * side, 2 * side), int(1.5 * side), 255, side // 3)
    alpha = cv2.resize(alpha, (side, side), interpolation=cv2.INTER_AREA)
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[alpha > 0, :3] = (60, 180, 90)
    pixels[:, :, 3] = alpha
    return pixels


@pytest.mark.parametrize("size", [(2.0, 2.0), (4.0, 4.0), (1.37, 1.37), (2.9, 2.9), (1.1, 3.7)])
@pytest.mark.parametrize("bands", [3, 4])
def test_tiles_give_what_one_tile_would_give(net, size, bands):
    image = photo(83, 131, bands)
    image[np.random.default_rng(7).random((83, 131)) < 0.9, 3:] = 0  # specks, far apart
    width, height = round(131 * size[0]), round(83 * size[1])
    whole, one = enlarge(image, width, height, net, REACH)
    tiled, many = enlarge(image, width, height, net, REACH, window=48)
    assert (one, many > 8) == (1, True)
    assert tiled.shape == (height, width, bands)
    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_tiles_agree_on_the_colours_under_clear_pixels():
    def blurring(planes: np.ndarray) -> np.ndarray:
        soft = cv2.blur(planes[0].transpose(1, 2, 0), (17, 17), borderType=cv2.BORDER_REPLICATE)
        return repeating(soft.transpose(2, 0, 1)[None])

    image = np.random.default_rng(2).integers(0, 256, (90, 140, 4), np.uint8)
    image[:, :, 3] = np.where(np.arange(140) % 15 < 1, 255, 0)
    whole, _ = enlarge(image, 280, 180, blurring, reach=8)
    tiled, _ = enlarge(image, 280, 180, blurring, reach=8, window=60)
    assert np.abs(tiled.astype(int) - whole).max() <= 1


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (5, 1), (3, 200), (49, 48)])
def test_any_size_down_to_one_pixel_is_enlarged(net, height, width):
    for bands in (3, 4):
        for scale in (1.2, 2.37, 4):
            size = max(1, round(width * scale)), max(1, round(height * scale))
            made, _ = enlarge(photo(height, width, bands), *size, net, REACH, window=48)
            assert made.shape == (size[1], size[0], bands)


def test_an_odd_factor_shrinks_as_a_plain_resize_of_the_whole_would():
    image = photo(120, 90)
    made, _ = enlarge(image, 153, 204, repeating, REACH, window=48)
    large = image.repeat(2, axis=0).repeat(2, axis=1)
    difference = np.abs(made.astype(int) - resize(large, 153, 204))
    assert difference.max() <= 3 and difference.mean() < 0.3


def test_opaque_stays_opaque_and_clear_stays_clear():
    image = np.dstack([photo(60, 60), np.full((60, 60), 255, np.uint8)])
    assert (enlarge(image, 120, 120, repeating, REACH, 48)[0][:, :, 3] == 255).all()
    image[:, :, 3] = 0
    assert not enlarge(image, 120, 120, repeating, REACH, 48)[0].any()


def test_alpha_has_no_ripples_beside_its_edges():
    image = np.zeros((60, 60, 4), np.uint8)
    image[20:40, 20:40] = (200, 100, 50, 255)
    alpha = enlarge(image, 240, 240, repeating, REACH, 64)[0][:, :, 3]
    assert (alpha[86:154, 86:154] == 255).all()
    outside = np.ones((240, 240), bool)
    outside[74:166, 74:166] = False
    assert not alpha[outside].any()


@pytest.mark.parametrize("scale", [2, 3.3])
def test_no_dark_fringe_comes_into_a_products_edge(net, scale):
    size = round(64 * scale)
    made, _ = enlarge(ring(64), size, size, repeating, REACH, window=48)
    edge = made[made[:, :, 3] > 0][:, :3].astype(int)
    assert np.abs(edge - (60, 180, 90)).max() <= 2


def test_clear_pixels_come_back_black():
    made, _ = enlarge(ring(64), 128, 128, repeating, REACH, window=48)
    assert not made[made[:, :, 3] == 0].any() and (made[:, :, 3] == 0).any()


def test_colours_are_carried_eight_pixels_into_clear_ones():
    image = np.zeros((40, 40, 4), np.uint8)
    image[:, :20] = (10, 20, 30, 255)
    spread = spread_colour(image)
    assert (spread[:, :28] == (10, 20, 30)).all()
    assert not spread[:, 28:].any()


def test_paper_of_one_colour_keeps_it_whatever_the_net_makes_of_it():
    def dimmer(planes: np.ndarray) -> np.ndarray:
        return 0.98 * planes.repeat(4, 2).repeat(4, 3)

    photo = np.full((500, 400, 3), 255, np.uint8)
    photo[200:260, 150:220] = 40
    for width, height in ((1600, 2000), (1000, 1250)):
        large, _ = enlarge(photo, width, height, dimmer, reach=10)
        assert (large[: height * 185 // 500] == 255).all()
        assert (large[height * 195 // 500, width // 2 - 40 : width // 2] == 250).all()


def test_values_outside_of_0_to_1_are_cut_off():
    made, _ = enlarge(photo(20, 20), 40, 40, lambda planes: 9 * repeating(planes) - 4, REACH)
    source = 9 * photo(20, 20).repeat(2, 0).repeat(2, 1).astype(float) - 4 * 255
    assert np.abs(np.clip(source, 0, 255) - made).max() <= 1


MEMORY = """
import resource, sys, numpy as np
from models.enlarge import enlarge
side = int(sys.argv[1])
image, size = np.full((side, side, 4), 200, np.uint8), round(side * 1.5)
image[:, :, 3] = np.arange(side) % 255
net = lambda planes: planes.repeat(2, axis=2).repeat(2, axis=3)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
enlarge(image, size, size, net, 3)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) / 1024 - size * size * 4 / 2**20)
"""


def test_memory_beside_the_result_does_not_grow_with_the_picture():
    extra = [
        float(
            subprocess.run(
                [sys.executable, "-c", MEMORY, str(side)],
                cwd=ROOT,
                capture_output=True,
                check=True,
                timeout=120,
            ).stdout
        )
        for side in (400, 1600)
    ]
    assert extra[1] < extra[0] + 8
