"""Which shadow a product throws in its scene: the lighting's, the scene's or the request's."""

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np

from imaging.lighting import LIGHTINGS, Lighting
from imaging.pixels import Floats, Pixels
from imaging.shadows.shadow import lying_shadow, standing_shadow
from models.place.backdrop import Canvas
from models.place.joining import small_alpha, small_size
from models.place.scenes import SceneSpec, Shadow

FLAT = "flat"
_WALL_SHARE = 0.6
_SHADOW_SIDE = 704


@dataclass(frozen=True)
class ShadowChoice:
    """What a request says of the shadow; None leaves the scene's or the lighting's own.

    `direction`: degrees, where the light comes from, as `Lighting.azimuth`. `softness` and
    `strength`: 0 to 1.
    """

    on: bool | None = None
    direction: float | None = None
    softness: float | None = None
    strength: float | None = None


def scene_light(spec: SceneSpec, lighting: str, choice: ShadowChoice) -> Lighting | None:
    """The light that casts the shadow in a studio scene, None for no shadow.

    The scene says how dark and soft its shadow is under its own lighting; under another one that
    lighting says it, and the request has the last word.
    """
    own = spec.shadow if lighting == spec.lighting else None
    on = spec.shadow.on if choice.on is None else choice.on
    return key_light(lighting, own, choice) if on else None


def key_light(lighting: str, own: Shadow | None, choice: ShadowChoice) -> Lighting:
    """The named lighting, with the scene's `own` shadow and then what was chosen."""
    light = LIGHTINGS[lighting]
    if own is not None:
        light = dataclasses.replace(light, softness=own.softness, strength=own.strength)
    return dataclasses.replace(
        light,
        azimuth=light.azimuth if choice.direction is None else choice.direction,
        softness=light.softness if choice.softness is None else choice.softness,
        strength=light.strength if choice.strength is None else choice.strength,
    )


def light_left(
    product: Pixels, canvas: Canvas, key: Lighting, horizon: float, floor: Floats
) -> Floats:
    """Share of light that the product leaves, float32, 0 to 1, as large as `floor`, x 3.

    `product`: uint8 RGBA, as large as `canvas.product`. `horizon`: share of the height from the
    top where the floor ends, 0 for a floor without end. `floor`: float32, rows x columns, 0 to 1:
    a wall (0) takes less of the shadow than the floor. It is soft, hence computed small.
    """
    alpha = small_alpha(product, canvas, *small_size(canvas, _SHADOW_SIDE))
    if canvas.stance == FLAT:
        left = lying_shadow(alpha, key)
    else:
        left = standing_shadow(alpha, key, horizon)
    left = np.asarray(cv2.resize(left, floor.shape[::-1], interpolation=cv2.INTER_LINEAR))
    if canvas.stance != FLAT:
        left = 1 - (1 - left) * (_WALL_SHARE + (1 - _WALL_SHARE) * floor[:, :, None])
    return np.asarray(left, np.float32)
