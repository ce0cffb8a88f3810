"""The light that a product leaves on its scene: what it casts, and where it touches the floor."""

import math

import cv2
import numpy as np

from imaging.footing import footings
from imaging.graded_blur import blur
from imaging.lighting import Lighting
from imaging.pixels import Floats
from imaging.shadows.cast import cast_shadow
from imaging.shadows.contact import contact_shadow

_CONTACT = 1.5
_TAIL = 0.004
_THICK = 0.07
_TINTED = 0.25


def standing_shadow(alpha: Floats, light: Lighting, horizon: float) -> Floats:
    """Share of light that is left around a standing product, float32, height x width x 3, 0 to 1.

    `alpha`: float32, 0 to 1, height x width: the product on its (reduced) canvas. `horizon`: where
    the floor ends and a wall begins, as a share of the height from the top. It is exactly 1 where
    there is no shadow, and everywhere at a strength of 0.
    """
    height, width = alpha.shape
    parts = footings(alpha)
    if not parts or light.strength <= 0:
        return np.ones((height, width, 3), np.float32)
    cast = cast_shadow(parts, (height, width), light, horizon * height)
    contact = contact_shadow(parts, (height, width))
    return _light_left(cast, contact, light)


def lying_shadow(alpha: Floats, light: Lighting) -> Floats:
    """As `standing_shadow`, for a product that lies flat and is seen from above."""
    height, width = alpha.shape
    solid = np.minimum(1, alpha / 0.9).astype(np.float32)
    rows, columns = (np.flatnonzero(solid.max(axis=axis) > 0.3) for axis in (1, 0))
    if not rows.size or light.strength <= 0:
        return np.ones((height, width, 3), np.float32)
    size = float(min(np.ptp(rows), np.ptp(columns)) + 1)
    azimuth, elevation = math.radians(light.azimuth), math.radians(max(light.elevation, 25))
    length = _THICK * size / math.tan(elevation)
    shadow = np.zeros_like(solid)
    for share in np.linspace(0, 1, int(np.clip(length / 2, 3, 10)) + 1)[1:]:
        right, down = (share * length * way for way in (-math.cos(azimuth), math.sin(azimuth)))
        move = np.array([[1, 0, right], [0, 1, down]])
        moved = np.asarray(cv2.warpAffine(solid, move, (width, height)), np.float32)
        soft = blur(moved, max(0.7, share * size * (0.006 + 0.05 * light.softness)), 1.0)
        shadow = np.maximum(shadow, soft)
    contact = 0.5 * blur(solid, max(0.7, 0.012 * size), 1.0)
    return _light_left(shadow, np.asarray(contact, np.float32), light)


def _light_left(cast: Floats, contact: Floats, light: Lighting) -> Floats:
    """Join both; the shadow of coloured light keeps more of the colours that the light lacks."""
    left = np.empty((*cast.shape, 3), np.float32)
    touch = 1 - min(1.0, _CONTACT * light.strength) * contact
    for channel, tint in enumerate(light.tint):
        dark = 1 - touch * (1 - light.strength * tint**_TINTED * cast)
        # The tails of the blurs end, so that white stays white.
        left[:, :, channel] = 1 - np.maximum(dark - _TAIL, 0) / (1 - _TAIL)
    return left
