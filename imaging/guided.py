"""Fits a mask as a local plane over colour: the first half of the guided filter."""

import cv2
import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats

_EPSILON = 2e-4
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def box_mean(planes: Floats, reach: int) -> Floats:
    """Means over squares of 2 reach + 1 cells a side; rows x columns (x channels), reflected."""
    size = (2 * reach + 1, 2 * reach + 1)
    return np.asarray(cv2.blur(planes, size, borderType=cv2.BORDER_REFLECT), np.float32)


def fitted_planes(
    guide: Floats, target: Floats, reach: int, where: npt.NDArray[np.bool_]
) -> Floats:
    """Per cell the plane nearest to the target within reach; float32, rows x columns x 4.

    alpha = a . colour + b, a first (He, Sun, Tang: Guided Image Filtering, 2013, equations 14 and
    15). `guide`: float32, rows x columns x 3, 0 to 1; `target`: rows x columns, 0 to 1. Solved
    where it is asked for; elsewhere a is 0 and b the target's mean.
    """
    mean_target = box_mean(target, reach)
    planes = np.zeros((*target.shape, 4), np.float32)
    planes[:, :, 3] = mean_target
    if where.any():
        means = box_mean(guide, reach)[where]
        product = box_mean(guide * target[:, :, None], reach)[where]
        slope = _solved(
            _spread(guide, means, reach, where), product - means * mean_target[where][:, None]
        )
        planes[where, :3] = slope
        planes[where, 3] -= np.einsum("ij,ij->i", slope, means)
    return planes


def _spread(guide: Floats, means: Floats, reach: int, where: npt.NDArray[np.bool_]) -> Floats:
    """Covariances of colour within reach, count x 6 in the order of _PAIRS, regularised."""
    spread = np.empty((len(means), 6), np.float32)
    for at in range(0, 6, 3):  # OpenCV is fast with at most four channels at a time
        products = [guide[:, :, row] * guide[:, :, column] for row, column in _PAIRS[at : at + 3]]
        spread[:, at : at + 3] = box_mean(np.dstack(products), reach)[where]
    for at, (row, column) in enumerate(_PAIRS):
        spread[:, at] -= means[:, row] * means[:, column]
        spread[:, at] += _EPSILON * (row == column)
    return spread


def _solved(spread: Floats, common: Floats) -> Floats:
    """Solutions of many symmetric 3 x 3 systems by their adjugates; `spread` is count x 6."""
    rr, rg, rb, gg, gb, bb = spread.T.astype(np.float64)
    red, green, blue = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    mixed, other, last = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    x, y, z = common.T
    solution = np.stack(
        [
            red * x + green * y + blue * z,
            green * x + mixed * y + other * z,
            blue * x + other * y + last * z,
        ],
        axis=1,
    )
    return np.asarray(solution / (rr * red + rg * green + rb * blue)[:, None], np.float32)
