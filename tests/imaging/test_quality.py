"""The measures tell a clean matte from a doubtful one."""

import cv2
import numpy as np
import pytest

from imaging.quality import matte_quality


def disc(size: int = 400, radius: int = 100) -> np.ndarray:
    alpha = np.zeros((size, size), np.uint8)
    return cv2.circle(alpha, (size // 2, size // 2), radius, 255, -1)


def test_a_clean_disc_is_one_part_without_holes():
    quality = matte_quality(disc())
    assert quality.coverage == pytest.approx(np.pi * 100**2 / 400**2, rel=0.02)
    assert (quality.fragments, quality.holes) == (1, 0)
    assert quality.uncertain == 0 and quality.frame_contact == 0


@pytest.mark.parametrize("size", [400, 3000])
def test_parts_and_holes_are_counted_at_any_size_but_not_specks(size):
    alpha = disc(size, size // 4)
    cv2.circle(alpha, (size // 2, size // 2), size // 16, 0, -1)
    cv2.circle(alpha, (size // 10, size // 10), size // 20, 255, -1)
    alpha[-size // 200 :, -1] = 255
    quality = matte_quality(alpha)
    assert (quality.fragments, quality.holes) == (2, 1)


def test_a_blurred_edge_is_uncertain():
    assert matte_quality(cv2.GaussianBlur(disc(), (0, 0), 8)).uncertain > 0.2


def test_a_hard_edge_is_sharper_than_a_blurred_one():
    hard, soft = disc(), cv2.GaussianBlur(disc(), (0, 0), 2)
    assert matte_quality(hard).edge_sharpness == 1
    assert 0.3 > matte_quality(soft).edge_sharpness > 0.02
    assert matte_quality(cv2.GaussianBlur(disc(), (0, 0), 8)).edge_sharpness < 0.05


def test_contact_with_the_frame_is_a_share_of_its_border():
    alpha = np.zeros((100, 100), np.uint8)
    alpha[60:, :] = 255
    assert matte_quality(alpha).frame_contact == pytest.approx((100 + 2 * 39) / 396, abs=0.01)


@pytest.mark.parametrize("value", [0, 255])
def test_an_empty_and_a_full_matte_are_measured(value):
    quality = matte_quality(np.full((30, 40), value, np.uint8))
    assert quality.coverage == value / 255
    assert quality.fragments == (1 if value else 0)
    assert quality.holes == 0
