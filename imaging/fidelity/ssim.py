"""Structural similarity over a part of a picture."""

import cv2
import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats, Pixels

_SIGMA, _SIDE = 1.5, 11
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_STRIP_ROWS = 128


def masked_ssim(first: Pixels, second: Pixels, mask: npt.NDArray[np.bool_]) -> float:
    """The mean of the SSIM index over the pixels of `mask`; both pictures uint8, height x width.

    Wang, Bovik, Sheikh, Simoncelli: Image Quality Assessment, IEEE Transactions on Image
    Processing 13 (2004): Gaussian window of 11 x 11, sigma 1.5, K1 0.01, K2 0.03, range 255,
    population statistics. Borders are mirrored, so every pixel has a window. Works in strips.
    Raises ValueError for an empty mask.
    """
    count = int(np.count_nonzero(mask))
    if count == 0:
        raise ValueError("no pixel to compare")
    reach, height = _SIDE // 2, len(first)
    total = 0.0
    for top in range(0, height, _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        if not mask[rows].any():
            continue
        begin = max(0, top - reach)
        seen = slice(begin, top + _STRIP_ROWS + reach)
        index = _index(first[seen].astype(np.float32), second[seen].astype(np.float32))
        part = index[top - begin : top - begin + _STRIP_ROWS]
        total += float(part[mask[rows]].sum(dtype=np.float64))
    return total / count


def _index(first: Floats, second: Floats) -> Floats:
    mean1, mean2 = _blur(first), _blur(second)
    both, squares = mean1 * mean2, mean1 * mean1 + mean2 * mean2
    covariance = _blur(first * second) - both
    variances = _blur(first * first + second * second) - squares
    top = (2 * both + _C1) * (2 * covariance + _C2)
    return np.asarray(top / ((squares + _C1) * (variances + _C2)), np.float32)


def _blur(plane: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (_SIDE, _SIDE), _SIGMA), np.float32)
