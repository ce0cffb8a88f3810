"""Backdrops have no bands, shadows lie under products, edges mix as light does."""

import numpy as np
import pytest

from imaging.backdrop import develop, studio_sweep
from imaging.composite import lay_over
from imaging.layout import Box
from imaging.light import to_linear, to_srgb_scale
from imaging.shadow import contact_shadow


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


def test_the_sweep_is_smooth_and_the_same_each_time():
    light = studio_sweep(200, 150, (236, 236, 236), 0.7)
    assert light.shape == (150, 200, 3)
    assert light.min() > 0.5 and light.max() <= to_linear(np.uint8(236)) * 1.001
    assert np.abs(np.diff(light, axis=0)).max() < 0.02
    assert (develop(light, 400, 300) == develop(light, 400, 300)).all()


def test_a_shadow_lies_under_the_product_and_nowhere_far():
    alpha = np.zeros((300, 400), np.float32)
    alpha[80:220, 150:250] = 1
    light = contact_shadow(alpha)
    assert light[220, 200] < 0.6
    assert (light[:60] == 1).all() and (light[:, :40] == 1).all() and (light[290:] == 1).all()
    assert light.min() >= 0 and light.max() <= 1


def test_a_lifted_part_casts_less_contact_shadow_than_the_foot():
    alpha = np.zeros((300, 400), np.float32)
    alpha[80:220, 150:250] = 1
    alpha[100:140, 250:330] = 1
    light = contact_shadow(alpha)
    assert light[222, 200] < light[142, 300]


def test_no_product_casts_no_shadow():
    assert (contact_shadow(np.zeros((20, 20), np.float32)) == 1).all()


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
