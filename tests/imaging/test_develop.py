"""Light becomes pixels without bands, and edges mix as light does."""

import numpy as np
import pytest

from imaging.composite import lay_over
from imaging.develop import develop
from imaging.layout import Box
from imaging.light import to_linear, to_srgb_scale


def test_linear_light_and_back_is_exact():
    codes = np.arange(256, dtype=np.uint8)
    assert (np.rint(to_srgb_scale(to_linear(codes))) == codes).all()


def test_pure_white_and_black_stay_pure():
    for value in (0.0, 1.0):
        picture = develop(np.full((8, 8, 3), value, np.float32), 300, 500)
        assert (picture == round(255 * value)).all()


def test_a_gradient_is_dithered_around_its_true_value():
    ramp = np.linspace(0.50, 0.52, 64, dtype=np.float32)[None, :, None] * np.ones((8, 1, 3))
    picture = develop(ramp.astype(np.float32), 2048, 512)[..., 0].astype(float)
    true = to_srgb_scale(np.linspace(0.50, 0.52, 2048))
    assert np.abs(picture.mean(axis=0) - true).max() < 0.2


def test_a_texture_under_full_light_is_itself():
    texture = np.random.default_rng(1).integers(0, 256, (90, 70, 3), np.uint8)
    picture = develop(np.ones((9, 7, 3), np.float32), 70, 90, texture)
    assert np.abs(picture.astype(int) - texture).max() <= 1


def test_half_the_light_is_half_of_linear_light():
    texture = np.full((40, 40, 3), 200, np.uint8)
    picture = develop(np.full((4, 4, 3), 0.5, np.float32), 40, 40, texture)
    assert abs(picture.mean() - to_srgb_scale(to_linear(np.uint8(200)) / 2)) < 0.2


@pytest.mark.parametrize("textured", [False, True])
def test_a_mirror_image_covers_the_surface_in_linear_light(textured):
    texture = np.full((40, 40, 3), 255, np.uint8) if textured else None
    mirrored = np.zeros((4, 4, 4), np.float32)
    mirrored[..., 3] = 0.5
    mirrored[..., 0] = 0.5
    picture = develop(np.ones((4, 4, 3), np.float32), 40, 40, texture, mirrored)
    assert (picture[..., 0] == 255).all()
    assert abs(picture[..., 1].mean() - 188) < 0.6


def test_half_covered_pixels_mix_in_linear_light():
    canvas = np.full((4, 4, 3), 255, np.uint8)
    cutout = np.zeros((2, 2, 4), np.uint8)
    cutout[..., 3] = (255, 128)
    lay_over(canvas, cutout, Box(1, 1, 2, 2))
    assert canvas[1, 1].tolist() == [0, 0, 0]
    assert abs(int(canvas[1, 2, 0]) - 187) <= 1
    assert (canvas[0] == 255).all()


def test_a_box_off_the_canvas_is_refused():
    with pytest.raises(ValueError):
        lay_over(np.zeros((4, 4, 3), np.uint8), np.zeros((2, 2, 4), np.uint8), Box(3, 3, 2, 2))
