"""Cuts the product out of a photo."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from imaging.foreground import clean_foreground
from imaging.layout import bounding_box
from imaging.matte import refine_matte
from imaging.pixels import Pixels
from imaging.quality import matte_quality
from models.border_prior import coarse_mask
from models.engine import EngineResult, Model
from models.errors import EndpointError
from models.params import Params, only

GRABCUT = Model("grabcut-border-prior", "1")
EXISTING_ALPHA = Model("existing-alpha", "1")
_LEAST_SHARE, _MOST_SHARE = 0.0005, 0.985


def run(images: Mapping[str, Pixels], params: Params) -> EngineResult:
    """Cut the product out of `images["photo"]`; the result is RGBA of the photo's size.

    A photo that brings alpha keeps it as its matte. Clear pixels are black, edge pixels have the
    product's own colour. Quality holds the fields of MatteQuality and `product_box`
    [x, y, width, height]. Raises EndpointError 422 `no_product_found` when next to nothing or
    next to everything is product. Deterministic.
    """
    only(params, {"max_megapixels"})
    photo = images["photo"]
    rgb = np.ascontiguousarray(photo[:, :, :3])
    existing = photo.shape[2] == 4
    alpha = photo[:, :, 3].copy() if existing else refine_matte(rgb, coarse_mask(rgb))
    quality = matte_quality(alpha)
    box = bounding_box(alpha)
    most = 1.0 if existing else _MOST_SHARE
    if box is None or not _LEAST_SHARE <= quality.coverage <= most:
        raise EndpointError(422, "no_product_found", "No product stands out from the background.")
    clean_foreground(rgb, alpha)
    measures = {name: round(value, 5) for name, value in dataclasses.asdict(quality).items()}
    return EngineResult(
        np.dstack([rgb, alpha]),
        EXISTING_ALPHA if existing else GRABCUT,
        {**measures, "product_box": [box.x, box.y, box.width, box.height]},
    )
