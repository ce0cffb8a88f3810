"""Enlarges a picture up to four times with a Lanczos filter."""

from collections.abc import Mapping

from imaging.pixels import Pixels
from imaging.resize import resize
from models.engine import EngineResult, Model
from models.errors import invalid
from models.params import Params, number, only

MODEL = Model("lanczos", "1")
_MAX_PIXELS = 100_000_000


def run(images: Mapping[str, Pixels], params: Params) -> EngineResult:
    """Enlarge `images["image"]`, RGB or RGBA, by `params.scale`, above 1 and at most 4.

    Sides are rounded to whole pixels. Raises EndpointError 400 where the result would exceed
    100 megapixels.
    """
    only(params, {"scale"})
    scale = number(params, "scale", 0.0, 1.0, 4.0)
    if scale == 1.0:
        raise invalid("params.scale", "must be above 1")
    image = images["image"]
    height, width = round(image.shape[0] * scale), round(image.shape[1] * scale)
    if width * height > _MAX_PIXELS:
        raise invalid("params.scale", f"would make {width} x {height} pixels, above 100 megapixels")
    return EngineResult(resize(image, width, height), MODEL, {"scale": scale})
