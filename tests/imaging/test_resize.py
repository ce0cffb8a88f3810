"""Resizing is antialiased, faithful, and free of fringes."""

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio as psnr

from imaging.resize import resize


def test_shrinking_agrees_with_pillows_lanczos(coffee):
    expected = np.asarray(Image.fromarray(coffee).resize((211, 140), Image.Resampling.LANCZOS))
    assert psnr(expected, resize(coffee, 211, 140)) > 40


def test_enlarging_agrees_with_pillows_lanczos_without_a_shift(coffee):
    expected = np.asarray(Image.fromarray(coffee).resize((1200, 800), Image.Resampling.LANCZOS))
    assert psnr(expected, resize(coffee, 1200, 800)) > 40


def test_one_side_may_shrink_while_the_other_grows(coffee):
    expected = np.asarray(Image.fromarray(coffee).resize((300, 800), Image.Resampling.LANCZOS))
    assert psnr(expected, resize(coffee, 300, 800)) > 38


def test_shrinking_does_not_alias():
    stripes = np.zeros((512, 512, 1), np.uint8)
    stripes[:, ::2] = 255
    assert np.ptp(resize(stripes, 101, 101)[5:-5, 5:-5].astype(int)) < 4


@pytest.mark.parametrize("size", [(50, 50), (200, 200), (50, 200)])
def test_the_colour_of_clear_pixels_does_not_leak(size):
    rgba = np.zeros((100, 100, 4), np.uint8)
    rgba[..., 1] = 255  # clear green
    rgba[30:70, 30:70] = (200, 0, 0, 255)
    result = resize(rgba, *size)
    seen = result[result[..., 3] > 20]
    assert seen[:, 1].max() <= 2
    assert np.abs(seen[seen[:, 3] > 60][:, 0].astype(int) - 200).max() <= 3


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_opaque_and_flat_pixels_keep_their_value(channels):
    flat = np.full((30, 40, channels), 255, np.uint8)
    for size in ((17, 13), (90, 70), (40, 30)):
        result = resize(flat, *size)
        assert result.shape == (size[1], size[0], channels)
        assert (result == 255).all()


def test_a_plane_comes_back_as_a_plane():
    assert resize(np.zeros((20, 30), np.uint8), 15, 10).shape == (10, 15)


def test_extreme_shrinking_keeps_a_pixel():
    assert resize(np.full((3000, 40, 3), 7, np.uint8), 1, 1).tolist() == [[[7, 7, 7]]]


@pytest.mark.parametrize("shape", [(4, 4, 2), (4, 4, 5)])
def test_other_layouts_are_refused(shape):
    with pytest.raises(ValueError):
        resize(np.zeros(shape, np.uint8), 2, 2)


def test_an_array_view_can_be_resized(coffee):
    assert resize(coffee[::-1, 10:310], 100, 100).shape == (100, 100, 3)
