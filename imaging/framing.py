"""Frames a picture: crops a scene to a frame, or fits a cut-out into one."""

import numpy as np

from imaging.frame import Frame, corner, half_down, wanted_scale
from imaging.layout import Box, scale_box
from imaging.pixels import Pixels
from imaging.resize import resize


def crop_to_frame(scene: Pixels, crop: Box, factor: float, frame: Frame) -> Pixels:
    """The crop of a scene, resized to the frame.

    `scene` is uint8 HxWxC; `crop` is in canvas pixels, and `factor` is how far the canvas was
    enlarged since. The crop is kept inside the scene. Answers frame.height x frame.width x C.
    """
    box = scale_box(crop, factor)
    height, width = scene.shape[:2]
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = min(width, box.x + box.width), min(height, box.y + box.height)
    return resize(np.ascontiguousarray(scene[top:bottom, left:right]), frame.width, frame.height)


def fit_in_frame(cutout: Pixels, product: Box, frame: Frame) -> Pixels:
    """The product alone in a transparent frame, filling its share of it.

    It stands by the frame's alignment, in the middle centred: there is no floor to stand on.
    `cutout` is uint8 HxWx4 (sRGB and straight alpha), `product` its box. Answers uint8
    frame.height x frame.width x 4.
    """
    wanted = wanted_scale(product.width, product.height, frame)
    width = min(frame.width, max(1, round(product.width * wanted)))
    height = min(frame.height, max(1, round(product.height * wanted)))
    rows = slice(product.y, product.y + product.height)
    columns = slice(product.x, product.x + product.width)
    fitted = resize(np.ascontiguousarray(cutout[rows, columns]), width, height)
    canvas = np.zeros((frame.height, frame.width, 4), np.uint8)
    x, y = corner(frame, (frame.width, frame.height), (width, height), 0.5)
    left = max(0, min(half_down(x), frame.width - width))
    top = max(0, min(half_down(y), frame.height - height))
    canvas[top : top + height, left : left + width] = fitted
    return canvas
