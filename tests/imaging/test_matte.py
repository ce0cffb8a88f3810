"""A small mask becomes a full-size matte, and the old background leaves the edge."""

import cv2
import numpy as np

from imaging.foreground import cut_out
from imaging.matte import refine_matte


def scene(size: int, angle: float = 20) -> tuple[np.ndarray, np.ndarray]:
    """A textured red product on a green ground with its true matte, antialiased."""
    matte = np.zeros((4 * size, 4 * size), np.uint8)
    box = cv2.boxPoints(((2 * size, 2 * size), (2.2 * size, 1.3 * size), angle)).astype(int)
    cv2.fillConvexPoly(matte, box, 255)
    cv2.circle(matte, (2 * size, 2 * size), size // 3, 0, -1)
    matte = cv2.resize(matte, (size, size), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(1).normal(0, 4, (size, size, 1))
    share = matte[..., None] / 255
    colour = share * (190, 40, 40) + (1 - share) * (60, 170, 90) + noise
    return np.clip(np.rint(colour), 0, 255).astype(np.uint8), matte


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return np.minimum(a, b).sum(dtype=float) / np.maximum(a, b).sum(dtype=float)


def test_refining_follows_the_photos_edge_better_than_enlarging():
    rgb, true = scene(1600)
    mask = cv2.resize(true, (200, 200), interpolation=cv2.INTER_AREA)
    mask = np.where(mask > 127, 255, 0).astype(np.uint8)
    plain = cv2.resize(mask, (1600, 1600), interpolation=cv2.INTER_LINEAR)
    refined = refine_matte(rgb, mask)
    assert iou(refined, true) > 0.99 > iou(plain, true)


def test_refining_is_even_across_its_strips():
    rgb, true = scene(1100)
    mask = np.where(cv2.resize(true, (256, 256)) > 127, 255, 0).astype(np.uint8)
    upright = refine_matte(rgb, mask)
    turned = refine_matte(np.ascontiguousarray(rgb[::-1]), np.ascontiguousarray(mask[::-1]))
    assert np.abs(upright.astype(int) - turned[::-1]).max() <= 2


def test_refining_leaves_an_empty_and_a_full_mask_alone():
    rgb, _ = scene(300)
    for value in (0, 255):
        assert (refine_matte(rgb, np.full((100, 100), value, np.uint8)) == value).all()


def test_edge_pixels_take_the_products_own_colour():
    _, true = scene(800)
    soft = cv2.GaussianBlur(true, (0, 0), 2)
    share = soft[..., None] / 255
    photo = np.rint(share * (190, 40, 40) + (1 - share) * (60, 170, 90)).astype(np.uint8)
    pixels = cut_out(photo, soft)
    edge = (soft > 25) & (soft < 255)
    assert np.abs(pixels[edge][:, :3].astype(int) - (190, 40, 40)).mean() < 6
    assert (pixels[soft == 0] == 0).all()
    assert (pixels[soft == 255][:, :3] == photo[soft == 255]).all()
    assert (pixels[..., 3] == soft).all()


def test_a_matte_without_opaque_pixels_is_survived():
    photo = np.full((40, 40, 3), 90, np.uint8)
    pixels = cut_out(photo, np.full((40, 40), 100, np.uint8))
    assert (pixels == (90, 90, 90, 100)).all()
