"""The scene's light reaches over soft edges, and over nothing else."""

import numpy as np
import pytest

from imaging.layout import Box
from imaging.wrap import wrap_light

BOX = Box(20, 30, 60, 40)


@pytest.fixture
def cutout() -> np.ndarray:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 60, 4), np.uint8)
    pixels[10:30, 15:45, 3] = 255
    pixels[:5, :, 3] = 0
    return pixels


@pytest.fixture
def scene() -> np.ndarray:
    return np.full((100, 120, 3), (250, 200, 40), np.uint8)


def test_opaque_and_clear_pixels_and_all_alpha_stay(cutout, scene):
    wrapped = cutout.copy()
    wrap_light(wrapped, scene, BOX, 1.0)
    kept = np.isin(cutout[..., 3], (0, 255))
    assert (wrapped[kept] == cutout[kept]).all()
    assert (wrapped[..., 3] == cutout[..., 3]).all()
    assert (wrapped[~kept] != cutout[~kept]).any()


def test_the_clearer_a_pixel_the_more_it_takes_of_the_scene(cutout, scene):
    cutout[..., :3] = 10
    cutout[0, :, 3], cutout[1, :, 3] = 20, 230
    wrap_light(cutout, scene, BOX, 0.8)
    assert (cutout[0, :, :3] > cutout[1, :, :3]).all()
    assert cutout[0, 5, 0] > cutout[0, 5, 1] > cutout[0, 5, 2] > 10


def test_no_wrap_changes_nothing(cutout, scene):
    wrapped = cutout.copy()
    wrap_light(wrapped, scene, BOX, 0.0)
    assert (wrapped == cutout).all()


def test_the_light_comes_from_that_part_of_the_scene():
    scene = np.zeros((100, 120, 3), np.uint8)
    scene[:, 50:] = 255
    cutout = np.zeros((40, 60, 4), np.uint8)
    cutout[..., 3] = 60
    wrap_light(cutout, scene, BOX, 0.5)
    assert (cutout[:, :27, :3] < 5).all() and (cutout[:, 33:, :3] > 120).all()
