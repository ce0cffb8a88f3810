"""From light on a surface to pixels: the last step of a rendered scene."""

import functools

import cv2
import numpy as np

from imaging.light import to_linear, to_srgb_scale
from imaging.pixels import Floats, Pixels

_TILE = 256
_STEPS = 65535


def develop(
    light: Floats,
    width: int,
    height: int,
    texture: Pixels | None = None,
    mirrored: Floats | None = None,
) -> Pixels:
    """Enlarge smooth light to a dithered picture, uint8 sRGB, `height` x `width` x 3.

    `light`: float32, rows x columns x 3, linear, small. `texture`: uint8 sRGB, height x width x 3:
    what reflects the light; without it the light is the picture. `mirrored`: float32, of the size
    of `light` x 4, premultiplied linear RGB and cover, is laid over what the surface reflects.

    The dither is uniform, just under half a code value either way, the same on every call: without
    it an 8-bit gradient shows bands. Pure white and black stay pure.
    """
    if mirrored is not None and texture is None:
        light = np.clip(light, 0, 1) * (1 - mirrored[:, :, 3:]) + mirrored[:, :, :3]
    noise = _noise(width)
    picture = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        part = light[:, :, channel]
        # Nothing here holds on to a channel at full size: they are the most of what is needed.
        if texture is None:
            _dither(_enlarged(to_srgb_scale(part), width, height), noise, picture[:, :, channel])
        else:
            _dither(_lit(part, texture, mirrored, channel), noise, picture[:, :, channel])
    return picture


def _dither(codes: Floats, noise: Floats, plane: Pixels) -> None:
    for top in range(0, codes.shape[0], _TILE):
        strip = codes[top : top + _TILE]
        plane[top : top + _TILE] = cv2.add(strip, noise[: strip.shape[0]], dtype=cv2.CV_8U)


def _lit(light: Floats, texture: Pixels, mirrored: Floats | None, channel: int) -> Floats:
    """One channel of a texture under light, as unrounded code values at full size."""
    height, width = texture.shape[:2]
    image = None
    if mirrored is not None:
        light = light * (1 - mirrored[:, :, 3])
        image = _enlarged(mirrored[:, :, channel], width, height)
    plane = _enlarged(light, width, height)
    reflectance, codes = to_linear(np.arange(256, dtype=np.uint8)), _codes()
    for top in range(0, height, _TILE):
        part = slice(top, top + _TILE)
        seen = np.take(reflectance, texture[part, :, channel], mode="clip")
        seen *= plane[part]
        if image is not None:
            seen += image[part]
        steps = (np.clip(seen, 0, 1) * _STEPS + 0.5).astype(np.uint16)
        np.take(codes, steps, out=plane[part], mode="clip")
    return plane


def _enlarged(plane: Floats, width: int, height: int) -> Floats:
    source = np.ascontiguousarray(plane, np.float32)
    return np.asarray(cv2.resize(source, (width, height), interpolation=cv2.INTER_LINEAR))


@functools.cache
def _codes() -> Floats:
    """Unrounded sRGB code values of linear light in 65,536 steps."""
    return to_srgb_scale(np.linspace(0, 1, _STEPS + 1))


def _noise(width: int) -> Floats:
    tile = np.random.default_rng(20).uniform(-0.49, 0.49, (_TILE, _TILE)).astype(np.float32)
    return np.ascontiguousarray(np.tile(tile, (1, -(-width // _TILE)))[:, :width])
