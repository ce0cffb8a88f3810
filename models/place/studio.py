"""Renders a studio scene around a product, in the light that falls on both."""

from imaging.develop import develop
from imaging.footing import footings
from imaging.pixels import Floats, Pixels
from imaging.reflection import floor_reflection
from models.place.backdrop import Backdrop, Canvas, Look, paint
from models.place.joining import Grain, lay_in, small_colour
from models.place.scenes import SceneSpec
from models.place.shading import FLAT, ShadowChoice, light_left, scene_light

_CLEAN = Grain()


def render(
    spec: SceneSpec,
    canvas: Canvas,
    look: Look,
    product: Pixels,
    shadow: ShadowChoice,
    grain: Grain = _CLEAN,
) -> Pixels:
    """The product in its scene: uint8 RGB, opaque, canvas.height x canvas.width x 3.

    `product`: uint8 RGBA with straight alpha, as large as `canvas.product`; its opaque pixels are
    in the picture as they are. Light is computed small, for all of it is smooth, and joined in
    linear light. The same arguments give the same picture.
    """
    backdrop = paint(spec, canvas, look)
    light = backdrop.light
    key = scene_light(spec, look.lighting, shadow)
    if key is not None:
        horizon = 0.0 if spec.join == "none" else backdrop.horizon
        light = light * light_left(product, canvas, key, horizon, backdrop.floor)
    mirrored = _mirrored(product, canvas, backdrop)
    picture = develop(light, canvas.width, canvas.height, backdrop.texture, mirrored)
    lay_in(picture, product, canvas, spec.wrap, grain)
    return picture


def _mirrored(product: Pixels, canvas: Canvas, backdrop: Backdrop) -> Floats | None:
    """What the floor mirrors of the product, None where it mirrors nothing."""
    if backdrop.gloss <= 0 or canvas.stance == FLAT:
        return None
    rows, columns = backdrop.light.shape[:2]
    small = small_colour(product, canvas, columns, rows)
    image = floor_reflection(small, footings(small[:, :, 3]), backdrop.gloss, backdrop.roughness)
    image *= backdrop.floor[:, :, None]
    return image
