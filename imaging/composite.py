"""Lays a cut-out over a picture."""

import cv2
import numpy as np

from imaging.layout import Box
from imaging.light import to_linear, to_srgb_scale
from imaging.pixels import Pixels


def lay_over(canvas: Pixels, cutout: Pixels, box: Box) -> None:
    """Draw `cutout` into `canvas`, in place, with its corner at the box's corner.

    `canvas`: uint8, height x width x 3, sRGB. `cutout`: uint8, box height x box width x 4,
    straight alpha. Edges are mixed in linear light, as a lens mixes them; mixed in code values
    they look dark. Only partly clear pixels cost arithmetic. Raises ValueError if the box does
    not lie on the canvas or is not of the cut-out's size.
    """
    target = canvas[box.y : box.y + box.height, box.x : box.x + box.width]
    if min(box.x, box.y) < 0 or target.shape[:2] != cutout.shape[:2]:
        raise ValueError(f"{box} does not fit a cut-out of {cutout.shape} on {canvas.shape}")
    alpha = cutout[:, :, 3]
    cv2.copyTo(cv2.cvtColor(cutout, cv2.COLOR_RGBA2RGB), cv2.inRange(alpha, 255, 255), target)
    soft = cv2.inRange(alpha, 1, 254) > 0
    part = alpha[soft].astype(np.float32)[:, None] / 255
    light = part * to_linear(cutout[soft][:, :3]) + (1 - part) * to_linear(target[soft])
    target[soft] = np.rint(to_srgb_scale(light)).astype(np.uint8)
