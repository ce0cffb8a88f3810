"""A product to paint around, in the frame of a tiny model."""

import numpy as np

from imaging.layout import Box
from imaging.pixels import Pixels
from models.place.diffusion.frame import Frame, Kept, keep_product, plan_frame
from models.place.diffusion.model import DiffusionModel

CANVAS = (100, 80)
BOX = Box(30, 20, 40, 45)


def bottle() -> Pixels:
    """Red, opaque but for its soft edge, uint8 RGBA of BOX' size."""
    rows, columns = np.mgrid[0 : BOX.height, 0 : BOX.width]
    away = np.hypot((columns - 19.5) / 18, (rows - 22) / 21)
    alpha = np.clip((1 - away) * 10 * 255, 0, 255).astype(np.uint8)
    rgba = np.zeros((BOX.height, BOX.width, 4), np.uint8)
    rgba[:, :, 0], rgba[:, :, 3] = 220, alpha
    rgba[alpha == 0] = 0
    return rgba


def framed(model: DiffusionModel) -> tuple[Kept, Frame]:
    frame = plan_frame(CANVAS, model.shapes)
    return keep_product(bottle(), BOX, frame), frame
