"""Backgrounds: a seamless studio sweep, and the step from soft light to dithered pixels."""

import cv2
import numpy as np

from imaging.light import to_linear, to_srgb_scale
from imaging.pixels import Floats, Pixels

_TILE = 256


def studio_sweep(width: int, height: int, colour: tuple[int, int, int], horizon: float) -> Floats:
    """A paper sweep in linear light, float32, height x width x 3, 0 to 1.

    `colour`: sRGB code values of the paper at its brightest. `horizon`: where the wall runs into
    the floor, as a share of the height from the top. The wall darkens towards the top, the floor
    is a little lighter than the bend, and the corners fall off as through a lens.
    """
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None]
    wall = 0.80 + 0.14 * _ease(down / max(horizon, 1e-3))
    floor = 0.06 * _ease((down - horizon + 0.10) / 0.28)
    aspect = width / height
    radius = (across * aspect) ** 2 + (2 * down - 1) ** 2
    fall_off = 1 - 0.12 * (radius / (1 + aspect**2)) ** 1.25
    light = ((wall + floor) * fall_off)[:, :, None]
    return np.asarray(light * to_linear(np.array(colour, np.uint8)), np.float32)


def _ease(value: Floats) -> Floats:
    """The smoothstep polynomial, 0 below 0 and 1 above 1."""
    held = np.clip(value, 0, 1)
    return np.asarray(held * held * (3 - 2 * held), np.float32)


def develop(linear: Floats, width: int, height: int) -> Pixels:
    """Enlarge smooth linear light to `height` x `width` x 3 uint8 sRGB, dithered.

    The noise is uniform, just under half a code value either way, the same on every call: without
    it an 8-bit gradient shows bands. Pure white and black stay pure.
    """
    codes = to_srgb_scale(linear)
    noise = _noise(width)
    picture = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        plane = cv2.resize(codes[:, :, channel], (width, height), interpolation=cv2.INTER_LINEAR)
        for top in range(0, height, _TILE):
            strip = plane[top : top + _TILE]
            picture[top : top + _TILE, :, channel] = cv2.add(
                strip, noise[: strip.shape[0]], dtype=cv2.CV_8U
            )
    return picture


def _noise(width: int) -> Floats:
    tile = np.random.default_rng(20).uniform(-0.49, 0.49, (_TILE, _TILE)).astype(np.float32)
    return np.ascontiguousarray(np.tile(tile, (1, -(-width // _TILE)))[:, :width])
