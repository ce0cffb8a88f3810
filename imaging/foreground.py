"""Takes the old background's colour out of a cut-out's soft edge, so that no fringe is left."""

import cv2
import numpy as np

from imaging.pixels import Floats, Pixels

_GRID_SIDE = 1536
_LEVELS = 6
_ROW = 1024


def clean_foreground(rgb: Pixels, alpha: Pixels) -> None:
    """Replace, in place, the colour of partly clear pixels by the product's own.

    `rgb`: uint8, height x width x 3, writable; `alpha`: uint8, height x width, straight. Clear
    pixels become black, which compresses well. The estimate is that of blur fusion (Forte:
    Approximate Fast Foreground Colour Estimation, ICIP 2021): F = f + a (I - a f - (1 - a) b),
    where f and b are the nearby colours of opaque and of clear pixels, taken on a coarse grid.
    """
    rows, columns = np.nonzero((alpha > 0) & (alpha < 255))
    if rows.size:
        near_product, near_ground = _nearby_colours(rgb, alpha)
        seen = rgb[rows, columns].astype(np.float32)
        part = alpha[rows, columns].astype(np.float32)[:, None] / 255
        product = _sample(near_product, rows, columns, alpha.shape)
        ground = _sample(near_ground, rows, columns, alpha.shape)
        rest = seen - part * product - (1 - part) * ground
        rgb[rows, columns] = np.rint(np.clip(product + part * rest, 0, 255))
    rgb[alpha == 0] = 0


def _nearby_colours(rgb: Pixels, alpha: Pixels) -> tuple[Floats, Floats]:
    height, width = alpha.shape
    shrink = min(1.0, _GRID_SIDE / max(height, width))
    grid = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    colour = np.asarray(cv2.resize(rgb, grid, interpolation=cv2.INTER_AREA), np.float32)
    cover = np.asarray(cv2.resize(alpha, grid, interpolation=cv2.INTER_AREA), np.uint8)
    return _spread(colour, cover >= 254), _spread(colour, cover <= 1)


def _spread(colour: Floats, known: "np.typing.NDArray[np.bool_]") -> Floats:
    """Carry the colours of known cells into the others: each takes the finest blur that has any."""
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
    rows: "np.typing.NDArray[np.intp]",
    columns: "np.typing.NDArray[np.intp]",
    shape: tuple[int, ...],
) -> Floats:
    """Bilinear samples of the grid at full-size pixel positions; count x channels."""
    count = rows.size
    lines = -(-count // _ROW)  # OpenCV's remap takes at most 32767 pixels a side
    across = np.zeros(lines * _ROW, np.float32)
    down = np.zeros(lines * _ROW, np.float32)
    across[:count] = (columns + 0.5) * (grid.shape[1] / shape[1]) - 0.5
    down[:count] = (rows + 0.5) * (grid.shape[0] / shape[0]) - 0.5
    samples = cv2.remap(
        grid,
        across.reshape(lines, _ROW),
        down.reshape(lines, _ROW),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(samples, np.float32).reshape(-1, grid.shape[2])[:count]
