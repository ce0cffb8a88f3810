"""Masked SSIM is scikit-image's, averaged over the mask."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from imaging.fidelity.ssim import masked_ssim


def test_ssim_over_a_mask_is_that_of_scikit_image(coffee):
    first = coffee[:, :, 1].copy()
    noise = np.random.default_rng(1).integers(-9, 10, first.shape)
    second = np.clip(first + noise, 0, 255).astype(np.uint8)
    mask = np.zeros(first.shape, bool)
    mask[30:370, 50:-60] = first[30:370, 50:-60] > 60
    _, index = structural_similarity(
        first, second, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )
    # Theirs works in float64, and mirrors the border otherwise.
    assert masked_ssim(first, second, mask) == pytest.approx(index[mask].mean(), abs=1e-4)


def test_equal_pictures_have_ssim_1_up_to_the_border(coffee):
    plane = coffee[:, :, 0].copy()
    assert masked_ssim(plane, plane, np.ones(plane.shape, bool)) == pytest.approx(1, abs=1e-6)


def test_an_empty_mask_has_no_ssim():
    plane = np.zeros((20, 20), np.uint8)
    with pytest.raises(ValueError, match="no pixel"):
        masked_ssim(plane, plane, np.zeros(plane.shape, bool))
