"""Two ways from a photo to a matte: the net alone, and everything that the endpoint does."""

import dataclasses
import os
from pathlib import Path

import cv2
import numpy as np

from imaging.layout import Box
from imaging.pixels import Pixels
from models import segment
from models.cutout.look import Look, look
from models.errors import EndpointError
from models.registry import resolve
from models.sessions import get_session


def plain(model: Path, rgb: Pixels) -> Pixels:
    """One look at the photo, squeezed to a square as rembg does it; uint8 of the photo's size.

    `model`: an ONNX file that gives probabilities, such as ours.
    """
    entry, path = resolve("segment", f"u2net={model}")
    net = get_session(dataclasses.replace(entry, stretch="none"), path)
    return whole_alpha(look(net, rgb, Box(0, 0, rgb.shape[1], rgb.shape[0])), rgb)


def whole_alpha(seen: Look, rgb: Pixels) -> Pixels:
    """A look at a part of `rgb` as alpha, uint8, of the whole photo; clear outside that part."""
    alpha = np.zeros(rgb.shape[:2], np.uint8)
    box = seen.box
    part = cv2.resize(seen.mask, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    alpha[box.y : box.y + box.height, box.x : box.x + box.width] = np.rint(255 * part)
    return alpha


def pipeline(rgb: Pixels) -> Pixels:
    """The alpha that `models.segment` gives; clear all over where it finds no product."""
    try:
        return np.ascontiguousarray(segment.run({"photo": rgb}, {}).pixels[:, :, 3])
    except EndpointError as error:
        if error.code != "no_product_found":
            raise
        return np.zeros(rgb.shape[:2], np.uint8)


def use(model: Path, family: str = "opal") -> None:
    """Make the pipeline run this file. Only before its first use in a process."""
    os.environ["OPAL_SEGMENT_MODEL"] = f"{family}={model.resolve()}"
