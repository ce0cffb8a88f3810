"""Turns downloaded bytes into the pixels that engines take."""

import numpy as np

from imaging.decode import Limits, decode_photo
from imaging.encode import is_plain_png, load_png
from imaging.pixels import Pixels
from models.params import Params, number

MAX_MEGAPIXELS = 100.0


def read_photo(data: bytes, params: Params) -> Pixels:
    """Decode a photo from outside in full: colour profile, orientation, every format.

    `params.max_megapixels` lowers the limit of 100. Raises PhotoError.
    """
    limit = number(params, "max_megapixels", MAX_MEGAPIXELS, 0.01, MAX_MEGAPIXELS)
    return _decoded(data, Limits(max_megapixels=limit))


def read_picture(data: bytes, params: Params) -> Pixels:
    """Decode a picture from the pipeline: our own PNGs on a fast path, others in full."""
    if is_plain_png(data):
        return load_png(data, MAX_MEGAPIXELS)
    return _decoded(data, Limits(max_megapixels=MAX_MEGAPIXELS, min_side=1, max_aspect=1e9))


def _decoded(data: bytes, limits: Limits) -> Pixels:
    photo = decode_photo(data, limits)
    return photo.rgb if photo.alpha is None else np.dstack([photo.rgb, photo.alpha])
