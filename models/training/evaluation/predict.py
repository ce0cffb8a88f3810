"""Two ways from a photo to a matte: the net alone, and everything that the endpoint does."""

import functools
import os
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from PIL import Image

from imaging.pixels import Pixels
from models.errors import EndpointError

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@functools.cache
def _session(model: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])


def plain(model: Path, rgb: Pixels, side: int = 320) -> Pixels:
    """One look at the photo, squeezed to a square as rembg does it; uint8 of the photo's size.

    `model`: an ONNX file that gives probabilities, such as ours.
    """
    session = _session(model)
    small = np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.LANCZOS))
    planes = (small / max(float(small.max()), 1e-6) - _MEAN) / _STD
    given = np.ascontiguousarray(planes.transpose(2, 0, 1)[None], np.float32)
    seen = np.asarray(session.run(None, {session.get_inputs()[0].name: given})[0])[0, 0]
    large = cv2.resize(seen, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.rint(255 * np.clip(large, 0, 1)), np.uint8)


def pipeline(rgb: Pixels) -> Pixels:
    """The alpha that `models.segment` gives; clear all over where it finds no product."""
    from models import segment

    try:
        return np.ascontiguousarray(segment.run({"photo": rgb}, {}).pixels[:, :, 3])
    except EndpointError as error:
        if error.code != "no_product_found":
            raise
        return np.zeros(rgb.shape[:2], np.uint8)


def use(model: Path, family: str = "opal") -> None:
    """Make the pipeline run this file. Only before its first use in a process."""
    os.environ["OPAL_SEGMENT_MODEL"] = f"{family}={model.resolve()}"
