"""Cuts the product out of a photo."""

import dataclasses
from collections.abc import Mapping

from imaging.foreground import cut_out
from imaging.layout import Box, bounding_box
from imaging.matte import refine_matte
from imaging.pixels import Pixels
from imaging.quality import matte_quality
from models.cutout.find import find_product
from models.cutout.look import Net, look, plain_alpha
from models.engine import EngineResult, Model
from models.errors import EndpointError
from models.params import Params, flag, only
from models.sessions import session_for
from models.settings import get_runtime

EXISTING_ALPHA = Model("existing-alpha", "1")
_LEAST_SHARE, _MOST_SHARE = 0.0005, 0.985
_NAMES = {"max_megapixels", "refine"}


def run(images: Mapping[str, Pixels], params: Params) -> EngineResult:
    """Cut the product out of `images["photo"]` with the net of the setting OPAL_SEGMENT_MODEL.

    As `cut`. Raises ModelError where the setting names no model that can be loaded.
    """
    only(params, _NAMES)
    refine = flag(params, "refine", True)
    photo = images["photo"]
    if photo.shape[2] == 4:
        return _result(photo[:, :, :3], photo[:, :, 3].copy(), EXISTING_ALPHA, {}, most=1.0)
    return cut(photo, session_for("segment", get_runtime().segment_model), refine)


def cut(rgb: Pixels, net: Net, refine: bool = True) -> EngineResult:
    """Cut the product out of `rgb`, uint8, height x width x 3; the result is RGBA of that size.

    Clear pixels are black, edge pixels have the product's own colour. Without `refine` alpha is
    one look of the net, enlarged, and the edge keeps the photo's colour. Quality holds the fields
    of MatteQuality, `product_box` [x, y, width, height] and, if refined, `confidence` and
    `agreement` of Found. Raises EndpointError 422 `no_product_found` when next to nothing or next
    to everything is product.
    """
    height, width = rgb.shape[:2]
    if not refine:
        alpha = plain_alpha(look(net, rgb, Box(0, 0, width, height)), width, height)
        return _result(rgb, alpha, net.model, {}, recolour=False)
    found = find_product(net, rgb)
    if found is None:
        raise _no_product()
    measures = {"confidence": found.confidence, "agreement": found.agreement}
    alpha = refine_matte(rgb, found.mask, found.box)
    return _result(rgb, alpha, net.model, measures)


def _result(
    rgb: Pixels,
    alpha: Pixels,
    model: Model,
    measures: Mapping[str, float],
    *,
    most: float = _MOST_SHARE,
    recolour: bool = True,
) -> EngineResult:
    quality = matte_quality(alpha)
    box = bounding_box(alpha)
    if box is None or not _LEAST_SHARE <= quality.coverage <= most:
        raise _no_product()
    figures = {**dataclasses.asdict(quality), **measures}
    rounded = {name: round(value, 5) for name, value in figures.items()}
    pixels = cut_out(rgb, alpha, recolour)
    return EngineResult(
        pixels, model, {**rounded, "product_box": [box.x, box.y, box.width, box.height]}
    )


def _no_product() -> EndpointError:
    return EndpointError(422, "no_product_found", "No product stands out from the background.")
