"""Settles the outline of a net's mask along the photo's contrast, and tidies its parts.

GrabCut (Rother, Kolmogorov, Blake: GrabCut, 2004) learns the colours of product and ground from
where the net is sure, and decides only where it is not.
"""

import cv2
import numpy as np

from imaging.pixels import Floats, Pixels
from models.cutout.look import Mask

_SEED = 7
_SURE, _REACH, _ROUNDS = 0.98, 2, 1
_LEAST_PART, _LEAST_HOLE, _SPOKEN_FOR = 0.003, 0.0004, 0.7


def settle(rgb: Pixels, mask: Floats) -> Floats:
    """GrabCut in the mask's doubtful band; 0 or 1, float32, of the same size.

    `rgb`: uint8, height x width x 3; `mask`: float32, height x width, 0 to 1. Parts and gaps too
    thin to have an inside beyond the band are believed where the mask is sure. Deterministic.
    """
    ground, product = _sure(1 - mask), _sure(mask)
    if not ground.any() or not product.any():
        return (mask > 0.5).astype(np.float32)
    seeds = np.where(mask > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[ground] = cv2.GC_BGD
    seeds[product] = cv2.GC_FGD
    cv2.setRNGSeed(_SEED)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    whole = (0, 0, rgb.shape[1], rgb.shape[0])
    cv2.grabCut(rgb, seeds, whole, models[0], models[1], _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.asarray(seeds & 1, np.float32)


def _sure(mask: Floats) -> Mask:
    """Where the mask is above doubt, but for a band along its edge; of thin parts the middle."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _REACH + 1, 2 * _REACH + 1))
    solid = (mask > 0.5).astype(np.uint8)
    thin = solid > cv2.morphologyEx(solid, cv2.MORPH_OPEN, kernel)
    return np.asarray((cv2.erode(mask, kernel) > _SURE) | (thin & (mask > _SURE)))


def tidy(solid: Floats, mask: Floats) -> Floats:
    """Drop specks that the net is not sure of, and close pinholes that it did not see.

    Larger parts stay, for products come in pairs and sets. `solid`: 0 or 1, `mask`: 0 to 1, both
    float32 and of one size.
    """
    product = solid > 0.5
    least = _LEAST_PART * float(product.sum())
    specks = _small_parts(product, mask, 8, least)
    pinholes = _small_parts(~product, 1 - mask, 4, _LEAST_HOLE * mask.size)
    return np.where(specks, 0, np.where(pinholes, 1, solid)).astype(np.float32)


def _small_parts(parts: Mask, mask: Floats, connectivity: int, least: float) -> Mask:
    """Parts with less area than `least` where the mask, on average, is not sure of them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        parts.astype(np.uint8), connectivity=connectivity
    )
    areas = stats[:, cv2.CC_STAT_AREA]
    means = np.bincount(labels.ravel(), mask.ravel(), count) / np.maximum(areas, 1)
    drop = (areas < least) & (means < _SPOKEN_FOR)
    drop[0] = False
    return np.asarray(drop[labels])
