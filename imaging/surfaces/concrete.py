"""Cast concrete: clouds of damp and dry, the sweep of a trowel, sand, and pores left by air."""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from imaging.pixels import Floats
from imaging.surfaces.noise import fractal, octave, stream
from imaging.surfaces.patch import Patch

_CELLS = 3.0
_PERIOD = 64
_MOST = 12
_LEAST = 0.4  # samples: smaller pores can't be seen


def concrete(patch: Patch, seed: int) -> Floats:
    """Tone, float32, rows x columns, 0 the deepest pore to 1 the driest patch."""
    cloud = fractal(patch, (seed, 0), 0.9, octaves=6, gain=0.6)
    trowel = fractal(patch, (seed, 1), 1.2, 5.0, octaves=4, gain=0.6)
    sand = fractal(patch, (seed, 2), 60, octaves=3, gain=0.9)
    stain = np.clip(octave(patch, (seed, 3), 1.7) - 0.15 + 0.4 * cloud, 0, 1)
    tone = 0.66 + 0.20 * cloud + 0.07 * trowel + 0.05 * sand - 0.16 * stain
    return np.asarray(np.clip(tone + _pores(patch, seed), 0, 1), np.float32)


def _pores(patch: Patch, seed: int) -> Floats:
    """Pores, dark with a light lower rim, as a change of tone."""
    change = np.zeros((patch.rows, patch.columns), np.float32)
    per_x, per_y = patch.columns / patch.width, patch.rows / patch.height
    for x, y, size in _places(patch, seed):
        centre = (x - patch.left) * per_x, (y - patch.top) * per_y
        if size * per_x < _LEAST:
            continue
        axes = max(size * per_x, 0.6), max(size * per_y, 0.6)
        _dot(change, (centre[0], centre[1] + 0.45 * axes[1]), axes, 0.10)
        _dot(change, centre, axes, -0.34)
    return np.asarray(cv2.GaussianBlur(change, (0, 0), 0.8), np.float32)


def _places(patch: Patch, seed: int) -> Iterator[tuple[float, float, float]]:
    """x, y and radius of the pores, in product sizes; most are small, and they come in swarms."""
    luck = stream((seed, 7))
    crowd = luck.poisson(0.6 + 7 * luck.random((_PERIOD, _PERIOD)) ** 4)
    pores = luck.random((_PERIOD, _PERIOD, _MOST, 3))
    ends = [patch.left, patch.left + patch.width, patch.top, patch.top + patch.height]
    left, right, top, bottom = (math.floor(end * _CELLS) for end in ends)
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            cell = row % _PERIOD, column % _PERIOD
            for x, y, size in pores[cell][: crowd[cell]]:
                place = (column + x) / _CELLS, (row + y) / _CELLS
                yield *place, 0.002 + 0.011 * size**5


def _dot(
    plane: Floats, centre: tuple[float, float], axes: tuple[float, float], value: float
) -> None:
    """A filled ellipse, to a sixteenth of a pixel."""
    place = tuple(round(each * 16) for each in centre)
    size = tuple(max(1, round(each * 16)) for each in axes)
    cv2.ellipse(plane, place, size, 0, 0, 360, value, -1, cv2.LINE_8, 4)
