"""Brings a small mask to a photo's full size along the photo's own edges."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from imaging.guided import box_mean, fitted_planes
from imaging.layout import Box
from imaging.pixels import Floats, Pixels
from imaging.resize import resize

_TILE = 128
_GRID_SIDE = (512, 1024)
_GRID_STEP = 4
# A guided filter leaves a haze near 0 and 1; the middle seven tenths become the whole range.
_HAZE, _RANGE = 0.15, 0.7


@dataclass(frozen=True)
class _Fit:
    """Per cell of a grid over the box: alpha as a plane over colour, and its bounds.

    `planes`: float32, rows x columns x 4, a then b of alpha = a . colour + b; `bounds`: x 2,
    least and most alpha. They differ in the band around the mask's outline only.
    """

    planes: Floats
    bounds: Floats


def refine_matte(rgb: Pixels, mask: Pixels, box: Box | None = None) -> Pixels:
    """Return alpha, uint8, height x width of `rgb`, for a mask of the same picture or a part.

    `rgb`: uint8, height x width x 3. `mask`: uint8 of about the same aspect as the box and any
    smaller size, 0 clear to 255 product; it covers `box`, in pixels of `rgb`, or all of it.
    Outside the box alpha is 0. The filter is the guided filter with a colour guide (He, Sun, Tang:
    Guided Image Filtering, 2013, equations 14 to 16), fitted on a coarse grid and applied at full
    size (He, Sun: Fast Guided Filter, 2015). Away from the mask's outline alpha is the mask.
    Works in tiles of the outline: needs about 60 MB beyond its result at any size.
    """
    height, width = rgb.shape[:2]
    box = box or Box(0, 0, width, height)
    alpha = np.zeros((height, width), np.uint8)
    part = rgb[box.y : box.y + box.height, box.x : box.x + box.width]
    fit = _fit_box(part, mask)
    result = alpha[box.y : box.y + box.height, box.x : box.x + box.width]
    for top in range(0, box.height, _TILE):
        for left in range(0, box.width, _TILE):
            tile = slice(top, top + _TILE), slice(left, left + _TILE)
            result[tile] = _apply(part[tile], fit, left, top, part.shape)
    return alpha


def grid_size(width: int, height: int, least: int, most: int, step: int = 1) -> tuple[int, int]:
    """Columns and rows of a grid of about one cell for every `step` pixels, within bounds."""
    longer = max(width, height)
    side = min(longer, max(least, min(most, longer // step)))
    return max(1, round(width * side / longer)), max(1, round(height * side / longer))


def _fit_box(part: Pixels, mask: Pixels) -> _Fit:
    grid = grid_size(part.shape[1], part.shape[0], *_GRID_SIDE, _GRID_STEP)
    guide = _as_floats(resize(part, *grid))
    target = _as_floats(cv2.resize(mask, grid, interpolation=cv2.INTER_LINEAR))
    reach = max(2, round(1.5 * max(grid) / max(mask.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    bounds: Floats = np.dstack([cv2.erode(target, kernel), cv2.dilate(target, kernel)])
    band = (bounds[:, :, 0] < bounds[:, :, 1]).astype(np.uint8)
    wider = cv2.dilate(band, np.ones((2 * reach + 3, 2 * reach + 3), np.uint8)) > 0
    return _Fit(box_mean(fitted_planes(guide, target, reach, wider), reach), bounds)


def _as_floats(codes: npt.NDArray[Any]) -> Floats:
    return np.asarray(codes, np.float32) / np.float32(255)


def _apply(
    tile: Pixels, fit: _Fit, left: int, top: int, shape: tuple[int, ...]
) -> int | npt.NDArray[np.uint8]:
    """Alpha of one tile at `left`, `top` of the box, whose shape is given."""
    rows, columns = fit.bounds.shape[:2]
    height, width = tile.shape[:2]
    y0, y1, shift_y = _reach(top, height, rows / shape[0], rows)
    x0, x1, shift_x = _reach(left, width, columns / shape[1], columns)
    planes, bounds = fit.planes[y0:y1, x0:x1], fit.bounds[y0:y1, x0:x1]
    low, high = float(bounds[:, :, 0].min()), float(bounds[:, :, 1].max())
    if low == high:
        return round(255 * low)
    shift = np.array([[columns / shape[1], 0, shift_x], [0, rows / shape[0], shift_y]])
    slope = _wide(planes[:, :, :3], shift, (width, height))
    offset = _wide(planes[:, :, 3], shift, (width, height))
    limits = _wide(bounds, shift, (width, height))
    product = np.asarray(cv2.multiply(slope, tile, dtype=cv2.CV_32F), np.float32)
    value = product.sum(axis=2) / np.float32(255) + offset
    value = (value - np.float32(_HAZE)) / np.float32(_RANGE)
    value = np.clip(value, np.clip(limits[:, :, 0], 0, 1), np.clip(limits[:, :, 1], 0, 1))
    return np.asarray(cv2.convertScaleAbs(value, alpha=255), np.uint8)


def _reach(start: int, length: int, scale: float, cells: int) -> tuple[int, int, float]:
    """The cells that pixels `start` to `start + length` touch, and the first pixel's place."""
    first = max(0, int(start * scale) - 1)
    last = min(cells, int((start + length) * scale) + 2)
    return first, last, (start + 0.5) * scale - 0.5 - first


def _wide(cells: Floats, shift: npt.NDArray[np.float64], size: tuple[int, int]) -> Floats:
    """Cells at full size, bilinear, pixel centres aligned."""
    return np.asarray(
        cv2.warpAffine(
            np.ascontiguousarray(cells),
            shift,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )
