"""Measures a matte, so that a doubtful cut-out can be told from a clean one without a person."""

from dataclasses import dataclass

import cv2
import numpy as np

from imaging.pixels import Pixels

_COUNT_SIDE = 1024
_SPECK_SHARE = 0.001


@dataclass(frozen=True)
class MatteQuality:
    """Measures of one matte.

    `coverage`: mean alpha, 0 to 1. `uncertain`: pixels with 5 < alpha < 250 per pixel of product
    (alpha of one half and more). `fragments`: separate parts above 0.1 % of the product; 1 is
    clean. `holes`: enclosed clear parts above 0.1 % of the product. `frame_contact`: share of the
    picture's border pixels that the product touches, 0 to 1.
    """

    coverage: float
    uncertain: float
    fragments: int
    holes: int
    frame_contact: float


def matte_quality(alpha: Pixels) -> MatteQuality:
    """Measure alpha: uint8, height x width, 0 clear to 255 opaque."""
    product = int(np.count_nonzero(alpha > 127))
    uncertain = int(np.count_nonzero((alpha > 5) & (alpha < 250)))
    fragments, holes = _count_parts(alpha)
    border = np.concatenate([alpha[0], alpha[-1], alpha[1:-1, 0], alpha[1:-1, -1]])
    return MatteQuality(
        coverage=float(alpha.mean(dtype=np.float64)) / 255,
        uncertain=uncertain / max(product, 1),
        fragments=fragments,
        holes=holes,
        frame_contact=float(np.mean(border > 127)),
    )


def _count_parts(alpha: Pixels) -> tuple[int, int]:
    """Fragments and holes, counted on a matte of at most 1024 pixels a side to bound the time."""
    shrink = min(1.0, _COUNT_SIDE / max(alpha.shape))
    if shrink < 1:
        size = [max(1, round(side * shrink)) for side in (alpha.shape[1], alpha.shape[0])]
        alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
    solid = np.pad((alpha > 127).astype(np.uint8), 1)
    smallest = max(1.0, _SPECK_SHARE * float(solid.sum()))
    return _large_parts(solid, 8, smallest), _large_parts(1 - solid, 4, smallest) - 1


def _large_parts(mask: Pixels, connectivity: int, smallest: float) -> int:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    return int(np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] >= smallest))
