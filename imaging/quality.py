"""Measures a matte, so that a doubtful cut-out can be told from a clean one without a person."""

from dataclasses import dataclass

import cv2
import numpy as np

from imaging.pixels import Pixels

_COUNT_SIDE = 1024
_SPECK_SHARE = 0.001
_STRIP_ROWS = 256


@dataclass(frozen=True)
class MatteQuality:
    """Measures of one matte.

    `coverage`: mean alpha, 0 to 1. `uncertain`: pixels with 5 < alpha < 250 per pixel of product
    (alpha of one half and more). `fragments`: separate parts above 0.1 % of the product; 1 is
    clean. `holes`: enclosed clear parts above 0.1 % of the product. `frame_contact`: share of the
    picture's border pixels that the product touches, 0 to 1. `edge_sharpness`: pixels along the
    outline per pixel of the outline and its soft band, 0 (haze) to 1 (a hard edge); about 0.5 for
    a clean antialiased edge.
    """

    coverage: float
    uncertain: float
    fragments: int
    holes: int
    frame_contact: float
    edge_sharpness: float


def matte_quality(alpha: Pixels) -> MatteQuality:
    """Measure alpha: uint8, height x width, 0 clear to 255 opaque."""
    counts = cv2.calcHist([alpha], [0], None, [256], [0, 256]).ravel().astype(np.int64)
    product, uncertain = int(counts[128:].sum()), int(counts[6:250].sum())
    outline = _outline_length(alpha)
    fragments, holes = _count_parts(alpha)
    border = np.concatenate([alpha[0], alpha[-1], alpha[1:-1, 0], alpha[1:-1, -1]])
    return MatteQuality(
        coverage=float(counts @ np.arange(256)) / (255 * alpha.size),
        uncertain=uncertain / max(product, 1),
        fragments=fragments,
        holes=holes,
        frame_contact=float(np.mean(border > 127)),
        edge_sharpness=float(outline / max(outline + uncertain, 1)),
    )


def _outline_length(alpha: Pixels) -> int:
    """How often neighbours lie on different sides of one half; of both directions the larger."""
    along = across = 0
    for top in range(0, len(alpha), _STRIP_ROWS):
        solid = alpha[top : top + _STRIP_ROWS + 1] > 127  # with the next strip's first row
        along += int(np.count_nonzero(solid[1:] != solid[:-1]))
        own = solid[:_STRIP_ROWS]
        across += int(np.count_nonzero(own[:, 1:] != own[:, :-1]))
    return max(along, across)


def _count_parts(alpha: Pixels) -> tuple[int, int]:
    """Fragments and holes, counted on a matte of at most 1024 pixels a side to bound the time."""
    step = -(-max(alpha.shape) // _COUNT_SIDE)  # whole steps are the fast ones to average
    if step > 1:
        size = [max(1, side // step) for side in (alpha.shape[1], alpha.shape[0])]
        whole = alpha[: max(1, size[1] * step), : max(1, size[0] * step)]
        alpha = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)
    solid = np.pad((alpha > 127).astype(np.uint8), 1)
    smallest = max(1.0, _SPECK_SHARE * float(solid.sum()))
    return _large_parts(solid, 8, smallest), _large_parts(1 - solid, 4, smallest) - 1


def _large_parts(mask: Pixels, connectivity: int, smallest: float) -> int:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    return int(np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] >= smallest))
