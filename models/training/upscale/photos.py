"""The photos that nets are measured on; nothing was trained on them.

They come with the packages scikit-image and scikit-learn. Those that were stored as JPEG, or are
soft at their full size, are halved first, so that the measure is of detail and not of noise.
"""

import cv2
import numpy as np

from imaging.pixels import Pixels
from models.training.evaluation.photos import picture

_SHARP = ("astronaut.png", "camera.png", "motorcycle_left.png", "ihc.png")
_SOFT = ("chelsea.png", "coffee.png")
_JPEG = ("rocket.jpg", "hubble_deep_field.jpg", "china.jpg", "flower.jpg")


def held_out() -> dict[str, Pixels]:
    """Photos by name: uint8 RGB, height x width x 3, both sides divisible by 4."""
    photos = {name.partition(".")[0]: picture(name) for name in _SHARP}
    photos |= {name.partition(".")[0]: _halved(picture(name)) for name in (*_SOFT, *_JPEG)}
    return {name: _whole(photo) for name, photo in photos.items()}


def _halved(photo: Pixels) -> Pixels:
    size = (photo.shape[1] // 2, photo.shape[0] // 2)
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)


def _whole(photo: Pixels) -> Pixels:
    """Without the last rows and columns that 4 does not divide, and at most 512 a side."""
    height, width = (min(512, side) // 4 * 4 for side in photo.shape[:2])
    top, left = (photo.shape[0] - height) // 2, (photo.shape[1] - width) // 2
    return np.ascontiguousarray(photo[top : top + height, left : left + width])
