"""From linear light to a photograph: metering, tone curve, 8 bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from .palette import Random

Film = Callable[[np.ndarray], np.ndarray]


def film(rng: Random, light: np.ndarray) -> Film:
    """Meter a linear picture and choose a tone curve; what comes back maps light to sRGB, 0 to 1.

    The curve is a plain clip or the filmic fit of Hable (Uncharted 2, GDC 2010).
    """
    bright = float(np.quantile(light.mean(axis=2), rng.uniform(0.6, 0.95))) + 1e-4
    gain = float(np.exp(rng.normal(np.log(0.5), 0.4))) / bright
    tint = np.exp(rng.normal(0, 0.05, 3)).astype(np.float32)
    filmic = rng.random() < 0.6

    def develop(picture: np.ndarray) -> np.ndarray:
        exposed = np.maximum(picture * gain * tint, 0)
        if filmic:
            exposed = _hable(2.2 * exposed) / _hable(np.float32(6.0))
        return _encoded(np.clip(exposed, 0, 1))

    return develop


def _hable(x: np.ndarray) -> np.ndarray:
    a, b, c, d, e, f = 0.22, 0.30, 0.10, 0.20, 0.01, 0.30
    return (x * (a * x + c * b) + d * e) / (x * (a * x + b) + d * f) - e / f


def _encoded(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def write(path: Path, picture: np.ndarray) -> None:
    """Write values 0 to 1, RGB or one plane, as an 8-bit PNG."""
    codes = np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
    cv2.imwrite(str(path), codes[:, :, ::-1] if codes.ndim == 3 else codes)
