"""Gaussian blurs on a floor, and one whose width differs from place to place."""

import cv2
import numpy as np

from imaging.pixels import Floats

FLAT = 0.55
"""Blurs on a floor are flatter than wide, as the floor itself is seen."""
_SHARPEST = 0.8
_COARSE = 3.0


def graded_blur(image: Floats, sigma: Floats, flat: float = FLAT) -> Floats:
    """Blur an image by a standard deviation of its own at each place.

    `image`: float32, rows x columns, or x channels. `sigma`: float32, rows x columns: the standard
    deviation across in pixels, 0.8 at least; it should change slowly. Down it is `flat` of that.
    The result is mixed from copies that are each blurred twice as far as the one before.
    """
    step = np.log2(np.maximum(sigma, _SHARPEST) / _SHARPEST)
    result = np.zeros_like(image)
    for level in range(int(np.ceil(step.max())) + 1):
        weight = np.maximum(0, 1 - np.abs(step - level))
        if weight.any():
            soft = blur(image, _SHARPEST * 2.0**level, flat)
            result += soft * (weight if image.ndim == 2 else weight[:, :, None])
    return result


def blur(image: Floats, sigma: float, flat: float = FLAT) -> Floats:
    """A Gaussian blur, float32 in and out, computed on a smaller image where it is wide."""
    rows, columns = image.shape[:2]
    shrink = max(1, int(flat * sigma / _COARSE))
    size = max(1, columns // shrink), max(1, rows // shrink)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if shrink > 1 else image
    across = max(0.3, sigma * size[0] / columns)
    down = max(0.3, flat * sigma * size[1] / rows)
    soft = cv2.GaussianBlur(small, (0, 0), across, sigmaY=down, borderType=cv2.BORDER_REPLICATE)
    if shrink > 1:
        soft = cv2.resize(soft, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(soft, np.float32)
