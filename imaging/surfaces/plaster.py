"""Painted plaster: a fine roller's grain over soft unevenness."""

import numpy as np

from imaging.pixels import Floats
from imaging.surfaces.noise import fractal
from imaging.surfaces.patch import Patch


def plaster(patch: Patch, seed: int) -> Floats:
    """Tone, float32, rows x columns, 0 to 1."""
    cloud = fractal(patch, (seed, 0), 0.8, octaves=6, gain=0.6)
    grain = fractal(patch, (seed, 1), 55, octaves=2, gain=0.8)
    return np.asarray(np.clip(0.6 + 0.20 * cloud + 0.06 * grain, 0, 1), np.float32)
