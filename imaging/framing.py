"""Frames a picture: crops a scene to a frame, or fits a cut-out into one; and says where the
product lies in it then."""

from dataclasses import dataclass

import numpy as np

from imaging.frame import Frame, corner, half_down, wanted_scale
from imaging.layout import Box, SceneLayout, scale_box
from imaging.pixels import Pixels
from imaging.resize import resize


@dataclass(frozen=True)
class Place:
    """Where a box of the source lies in a picture, in the picture's pixels; `x` and `y` are its
    left and top edges."""

    x: float
    y: float
    width: float
    height: float


def crop_to_frame(scene: Pixels, crop: Box, factor: float, frame: Frame) -> Pixels:
    """The crop of a scene, resized to the frame.

    `scene` is uint8 HxWxC; `crop` is in canvas pixels, and `factor` is how far the canvas was
    enlarged since. The crop is kept inside the scene. Answers frame.height x frame.width x C.
    """
    part = _kept(crop, factor, scene.shape[1], scene.shape[0])
    rows, columns = slice(part.y, part.y + part.height), slice(part.x, part.x + part.width)
    return resize(np.ascontiguousarray(scene[rows, columns]), frame.width, frame.height)


def place_in_crop(layout: SceneLayout, frame: Frame, width: int, height: int) -> Place:
    """Where the product lies in the picture that `crop_to_frame` makes for the frame.

    `width` and `height` are those of the scene as it was cropped, enlarged perhaps.
    """
    across, down = width / layout.canvas_width, height / layout.canvas_height
    part = _kept(layout.crops[frame.name], across, width, height)
    wide, high = frame.width / part.width, frame.height / part.height
    return Place(
        (layout.product.x * across - part.x) * wide,
        (layout.product.y * down - part.y) * high,
        layout.product.width * across * wide,
        layout.product.height * down * high,
    )


def fit_in_frame(cutout: Pixels, product: Box, frame: Frame) -> Pixels:
    """The product alone in a transparent frame, filling its share of it.

    It stands by the frame's alignment, in the middle centred: there is no floor to stand on.
    `cutout` is uint8 HxWx4 (sRGB and straight alpha), `product` its box. Answers uint8
    frame.height x frame.width x 4.
    """
    rows = slice(product.y, product.y + product.height)
    columns = slice(product.x, product.x + product.width)
    box = fitted_box(product, frame)
    fitted = resize(np.ascontiguousarray(cutout[rows, columns]), box.width, box.height)
    canvas = np.zeros((frame.height, frame.width, 4), np.uint8)
    canvas[box.y : box.y + box.height, box.x : box.x + box.width] = fitted
    return canvas


def fitted_box(product: Box, frame: Frame) -> Box:
    """Where `fit_in_frame` puts the product, in pixels of the frame."""
    wanted = wanted_scale(product.width, product.height, frame)
    width = min(frame.width, max(1, round(product.width * wanted)))
    height = min(frame.height, max(1, round(product.height * wanted)))
    x, y = corner(frame, (frame.width, frame.height), (width, height), 0.5)
    left = max(0, min(half_down(x), frame.width - width))
    top = max(0, min(half_down(y), frame.height - height))
    return Box(left, top, width, height)


def _kept(crop: Box, factor: float, width: int, height: int) -> Box:
    """The part of a scene, `width` by `height` pixels, that a crop of its canvas is."""
    box = scale_box(crop, factor)
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = min(width, box.x + box.width), min(height, box.y + box.height)
    return Box(left, top, right - left, bottom - top)
