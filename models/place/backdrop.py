"""Paints the backdrop of a studio scene: what is there before the product is."""

from dataclasses import dataclass

import numpy as np

from imaging.backdrop.stage import Stage, set_stage
from imaging.layout import Box
from imaging.lighting import LIGHTINGS
from imaging.pixels import Floats, Pixels
from imaging.surfaces.ramp import RGB
from models.place.lit import floor_share, light_on
from models.place.paints import paints_of
from models.place.scenes import SceneSpec
from models.place.texture import paint_texture

LIGHT_SIDE = 640
_DEPTH = 0.3


@dataclass(frozen=True)
class Canvas:
    """The picture to make, and where the product lands, canvas pixels.

    `stance`: "standing", on a floor before a wall, or "flat", seen from above.
    """

    width: int
    height: int
    product: Box
    stance: str = "standing"


@dataclass(frozen=True)
class Look:
    """What is asked of a scene: paper colour, brand colours, name of the lighting, seed."""

    background: RGB | None = None
    palette: tuple[RGB, ...] = ()
    lighting: str = "eye-level"
    seed: int = 0


@dataclass(frozen=True)
class Backdrop:
    """A painted backdrop: texture times light is the picture.

    `texture`: uint8 sRGB reflectance, canvas height x width x 3, or None for 1 throughout.
    `light`: float32, linear, small (its longest side at most LIGHT_SIDE) x 3. `floor`: float32,
    small, 0..1: where shadows and mirror images show fully. `horizon`: share of the height, from
    the top, where the floor ends. `gloss`, `roughness`: 0..1, strength and blur of the mirror.
    """

    texture: Pixels | None
    light: Floats
    floor: Floats
    horizon: float
    gloss: float
    roughness: float


def paint(spec: SceneSpec, canvas: Canvas, look: Look) -> Backdrop:
    """Paint the scene's backdrop for a product that lands in `canvas.product`.

    The same arguments give the same pixels. All sizes follow the product's box, so that a scene
    looks the same at every resolution, up to detail. Raises ValueError for an unknown lighting.
    """
    if look.lighting not in LIGHTINGS:
        raise ValueError(f"there is no lighting {look.lighting!r}, only {', '.join(LIGHTINGS)}")
    lighting = LIGHTINGS[look.lighting]
    depth = spec.floor.depth if spec.floor else _DEPTH
    size = canvas.width, canvas.height
    stage = set_stage(*size, canvas.product, depth, canvas.stance == "flat")
    small = _small(stage)
    horizon = stage.horizon / stage.height
    if spec.floor is None or spec.wall is None:
        plain = np.ones((small.height, small.width, 3), np.float32)
        return Backdrop(None, plain, plain[:, :, 0], horizon, spec.gloss, spec.roughness)
    paints = paints_of(spec, look.background, look.palette)
    texture = paint_texture(spec, paints, stage, lighting.azimuth, look.seed)
    light = light_on(spec, paints, small, lighting, look.seed, texture is None)
    floor = floor_share(spec, small)
    return Backdrop(texture, light, floor, horizon, spec.gloss, spec.roughness)


def _small(stage: Stage) -> Stage:
    """The stage at the light's size."""
    shrink = min(1.0, LIGHT_SIDE / max(stage.width, stage.height))
    return stage.shrunk(max(2, round(stage.width * shrink)), max(2, round(stage.height * shrink)))
