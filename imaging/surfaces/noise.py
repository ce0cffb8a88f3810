"""Value noise on a patch: random values on a lattice, smoothly joined (Perlin's idea of fractal
sums, An Image Synthesizer, 1985).

The lattice is fixed to the surface, so that neither the resolution nor the part that is shown
changes the pattern. Where it is finer than the grid its values are averaged, as a lens would.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

from imaging.pixels import Floats
from imaging.surfaces.patch import Patch

_PERIOD = 256
_TEXELS = 6
_FINE = 8
_FEWEST = 0.5  # samples a cell: finer noise would average to almost nothing, and is left out

Key = tuple[int, ...]
"""What random numbers follow from: the scene's seed, then numbers that tell the uses apart."""


def octave(patch: Patch, key: Key, across: float, along: float | None = None) -> Floats:
    """Noise of about -1 to 1, mean 0, float32, rows x columns.

    `across`, `along`: lattice cells per product size in x and in y (as in x if not given).
    """
    cells = (across, across if along is None else along)
    texels = patch.columns / (patch.width * cells[0]), patch.rows / (patch.height * cells[1])
    columns = patch.columns if texels[0] < 2 * _TEXELS else _coarse(patch.width * cells[0])
    rows = patch.rows if texels[1] < 2 * _TEXELS else _coarse(patch.height * cells[1])
    noise = _lattice(patch.sampled(columns, rows), key, cells)
    if (columns, rows) == (patch.columns, patch.rows):
        return noise
    return _resized(noise, patch.columns, patch.rows, cv2.INTER_CUBIC)


def fractal(
    patch: Patch,
    key: Key,
    across: float,
    along: float | None = None,
    octaves: int = 5,
    gain: float = 0.5,
) -> Floats:
    """Octaves of noise, each twice as fine and `gain` times as strong; about -1 to 1, mean 0."""
    along = across if along is None else along
    field: Floats | None = None
    power = 0.0
    for number in range(octaves):
        cells = (across * 2**number, along * 2**number)
        grid = patch.sampled(
            min(patch.columns, _coarse(patch.width * cells[0])),
            min(patch.rows, _coarse(patch.height * cells[1])),
        )
        layer = _lattice(grid, (*key, number), cells) * np.float32(gain**number)
        field = layer if field is None else layer + _resized(field, grid.columns, grid.rows)
        power += gain ** (2 * number)
    assert field is not None
    field = _resized(field, patch.columns, patch.rows, cv2.INTER_CUBIC)
    field *= np.float32(1 / math.sqrt(power))
    return field


def stream(key: Key) -> np.random.Generator:
    """Random numbers that follow from the key alone."""
    return np.random.default_rng(key)


def _coarse(cells: float) -> int:
    return max(2, math.ceil(cells * _TEXELS))


def _lattice(patch: Patch, key: Key, cells: tuple[float, float]) -> Floats:
    """The lattice enlarged (or averaged) to the patch's grid."""
    texels = patch.columns / (patch.width * cells[0]), patch.rows / (patch.height * cells[1])
    if min(texels) < _FEWEST:
        return np.zeros((patch.rows, patch.columns), np.float32)
    table = stream(key).uniform(-1, 1, (_PERIOD, _PERIOD)).astype(np.float32)
    across = _axis(patch.left * cells[0], patch.width * cells[0], texels[0])
    along = _axis(patch.top * cells[1], patch.height * cells[1], texels[1])
    values = table[np.ix_(along.cells % _PERIOD, across.cells % _PERIOD)]
    way = cv2.INTER_AREA if min(texels) < 1 else cv2.INTER_CUBIC
    large = _resized(values, across.size, along.size, way)
    if across.step == along.step == 1:
        left, top = int(across.start), int(along.start)
        return large[top : top + patch.rows, left : left + patch.columns]
    matrix = np.array([[across.step, 0, across.start], [0, along.step, along.start]])
    size, how = (patch.columns, patch.rows), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(large, matrix, size, flags=how), np.float32)


class _Axis(NamedTuple):
    """One axis of a lattice: its cells, the size they are enlarged to, where samples are there."""

    cells: "np.typing.NDArray[np.intp]"
    size: int
    start: float
    step: float


def _axis(start: float, length: float, texels: float) -> _Axis:
    """`start`, `length` in cells. Samples finer than a sixth of a cell are placed exactly."""
    first = math.floor(start) - 2
    cells = np.arange(first, math.ceil(start + length) + 2)
    if texels < 0.9 * _TEXELS:
        return _Axis(cells, max(1, round(cells.size * texels)), round((start - first) * texels), 1)
    step = _FINE / texels
    place = (start - first) * _FINE + 0.5 * step - 0.5
    return _Axis(cells, cells.size * _FINE, place, step)


def _resized(values: Floats, columns: int, rows: int, way: int = cv2.INTER_LINEAR) -> Floats:
    if values.shape == (rows, columns):
        return values
    return np.asarray(cv2.resize(values, (columns, rows), interpolation=way), np.float32)
