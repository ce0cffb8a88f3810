"""Places a cut-out on a scene: pure white, or a studio sweep with a soft shadow."""

from collections.abc import Mapping

import cv2
import numpy as np

from imaging.backdrop import develop, studio_sweep
from imaging.composite import lay_over
from imaging.layout import Box
from imaging.pixels import Floats, Pixels
from imaging.resize import resize
from imaging.shadow import contact_shadow
from models.engine import EngineResult, Model
from models.errors import EndpointError, invalid
from models.params import Params, box_within, choice, colour, flag, integers, only

MODEL = Model("studio-sweep", "1")
_MAX_CANVAS_PIXELS = 24_000_000
_LIGHT_SIDE = 1024
_STUDIO_GREY = "#ececec"
_WHITE_SHADOW, _STUDIO_SHADOW = 0.75, 1.0
_NAMES = {"scene", "canvas", "source_box", "product_box", "background", "shadow"}


def run(images: Mapping[str, Pixels], params: Params) -> EngineResult:
    """Place `images["cutout"]`, RGBA, on a canvas; the result is opaque RGB.

    Params, in pixels: `scene` "white" or "studio"; `canvas` [width, height], at most 24
    megapixels; `source_box` the part of the cut-out to use (default: all of it); `product_box`
    where it lands; `background` "#rrggbb" for the studio; `shadow` (default: studio only). Raises
    EndpointError 400, or 422 `cutout_opaque` where the picture has no clear pixels.
    """
    only(params, _NAMES)
    cutout = images["cutout"]
    if cutout.shape[2] != 4:
        raise EndpointError(422, "cutout_opaque", "The cut-out has no alpha channel.")
    scene = choice(params, "scene", ("white", "studio"))
    width, height = _canvas(params)
    source = Box(0, 0, cutout.shape[1], cutout.shape[0])
    if "source_box" in params:
        source = box_within(params, "source_box", source.width, source.height)
    target = box_within(params, "product_box", width, height)
    part = cutout[source.y : source.y + source.height, source.x : source.x + source.width]
    product = resize(np.ascontiguousarray(part), target.width, target.height)
    canvas = _backdrop(params, scene, (width, height), product, target)
    lay_over(canvas, product, target)
    box = [target.x, target.y, target.width, target.height]
    return EngineResult(canvas, MODEL, {"product_box": box, "scale": target.width / source.width})


def _canvas(params: Params) -> tuple[int, int]:
    width, height = integers(params, "canvas", 2)
    if min(width, height) < 16 or width * height > _MAX_CANVAS_PIXELS:
        raise invalid(
            "params.canvas", "must be 16 pixels a side or more, and 24 megapixels at most"
        )
    return width, height


def _backdrop(
    params: Params, scene: str, size: tuple[int, int], product: Pixels, target: Box
) -> Pixels:
    """The scene without the product. Light is computed small, for all of it is smooth."""
    width, height = size
    paper = colour(params, "background", _STUDIO_GREY)
    shadow = flag(params, "shadow", scene == "studio")
    if scene == "white" and not shadow:
        return np.full((height, width, 3), 255, np.uint8)
    shrink = min(1.0, _LIGHT_SIDE / max(size))
    small = max(2, round(width * shrink)), max(2, round(height * shrink))
    light = np.ones((small[1], small[0], 3), np.float32)
    if scene == "studio":
        base = (target.y + target.height) / height
        horizon = float(np.clip(base - 0.16 * target.height / height, 0.2, 0.9))
        light = studio_sweep(*small, paper, horizon)
    if shadow:
        strength = _STUDIO_SHADOW if scene == "studio" else _WHITE_SHADOW
        light = (
            light * contact_shadow(_small_alpha(product, target, size, small), strength)[:, :, None]
        )
    return develop(light, width, height)


def _small_alpha(
    product: Pixels, target: Box, size: tuple[int, int], small: tuple[int, int]
) -> Floats:
    """The product's alpha on the small canvas, 0 to 1."""
    left, right = (round(x * small[0] / size[0]) for x in (target.x, target.x + target.width))
    top, bottom = (round(y * small[1] / size[1]) for y in (target.y, target.y + target.height))
    left, top = min(left, small[0] - 1), min(top, small[1] - 1)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    alpha = cv2.resize(
        np.ascontiguousarray(product[:, :, 3]),
        (right - left, bottom - top),
        interpolation=cv2.INTER_AREA,
    )
    whole = np.zeros((small[1], small[0]), np.float32)
    whole[top:bottom, left:right] = alpha / 255
    return whole
