"""Light wrap: the scene's light reaches a little over the soft edge of a cut-out."""

import cv2
import numpy as np

from imaging.graded_blur import blur
from imaging.layout import Box
from imaging.light import to_linear, to_srgb_scale
from imaging.pixels import Pixels

_SIDE = 512
_REACH = 0.006


def wrap_light(cutout: Pixels, scene: Pixels, box: Box, amount: float) -> None:
    """Mix the blurred light of `scene` into the soft edge of `cutout`, in place.

    `cutout`: uint8 RGBA, straight alpha, as large as `box`, where it lands on `scene`, uint8 RGB.
    A pixel of alpha a takes the share `amount` * (1 - a) of light from the scene around it, in
    linear light. Alpha stays, and so does every pixel that is opaque or clear.
    """
    alpha = cutout[:, :, 3]
    soft = cv2.inRange(alpha, 1, 254)
    if amount <= 0 or not cv2.hasNonZero(soft):
        return
    columns, rows = np.asarray(cv2.findNonZero(soft), np.int32).reshape(-1, 2).T
    shrink = max(1.0, max(box.width, box.height) / _SIDE)
    size = max(1, round(box.width / shrink)), max(1, round(box.height / shrink))
    around = scene[box.y : box.y + box.height, box.x : box.x + box.width]
    small = to_linear(np.asarray(cv2.resize(around, size, interpolation=cv2.INTER_AREA), np.uint8))
    small = blur(small, max(0.8, _REACH * max(size)), 1.0)
    light = small[rows * size[1] // box.height, columns * size[0] // box.width]
    pixels = cutout[rows, columns]
    share = amount * (1 - pixels[:, 3:].astype(np.float32) / 255)
    mixed = (1 - share) * to_linear(pixels[:, :3]) + share * light
    cutout[rows, columns, :3] = np.rint(to_srgb_scale(mixed)).astype(np.uint8)
