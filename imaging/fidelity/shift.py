"""Finds out whether a product has moved against where it belongs."""

import cv2
import numpy as np

from imaging.fidelity.outline import CELL, NEAR, STRIP_ROWS, Outline, Where
from imaging.light import to_srgb_scale
from imaging.pixels import Floats, Pixels

_STRETCH = 48  # pixels: a stretch of outline that moves as one
_NOISE = 0.03  # code values, 0 to 1; differences and slopes below it tell nothing of a move
_RIPPLE = 0.1  # share of the contrast: the same for what filters leave along an edge
_MOST_SHIFT = 3.0
_GREY = np.array([0.2126, 0.7152, 0.0722], np.float32)


def shift(outline: Outline) -> float:
    """How far the outline lies from where it belongs, in pixels of the grid, 0 to 3.

    The 90th percentile over stretches of the outline, weighted by how well they can be seen.
    In each the move is fitted to the difference between the picture and the reference laid
    over the scene's colour (Lucas, Kanade: An Iterative Image Registration Technique, 1981),
    in code values and over opaque pixels, where shadows and reflections change nothing.
    """
    known = outline.scene.known[outline.rows // CELL, outline.columns // CELL]
    used = known & outline.between(-NEAR, 0) & (outline.cover == 255)
    rows, columns = outline.rows[used], outline.columns[used]
    stretch = rows // _STRETCH * (-(-outline.alpha.shape[1] // _STRETCH)) + columns // _STRETCH
    return _moved(stretch, *_slopes(outline, rows, columns))


def _slopes(outline: Outline, rows: Where, columns: Where) -> Floats:
    """At the places, by rows in order: the slope across and down of what is expected, how far
    the picture is off it, and the contrast of product and scene; code values, 4 x count."""
    grey = to_srgb_scale(outline.scene.light @ _GREY) / np.float32(255)
    found = np.empty((4, rows.size), np.float32)
    for top in range(0, len(outline.alpha), STRIP_ROWS):
        first, last = np.searchsorted(rows, (top, top + STRIP_ROWS))
        begin = max(0, top - CELL)
        strip = slice(begin, top + STRIP_ROWS + CELL)
        share = outline.alpha[strip] * np.float32(1 / 255)
        scene = _wide(grey[begin // CELL : -(-strip.stop // CELL)], share)
        contrast = _grey(outline.colour[strip]) - scene
        expected = scene + share * contrast
        planes = (
            cv2.Sobel(expected, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8),
            cv2.Sobel(expected, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8),
            _grey(outline.picture[strip]) - expected,
            contrast,
        )
        at = rows[first:last] - begin, columns[first:last]
        found[:, first:last] = [np.asarray(plane)[at] for plane in planes]
    return found


def _wide(cells: Floats, like: Floats) -> Floats:
    """Cells as a plane of pixels."""
    size = (cells.shape[1] * CELL, cells.shape[0] * CELL)
    plane = cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(plane[: like.shape[0], : like.shape[1]], np.float32)


def _grey(rgb: Pixels) -> Floats:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32) * np.float32(1 / 255)


def _moved(stretch: Where, x: Floats, y: Floats, off: Floats, contrast: Floats) -> float:
    """The least-squares move of each stretch, as one figure in pixels."""
    if stretch.size == 0:
        return 0.0
    xx, xy, yy, xd, yd = (
        np.bincount(stretch, each).astype(np.float64)
        for each in (x * x, x * y, y * y, x * off, y * off)
    )
    noise = np.bincount(stretch, _NOISE**2 + (_RIPPLE * contrast) ** 2).astype(np.float64)
    xx, yy = xx + noise, yy + noise
    area = np.maximum(xx * yy - xy * xy, 1e-12)
    length = np.hypot((yy * xd - xy * yd) / area, (xx * yd - xy * xd) / area)
    weight = np.maximum(xx + yy - 2 * noise, 0)
    if weight.sum() == 0:
        return 0.0
    order = np.argsort(length)
    reached = np.cumsum(weight[order]) >= 0.9 * weight.sum()
    return float(min(_MOST_SHIFT, length[order][int(np.argmax(reached))]))
