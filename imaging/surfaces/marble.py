"""White marble: soft clouds, a few bold veins that swell and fade, and a web of hair-fine ones."""

import numpy as np

from imaging.pixels import Floats
from imaging.surfaces.noise import fractal, octave
from imaging.surfaces.patch import Patch


def marble(patch: Patch, seed: int) -> Floats:
    """Tone, float32, rows x columns, 0 the darkest vein to 1 the lightest ground."""
    bend = fractal(patch, (seed, 0), 0.8, octaves=7, gain=0.52)
    swell = octave(patch, (seed, 1), 1.1)
    cloud = fractal(patch, (seed, 2), 0.9, octaves=5, gain=0.55)
    course = 0.95 * patch.turned(38) + 0.60 * bend
    bold = _veins(course, np.float32(0.008) + np.float32(0.014) * (swell + 1) ** 2)
    bold *= np.clip(0.60 + 0.9 * swell + 0.3 * cloud, 0.10, 1)
    side = fractal(patch, (seed, 3), 1.6, octaves=6, gain=0.55)
    fine = _veins(1.9 * patch.turned(70) + 0.60 * side + 0.3 * bend, 0.018)
    fine *= np.clip(0.45 - 0.9 * cloud, 0.05, 1)
    haze = _veins(course + 0.05, 0.16) * np.clip(0.6 + 0.6 * cloud, 0.1, 1)
    tone = 0.90 + 0.08 * cloud - 0.55 * bold - 0.28 * fine - 0.26 * haze
    return np.asarray(np.clip(tone, 0, 1), np.float32)


def _veins(phase: "np.typing.NDArray[np.floating]", width: "Floats | float") -> Floats:
    """1 on the lines where the phase is a whole number, falling off over `width`."""
    return np.asarray(np.exp(-np.abs(phase - np.rint(phase)) / width), np.float32)
