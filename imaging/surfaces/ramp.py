"""Turns tone into colour."""

import cv2
import numpy as np

from imaging.light import to_linear, to_srgb_scale
from imaging.pixels import Floats, Pixels

_STRIP = 256

RGB = tuple[int, int, int]


def ramp(colours: tuple[RGB, ...]) -> Pixels:
    """256 sRGB colours, uint8, 256 x 3, through evenly spaced stops, mixed in linear light."""
    stops = to_linear(np.array(colours, np.uint8))
    places = np.linspace(0, len(colours) - 1, 256)
    mixed = [np.interp(places, np.arange(len(colours)), stops[:, each]) for each in range(3)]
    return np.rint(to_srgb_scale(np.stack(mixed, axis=1))).astype(np.uint8)


def tones(tone: Floats) -> Pixels:
    """Tone of 0..1 as uint8."""
    return np.asarray(cv2.convertScaleAbs(np.clip(tone, 0, 1), alpha=255), np.uint8)


def coloured(tone: Pixels, table: Pixels, out: Pixels) -> None:
    """Write uint8 tone, height x width, as sRGB by a ramp's table into `out`, in strips."""
    for top in range(0, len(tone), _STRIP):
        strip = tone[top : top + _STRIP]
        grey = cv2.merge([strip, strip, strip])
        cv2.LUT(grey, table[None], out[top : top + _STRIP])
