"""A scene by prompt: the diffusion engine paints it, the product and its shadow are laid over."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from imaging.develop import develop
from imaging.lighting import Lighting
from imaging.pixels import Pixels
from models.engine import EngineResult
from models.params import Params
from models.place.backdrop import Canvas
from models.place.diffusion.engine import make_scenes
from models.place.diffusion.request import read_request
from models.place.joining import Grain, lay_in, small_size
from models.place.request import PlaceRequest
from models.place.shading import key_light, light_left

_LIGHT_SIDE = 1024
_WRAP = 0.3


def place_in_prompted(
    product: Pixels,
    request: PlaceRequest,
    params: Params,
    grain: Grain,
    quality: Mapping[str, Any],
) -> EngineResult:
    """Have the scene painted around `product` (uint8 RGBA, of the product box's size).

    Raises what the diffusion engine raises.
    """
    canvas = request.canvas
    size = canvas.width, canvas.height
    made = make_scenes(product, canvas.product, size, read_request(params))
    lighting = request.look.lighting
    shadowed = request.shadow.on is not False
    key = key_light(lighting, None, request.shadow) if shadowed else None
    picture = lay_in_painted(made.pictures[0], product, canvas, key, grain)
    return EngineResult(picture, made.model, {**quality, **made.quality, "lighting": lighting})


def lay_in_painted(
    scene: Pixels, product: Pixels, canvas: Canvas, key: Lighting | None, grain: Grain
) -> Pixels:
    """The product and its shadow on a painted scene, uint8 RGB of the canvas' size.

    `key`: the light that casts the shadow, None for none. The floor has no end: nobody knows where
    a painted one ends. Opaque pixels of the product are in the picture as they are.
    """
    if key is None:
        picture = scene.copy()
    else:
        columns, rows = small_size(canvas, _LIGHT_SIDE)
        left = light_left(product, canvas, key, 0.0, np.ones((rows, columns), np.float32))
        picture = develop(left, canvas.width, canvas.height, scene)
    lay_in(picture, product, canvas, _WRAP, grain)
    return picture
