"""Depth of field of the floor: sharp about the product, softer behind and before it."""

import cv2
import numpy as np

from imaging.pixels import Floats, Pixels
from imaging.surfaces.patch import Patch

_SHARP_BEHIND, _SHARP_BEFORE = 0.5, 0.9
_BLUR = 0.011


def blur_by_depth(tone: Floats, patch: Patch) -> Floats:
    """Blur rows of `tone`, in place, the more the further they are from the product.

    Circles of confusion grow in step with the distance beyond what is sharp, by `_BLUR`
    for each size. Rows mix a sharp, a soft and a softer version.
    """
    y = patch.y[:, 0]
    far = np.maximum(-y - _SHARP_BEHIND, y - _SHARP_BEFORE)
    rows = np.flatnonzero(far > 0)
    if rows.size == 0:
        return tone
    level = np.clip(far, 0, 2)
    soft = _blurred(tone, patch, _BLUR)
    softer = _blurred(soft, patch, 2 * _BLUR)
    for start in range(0, rows.size, 64):
        part = rows[start : start + 64]
        one = np.clip(level[part], 0, 1)[:, None]
        two = np.clip(level[part] - 1, 0, 1)[:, None]
        mixed = tone[part] + (soft[part] - tone[part]) * one
        tone[part] = mixed + (softer[part] - mixed) * two
    return tone


def _blurred(tone: Floats, patch: Patch, radius: float) -> Floats:
    """A Gaussian blur over the surface, made on a grid just fine enough to hold it."""
    sigma = radius * patch.columns / patch.width, radius * patch.rows / patch.height
    size = [
        max(2, min(side, round(side * 1.5 / each)))
        for side, each in zip((patch.columns, patch.rows), sigma, strict=True)
    ]
    small = cv2.resize(tone, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 1.3)
    large = cv2.resize(small, (patch.columns, patch.rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)


def blur_rows(picture: Pixels, row: float, sigma: float) -> None:
    """Blur, in place, a band of the picture about a row, as an edge out of focus."""
    reach = round(3 * sigma) + 1
    top, bottom = max(0, round(row) - 2 * reach), min(len(picture), round(row) + 2 * reach)
    if sigma < 0.3 or bottom - top < 4:
        return
    soft = cv2.GaussianBlur(picture[top:bottom], (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    first, last = max(0, round(row) - reach), min(len(picture), round(row) + reach)
    picture[first:last] = soft[first - top : last - top]
