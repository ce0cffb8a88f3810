"""Between sRGB code values and linear light (IEC 61966-2-1)."""

import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats, Pixels


def _decode_table() -> Floats:
    value = np.arange(256, dtype=np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_LINEAR = _decode_table()


def to_linear(pixels: Pixels) -> Floats:
    """uint8 sRGB code values of any shape to float32 linear light, 0 to 1."""
    return _LINEAR[pixels]


def to_srgb_scale(linear: npt.NDArray[np.floating]) -> Floats:
    """Linear light, clipped to 0..1, to unrounded sRGB code values, float32, 0 to 255."""
    light = np.clip(linear, 0, 1)
    curve = 1.055 * np.power(light, 1 / 2.4) - 0.055
    return np.asarray(255 * np.where(light <= 0.0031308, 12.92 * light, curve), np.float32)
