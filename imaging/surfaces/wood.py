"""Boards of oak: growth rings cut lengthwise, fibres, pores, and a thin gap between boards."""

import math

import numpy as np

from imaging.pixels import Floats
from imaging.surfaces.noise import fractal, octave, stream
from imaging.surfaces.patch import Patch

_BOARD = 0.8


def wood(patch: Patch, seed: int) -> Floats:
    """Tone, float32, rows x columns, 0 the gap between boards to 1 the lightest fibre."""
    place = patch.y[:, 0] / _BOARD + 0.35
    number = np.floor(place).astype(int)
    tone = np.empty((patch.rows, patch.columns), np.float32)
    for board in range(number[0], number[-1] + 1):
        rows = np.flatnonzero(number == board)
        top = patch.top + patch.height * rows[0] / patch.rows
        strip = Patch(
            patch.left,
            top,
            patch.width,
            patch.height * len(rows) / patch.rows,
            patch.columns,
            len(rows),
        )
        tone[rows] = _board(strip, (place - number)[rows], (seed, board & 0xFFFF))
    return np.clip(tone, 0, 1, out=tone)


def _board(strip: Patch, across: Floats, key: tuple[int, int]) -> Floats:
    """One board; `across` 0 to 1 from its far edge to its near one."""
    luck = stream((*key, 9)).uniform(0, 1, 4)
    sway = fractal(strip, (*key, 0), 0.55, 1.6, octaves=3, gain=0.5)
    # Rings around the log's axis, which runs along the board and a little out of its plane.
    heart = across[:, None] - np.float32(luck[0] * 1.6 - 0.3) + 0.10 * sway
    depth = 0.16 * (strip.x + np.float32(4 * luck[1] - 2)) + 0.05 * sway
    rings = np.hypot(heart, depth) * np.float32(17 + 9 * luck[2])
    fibre = fractal(strip, (*key, 1), 1.3, 48, octaves=3, gain=0.8)
    rings += 0.16 * fibre + 1.3 * sway
    part = rings - np.floor(rings)
    late = part * part * np.clip((1 - part) * 5, 0, 1)
    fine = octave(strip, (*key, 3), 3, 210) + octave(strip, (*key, 4), 9, 120)
    pores = np.clip(octave(strip, (*key, 2), 4.5, 150) - 0.38, 0, 1) * (0.5 + 0.8 * late)
    tone = 0.78 + 0.10 * math.sin(6.28 * luck[3]) - 0.24 * late - 0.36 * pores
    tone += 0.06 * fibre + 0.05 * fine + 0.05 * sway
    return np.asarray(tone - _gap(across, strip), np.float32)


def _gap(across: Floats, strip: Patch) -> Floats:
    """How dark the joint is at each row: a rounded edge into a thin gap."""
    edge = np.minimum(across, 1 - across)[:, None] * _BOARD
    wide = max(0.0035, 0.8 * strip.height / strip.rows)
    return np.asarray(0.75 * np.exp(-((edge / wide) ** 2)) + 0.10 * np.exp(-edge / 0.014))
