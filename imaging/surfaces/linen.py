"""Linen: a plain weave of uneven threads, laid in soft folds."""

import numpy as np

from imaging.pixels import Floats
from imaging.surfaces.noise import Key, fractal, octave, stream
from imaging.surfaces.patch import Patch

_THREADS = 66.0


def linen(patch: Patch, seed: int) -> Floats:
    """Tone, float32, rows x columns, 0 between threads to 1 on the crest of a light thread."""
    sway = fractal(patch, (seed, 7), 0.8, octaves=3, gain=0.4)
    wander = octave(patch, (seed, 0), 5)
    across = _threads(patch.x, 0.5 * wander, (seed, 1)) * _seen(patch.columns / patch.width)
    along = _threads(patch.y, -0.5 * wander, (seed, 4)) * _seen(patch.rows / patch.height)
    slubs = octave(patch, (seed, 2), 4.5, _THREADS) + octave(patch, (seed, 3), _THREADS, 4.5)
    slubs += 0.22 * (octave(patch, (seed, 5), 1.3, 30) + octave(patch, (seed, 6), 30, 1.3))
    tone = 0.62 + 0.46 * _over_and_under(across, along) + 0.075 * slubs + _folds(patch, sway, seed)
    return np.asarray(np.clip(tone, 0, 1), np.float32)


def _threads(place: Floats, wander: Floats, key: Key) -> Floats:
    """A wave of one half period a thread, whose threads wander and are not of one width."""
    uneven = stream(key).uniform(-0.35, 0.35, 512).astype(np.float32)
    phase = np.float32(_THREADS) * place
    phase = phase + uneven[np.floor(phase).astype(int) % 512]
    return np.asarray(np.sin(np.float32(np.pi) * (phase + wander)), np.float32)


def _over_and_under(across: Floats, along: Floats) -> Floats:
    """Height of the weave about its mean: where the waves agree one thread is above, else another.

    Where a grid is too coarse for threads, and the waves are faint, there is no height: the mean
    is taken out, so that a cloth is not darker from afar.
    """
    over = 0.5 + 0.5 * across * along
    height = np.maximum(np.abs(along) * over, np.abs(across) * (1 - over))
    return np.asarray(height - height.mean(), np.float32)


def _seen(samples: float) -> float:
    """How much of a thread's wave so many samples a product size can show."""
    return float(np.clip((samples / _THREADS - 1.5) / 1.5, 0, 1))


def _folds(patch: Patch, sway: Floats, seed: int) -> Floats:
    """Shading of a few long, soft folds, as light from the left would show them."""
    angle = float(stream((seed, 8)).uniform(-30, 30))
    phase = 0.9 * patch.turned(angle) + 0.5 * sway
    part = phase - np.rint(phase)
    amount = np.clip(0.6 + 0.8 * octave(patch, (seed, 9), 0.9), 0.1, 1)
    slope = part * np.exp(-(part * part) / np.float32(0.012)) * np.float32(15)
    return np.asarray(0.20 * slope * amount + 0.06 * sway, np.float32)
