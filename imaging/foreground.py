"""Takes the old background's colour out of a cut-out's soft edge, so that no fringe is left."""

from dataclasses import dataclass

import cv2
import numpy as np

from imaging.layout import Box
from imaging.matte import grid_size
from imaging.pixels import Floats, Pixels
from imaging.resize import resize

_GRID_SIDE = (512, 1024)
_GRID_STEP = 4
_STRIP_PIXELS = 1_000_000
_LEVELS = 6
_ROW = 1024


def cut_out(rgb: Pixels, alpha: Pixels, recolour: bool = True) -> Pixels:
    """Join colour and alpha into uint8 RGBA, with the product's own colour along its edge.

    `rgb`: uint8, height x width x 3; `alpha`: uint8, height x width, straight. Clear pixels become
    black, which compresses well; opaque ones stay as they are. With `recolour` the colour of the
    others is estimated by blur fusion (Forte: Approximate Fast Foreground Colour Estimation, ICIP
    2021): F = f + a (I - a f - (1 - a) b), where f and b are the nearby colours of opaque and of
    clear pixels, taken on a coarse grid. Works in strips: needs some 60 MB beyond its result.
    """
    height, width = alpha.shape
    result = np.empty((height, width, 4), np.uint8)
    soft = _soft_box(alpha) if recolour else None
    near = _nearby_colours(rgb, alpha, soft) if soft else None
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        strip = slice(top, top + rows)
        part = result[strip]
        cv2.cvtColor(rgb[strip], cv2.COLOR_RGB2RGBA, dst=part)
        cv2.insertChannel(alpha[strip], part, 3)
        if near:
            _recolour(part, near, top)
        part.view(np.uint32)[:, :, 0][alpha[strip] == 0] = 0
    return result


@dataclass(frozen=True)
class _Nearby:
    """Colours of opaque and of clear pixels on a grid over `box`; float32, rows x columns x 3."""

    box: Box
    product: Floats
    ground: Floats


def _soft_box(alpha: Pixels) -> Box | None:
    """Where partly clear pixels are, or None."""
    soft = cv2.inRange(alpha, 1, 254)
    x, y, width, height = cv2.boundingRect(soft)
    return Box(x, y, width, height) if width else None


def _nearby_colours(rgb: Pixels, alpha: Pixels, soft: Box) -> _Nearby:
    margin = max(8, max(soft.width, soft.height) // 16)
    x, y = max(0, soft.x - margin), max(0, soft.y - margin)
    right = min(alpha.shape[1], soft.x + soft.width + margin)
    bottom = min(alpha.shape[0], soft.y + soft.height + margin)
    box = Box(x, y, right - x, bottom - y)
    grid = grid_size(box.width, box.height, *_GRID_SIDE, _GRID_STEP)
    part = slice(box.y, bottom), slice(box.x, right)
    colour = resize(rgb[part], *grid).astype(np.float32)
    cover = np.asarray(cv2.resize(alpha[part], grid, interpolation=cv2.INTER_AREA), np.uint8)
    return _Nearby(box, _spread(colour, cover >= 254), _spread(colour, cover <= 1))


def _recolour(part: Pixels, near: _Nearby, top: int) -> None:
    """Replace, in place, the colour of partly clear pixels of rows that begin at `top`."""
    soft = cv2.inRange(cv2.extractChannel(part, 3), 1, 254)
    if not cv2.hasNonZero(soft):
        return
    columns, rows = np.asarray(cv2.findNonZero(soft), np.int32).reshape(-1, 2).T
    pixels = part[rows, columns].astype(np.float32)
    share = pixels[:, 3:] / 255
    product = _sample(near.product, rows + top, columns, near.box)
    ground = _sample(near.ground, rows + top, columns, near.box)
    rest = pixels[:, :3] - share * product - (1 - share) * ground
    part[rows, columns, :3] = np.rint(np.clip(product + share * rest, 0, 255))


def _spread(colour: Floats, known: "np.typing.NDArray[np.bool_]") -> Floats:
    """Carry the colours of known cells into the others: each takes the finest blur that has any.

    With no known cell at all the colours stay as they are.
    """
    if not known.any():
        return colour
    weight = known.astype(np.float32)
    layers = [(colour * weight[:, :, None], weight)]
    for _ in range(_LEVELS):
        total, weight = layers[-1]
        layers.append((np.asarray(cv2.pyrDown(total)), np.asarray(cv2.pyrDown(weight))))
    total, weight = layers[-1]
    result = total / np.maximum(weight, 1e-6)[:, :, None]
    for total, weight in reversed(layers[:-1]):
        result = np.asarray(cv2.resize(result, weight.shape[::-1], interpolation=cv2.INTER_LINEAR))
        # A layer counts as far as it is filled, so that the seam between layers does not show.
        trust = np.minimum(1, 4 * weight)[:, :, None]
        result = trust * total / np.maximum(weight, 1e-6)[:, :, None] + (1 - trust) * result
    return np.asarray(result, np.float32)


def _sample(
    grid: Floats,
    rows: "np.typing.NDArray[np.int32]",
    columns: "np.typing.NDArray[np.int32]",
    box: Box,
) -> Floats:
    """Bilinear samples of the grid over `box` at full-size pixel positions; count x channels."""
    count = rows.size
    lines = -(-count // _ROW)  # OpenCV's remap takes at most 32767 pixels a side
    across = np.zeros(lines * _ROW, np.float32)
    down = np.zeros(lines * _ROW, np.float32)
    across[:count] = (columns - box.x + 0.5) * (grid.shape[1] / box.width) - 0.5
    down[:count] = (rows - box.y + 0.5) * (grid.shape[0] / box.height) - 0.5
    samples = cv2.remap(
        grid,
        across.reshape(lines, _ROW),
        down.reshape(lines, _ROW),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(samples, np.float32).reshape(-1, grid.shape[2])[:count]
