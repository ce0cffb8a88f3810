"""A product's noise is measured, and its scene gets as much."""

import cv2
import numpy as np
import pytest

from imaging.grain import add_grain, noise_level


def smooth_product(noise: float, side: int = 300) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    grey = 90 + 60 * np.sin(rows / 70) + 0.1 * columns
    grey = grey + np.random.default_rng(5).normal(0, noise, grey.shape)
    pixels = np.full((side, side, 4), 255, np.uint8)
    pixels[..., :3] = np.clip(np.rint(grey), 0, 255)[:, :, None]
    pixels[:40, :, 3] = 0
    return pixels


@pytest.mark.parametrize("noise", [1.0, 2.0])
def test_noise_is_measured_within_a_fifth(noise):
    assert noise_level(smooth_product(noise)) == pytest.approx(noise, rel=0.2)


def test_a_clean_product_has_none_and_a_very_noisy_one_no_more_than_three():
    assert noise_level(smooth_product(0.0)) == 0
    assert noise_level(smooth_product(9.0)) == 3


def test_texture_is_not_noise():
    pixels = smooth_product(0.0)
    bumps = cv2.GaussianBlur(np.random.default_rng(2).normal(0, 40, (300, 300)), (0, 0), 0.9)
    pixels[..., :3] = np.clip(pixels[..., :3] + bumps[:, :, None], 0, 255)
    assert noise_level(pixels) == 0


def test_clear_and_tiny_products_have_none():
    clear = smooth_product(2.0)
    clear[..., 3] = 128
    assert noise_level(clear) == 0
    assert noise_level(smooth_product(2.0)[:20, :20]) == 0
    assert noise_level(np.full((1, 1, 4), 255, np.uint8)) == 0


def test_the_scene_gets_luma_grain_of_that_level_everywhere_but_on_white():
    scene = np.full((600, 500, 3), 128, np.uint8)
    scene[:, :200] = 255
    add_grain(scene, 1.5, 7)
    assert (scene[:, :200] == 255).all()
    grey = scene[:, 200:].astype(float)
    assert grey.std() == pytest.approx(1.5, rel=0.1) and abs(grey.mean() - 128) < 0.1
    assert (grey[..., 0] == grey[..., 2]).all()


def test_the_same_seed_gives_the_same_grain():
    made = [np.full((50, 70, 3), 90, np.uint8) for _ in range(3)]
    for scene, seed in zip(made, (1, 1, 2), strict=True):
        add_grain(scene, 2.0, seed)
    assert (made[0] == made[1]).all() and (made[0] != made[2]).any()


def test_no_level_changes_nothing():
    scene = np.full((50, 70, 3), 90, np.uint8)
    add_grain(scene, 0.0, 1)
    assert (scene == 90).all()
