"""Brings a small mask to a photo's full size along the photo's own edges."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats, Pixels

_STRIP_ROWS = 512
_GRID_SIDE = (512, 1536)
_GRID_STEP = 8
_EPSILON = 2e-4


def refine_matte(rgb: Pixels, mask: Pixels) -> Pixels:
    """Return alpha, uint8, height x width of `rgb`, for a mask of the same picture.

    `rgb`: uint8, height x width x 3. `mask`: uint8 of about the same aspect and any smaller size,
    0 clear to 255 product. The filter is the guided filter with a colour guide (He, Sun, Tang:
    Guided Image Filtering, 2013, equations 14 to 16), fitted on a coarse grid and applied at full
    size (He, Sun: Fast Guided Filter, 2015). Away from the mask's outline alpha is the mask.
    Works in strips: needs about 60 MB beyond its result at any size.
    """
    height, width = rgb.shape[:2]
    grid = _grid_size(width, height)
    guide = _as_floats(cv2.resize(rgb, grid, interpolation=cv2.INTER_AREA))
    target = _as_floats(cv2.resize(mask, grid, interpolation=cv2.INTER_LINEAR))
    reach = max(2, round(1.5 * max(grid) / max(mask.shape)))
    fit = _blur(_fit(guide, target, reach), reach)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    maps = np.dstack([fit, cv2.erode(target, kernel), cv2.dilate(target, kernel)])
    alpha = np.empty((height, width), np.uint8)
    for top in range(0, height, _STRIP_ROWS):
        strip = rgb[top : top + _STRIP_ROWS]
        alpha[top : top + _STRIP_ROWS] = _apply(strip, maps, top, height)
    return alpha


def _grid_size(width: int, height: int) -> tuple[int, int]:
    longer = max(width, height)
    side = min(longer, int(np.clip(longer / _GRID_STEP, *_GRID_SIDE)))
    return max(1, round(width * side / longer)), max(1, round(height * side / longer))


def _as_floats(codes: npt.NDArray[Any]) -> Floats:
    return np.asarray(codes, np.float32) / np.float32(255)


def _blur(planes: Floats, reach: int) -> Floats:
    size = (2 * reach + 1, 2 * reach + 1)
    return np.asarray(cv2.blur(planes, size, borderType=cv2.BORDER_REFLECT), np.float32)


def _fit(guide: Floats, target: Floats, reach: int) -> Floats:
    """Per cell the plane a . colour + b nearest to the target; height x width x 4 (a, then b)."""
    mean, mean_target = _blur(guide, reach), _blur(target, reach)
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    spread = np.empty((*target.shape, 3, 3), np.float32)
    for row, column in pairs:
        product = _blur(guide[:, :, row] * guide[:, :, column], reach)
        spread[:, :, row, column] = product - mean[:, :, row] * mean[:, :, column]
        spread[:, :, column, row] = spread[:, :, row, column]
    spread += _EPSILON * np.eye(3, dtype=np.float32)
    common = _blur(guide * target[:, :, None], reach) - mean * mean_target[:, :, None]
    slope = np.linalg.solve(spread, common[:, :, :, None])[:, :, :, 0]
    offset = mean_target - np.sum(slope * mean, axis=2)
    return np.dstack([slope, offset]).astype(np.float32)


def _apply(strip: Pixels, maps: Floats, top: int, height: int) -> npt.NDArray[np.uint8]:
    rows, width = strip.shape[:2]
    wide = _stretched(maps, rows, width, top, height)
    value = np.einsum("ijk,ijk->ij", strip.astype(np.float32), wide[:, :, :3]) / 255
    value += wide[:, :, 3]
    # A guided filter leaves a haze near 0 and 1; the middle seven tenths become the whole range.
    value = (value - 0.15) / 0.7
    value = np.clip(value, np.clip(wide[:, :, 4], 0, 1), np.clip(wide[:, :, 5], 0, 1))
    return np.asarray(np.rint(255 * value), np.uint8)


def _stretched(maps: Floats, rows: int, width: int, top: int, height: int) -> Floats:
    """Rows `top` to `top + rows` of the maps at full size, bilinear, pixel centres aligned."""
    across, down = maps.shape[1] / width, maps.shape[0] / height
    shift = np.array(
        [[across, 0, across / 2 - 0.5], [0, down, (top + 0.5) * down - 0.5]], np.float64
    )
    planes = [
        cv2.warpAffine(
            np.ascontiguousarray(maps[:, :, plane : plane + 3]),
            shift,
            (width, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for plane in (0, 3)
    ]
    return np.asarray(np.dstack(planes), np.float32)
