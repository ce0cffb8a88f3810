"""Enlarges a picture 2 or 4 times with a Lanczos filter."""

from collections.abc import Mapping

from imaging.pixels import Pixels
from imaging.resize import resize
from models.engine import EngineResult, Model
from models.errors import invalid
from models.params import Params, choice, only

MODEL = Model("lanczos", "1")
_MAX_PIXELS = 100_000_000


def run(images: Mapping[str, Pixels], params: Params) -> EngineResult:
    """Enlarge `images["image"]`, RGB or RGBA, by `params.scale`, 2 or 4.

    Raises EndpointError 400 where the result would exceed 100 megapixels.
    """
    only(params, {"scale"})
    scale = choice(params, "scale", (2, 4))
    image = images["image"]
    height, width = image.shape[0] * scale, image.shape[1] * scale
    if width * height > _MAX_PIXELS:
        raise invalid("params.scale", f"would make {width} x {height} pixels, above 100 megapixels")
    return EngineResult(resize(image, width, height), MODEL, {"scale": scale})
