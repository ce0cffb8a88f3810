"""Softens a shadow's edge more, the farther it lies from what casts it."""

import cv2
import numpy as np

from imaging.graded_blur import blur, graded_blur
from imaging.pixels import Floats

_WIDEST = 0.20
"""Standard deviation of the widest light's penumbra, as a share of the distance."""
_NARROWEST = 0.02
_EVEN = 0.08
_LEVELS = 6


def soften(way: Floats, softness: float) -> tuple[Floats, Floats]:
    """A shadow (float32, 0 to 1) with its penumbra, and the smooth distances that it was made by.

    `way`: float32, rows x columns: the distance in pixels from what casts the shadow, where there
    is shadow, and -1 elsewhere. `softness`: 0 to 1. The penumbra of a light as wide as an angle
    grows in proportion to that distance.
    """
    mask = (way >= 0).astype(np.float32)
    distance = _spread(np.maximum(way, 0), mask)
    # Slabs at different heights may lie side by side: a step in the blur would show as a line.
    distance = blur(distance, max(1.0, _EVEN * float(np.sqrt(mask.sum()))), 1.0)
    share = _NARROWEST + (_WIDEST - _NARROWEST) * softness
    return graded_blur(mask, np.asarray(share * distance, np.float32)), distance


def _spread(value: Floats, known: Floats) -> Floats:
    """Carry known values (`known` 1) into the unknown, each place from the finest blur with any."""
    layers = [(value * known, known)]
    for _ in range(_LEVELS):
        total, weight = layers[-1]
        layers.append((np.asarray(cv2.pyrDown(total)), np.asarray(cv2.pyrDown(weight))))
    total, weight = layers[-1]
    result = total / np.maximum(weight, 1e-6)
    for total, weight in reversed(layers[:-1]):
        large = cv2.resize(result, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        trust = np.minimum(1, 2 * weight)
        result = trust * total / np.maximum(weight, 1e-6) + (1 - trust) * large
    return np.asarray(result, np.float32)
