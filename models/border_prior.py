"""Finds the product by what it is not: the background that runs along the photo's border.

The background is modelled as a smooth surface of colour over the picture, fitted to the border.
How far a pixel's colour is from it, in units of the background's own spread, seeds GrabCut
(Rother, Kolmogorov, Blake: GrabCut, 2004), which settles the outline along contrast edges.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats, Pixels
from imaging.resize import resize
from models.background import (
    NEAR,
    Mask,
    background_distance,
    border_band,
    reached_from_border,
)

_SIDE = 512
_SEED = 7
_FAR, _SURE = 6.0, 14.0
_LEAST_PART, _LEAST_HOLE = 0.02, 0.0008
_LEAST_SHARE, _LEAST_CONTRAST, _MARGIN = 0.005, 3.0, 0.04


def coarse_mask(rgb: Pixels) -> Pixels:
    """Return a mask of the product, 0 or 255, uint8, with at most 512 pixels a side.

    `rgb`: uint8, height x width x 3, sRGB. An empty mask means that nothing stands out.
    """
    height, width = rgb.shape[:2]
    shrink = min(1.0, _SIDE / max(height, width))
    small = resize(rgb, max(2, round(width * shrink)), max(2, round(height * shrink)))
    distance = background_distance(small)
    mask = np.zeros(distance.shape, bool)
    if (distance > _FAR).any():
        mask = _clean(_grab(small, distance), distance)
    if mask.mean() < _LEAST_SHARE and float(small.std()) >= _LEAST_CONTRAST:
        mask = _clean(_grab_inside_border(small), distance)
    return mask.astype(np.uint8) * 255


def _centre(height: int, width: int) -> Floats:
    """1 in the middle of the picture, where products are, falling off towards its border."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.asarray(np.exp(-2 * (x * x + y * y)), np.float32)


def _grab(rgb: Pixels, distance: Floats) -> Mask:
    """GrabCut, seeded by distance; true where it sees product."""
    ground = reached_from_border(distance < NEAR)
    seeds = np.full(distance.shape, cv2.GC_PR_FGD, np.uint8)
    seeds[distance < _FAR * (1 - 0.45 * _centre(*distance.shape))] = cv2.GC_PR_BGD
    seeds[ground] = cv2.GC_BGD
    seeds[(distance > _SURE) & ~border_band(*distance.shape)] = cv2.GC_FGD
    if not (seeds & 1).any() or not (seeds == cv2.GC_BGD).any():
        return distance > _FAR
    cv2.setRNGSeed(_SEED)
    ground_model, product_model = np.zeros((1, 65)), np.zeros((1, 65))
    whole = (0, 0, rgb.shape[1], rgb.shape[0])
    cv2.grabCut(rgb, seeds, whole, ground_model, product_model, 3, cv2.GC_INIT_WITH_MASK)
    return np.asarray((seeds & 1) == 1)


def _grab_inside_border(rgb: Pixels) -> Mask:
    """GrabCut that knows only that the border is background: for white on white and the like."""
    height, width = rgb.shape[:2]
    across, down = round(width * _MARGIN), round(height * _MARGIN)
    inside = (across, down, width - 2 * across, height - 2 * down)
    seeds = np.zeros((height, width), np.uint8)
    cv2.setRNGSeed(_SEED)
    ground_model, product_model = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(rgb, seeds, inside, ground_model, product_model, 5, cv2.GC_INIT_WITH_RECT)
    return np.asarray((seeds & 1) == 1)


def _clean(mask: Mask, distance: Floats) -> Mask:
    """Drop specks, close pinholes, and fill holes that are not really background."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    if count == 1:
        return np.zeros_like(mask)
    keep = _product_parts(np.asarray(labels), np.asarray(stats))
    kept = keep[labels]
    return np.asarray(kept | _false_holes(kept, distance))


def _product_parts(labels: npt.NDArray[Any], stats: npt.NDArray[Any]) -> Mask:
    """Which components are product: the largest near the middle, and larger ones inside."""
    height, width = labels.shape
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    across = (left + right) / width - 1
    down = (top + bottom) / height - 1
    weight = stats[:, cv2.CC_STAT_AREA] * np.exp(-1.5 * (across**2 + down**2))
    weight[0] = 0
    inside = (left > 1) & (top > 1) & (right < width - 1) & (bottom < height - 1)
    keep = inside & (weight >= _LEAST_PART * weight.max())
    keep[int(np.argmax(weight))] = True
    keep[0] = False
    return np.asarray(keep)


def _false_holes(mask: Mask, distance: Floats) -> Mask:
    """Enclosed parts that are small, or whose colour is not the background's."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=4
    )
    false = np.zeros(count, bool)
    outside = set(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]).tolist())
    for label in set(range(1, count)) - outside:
        small = stats[label, cv2.CC_STAT_AREA] < _LEAST_HOLE * mask.size
        false[label] = small or float(np.median(distance[labels == label])) > 1.5
    return np.asarray(false[labels])
