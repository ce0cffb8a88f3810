"""The task `place`: puts a cut-out into a studio scene, or into a scene by prompt."""

from collections.abc import Mapping

import numpy as np

from imaging.pixels import Pixels
from imaging.resize import resize
from models.engine import EngineResult, Model
from models.errors import EndpointError
from models.params import Params
from models.place.joining import Grain, product_grain
from models.place.prompted import place_in_prompted
from models.place.request import PlaceRequest, read_place_request
from models.place.scenes import load_scene
from models.place.studio import render

MODEL = Model("studio", "2")


def run(images: Mapping[str, Pixels], params: Params) -> EngineResult:
    """Place `images["cutout"]`, RGBA, on a canvas; the result is opaque RGB.

    Params, in pixels: `scene` the name of a studio scene; `canvas` [width, height], at most 24
    megapixels; `source_box` the part of the cut-out to use (default: all of it); `product_box`
    where it lands; `background` "#rrggbb" and `palette`, up to eight of those, for scenes that
    take them; `lighting` one of the six of imaging/lighting.py (default: the scene's); `shadow`
    true, false or {direction, softness, strength} (default: the scene's); `stance` "standing" or
    "flat"; `seed`. With `prompt` the scene's name is free, and the params of
    models/place/diffusion/request.py hold as well.

    Raises EndpointError 400 `request_invalid`, 422 `cutout_opaque` where the picture has no clear
    pixels, 422 `engine_unavailable` for a prompt where no diffusion model is deployed.
    """
    cutout = images["cutout"]
    if cutout.shape[2] != 4:
        raise EndpointError(422, "cutout_opaque", "The cut-out has no alpha channel.")
    request = read_place_request(params, cutout.shape[1], cutout.shape[0])
    box, scale = request.canvas.product, request.canvas.product.width / request.source.width
    quality = {"product_box": [box.x, box.y, box.width, box.height], "scale": scale}
    product, grain = _sized(cutout, request, scale)
    if request.prompted:
        return place_in_prompted(product, request, params, grain, quality)
    spec = load_scene(request.scene)
    picture = render(spec, request.canvas, request.look, product, request.shadow, grain)
    return EngineResult(picture, MODEL, {**quality, "lighting": request.look.lighting})


def _sized(cutout: Pixels, request: PlaceRequest, scale: float) -> tuple[Pixels, Grain]:
    """The wanted part of the cut-out, RGBA, at the size at which it lands, and its grain there."""
    source, target = request.source, request.canvas.product
    part = cutout[source.y : source.y + source.height, source.x : source.x + source.width]
    part = np.ascontiguousarray(part)
    grain = product_grain(part, scale, request.look.seed)
    return resize(part, target.width, target.height), grain
