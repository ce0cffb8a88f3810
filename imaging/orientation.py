"""Turns stored pixels upright by the EXIF orientation (EXIF 2.32, tag 0x0112)."""

import cv2
import numpy as np

from imaging.pixels import Pixels

# What to do with the stored pixels, per orientation value, to see them upright.
_STEPS: dict[int, tuple[int | None, bool]] = {
    # value: (rotation, mirror left to right afterwards)
    2: (None, True),
    3: (cv2.ROTATE_180, False),
    4: (cv2.ROTATE_180, True),
    5: (cv2.ROTATE_90_CLOCKWISE, True),
    6: (cv2.ROTATE_90_CLOCKWISE, False),
    7: (cv2.ROTATE_90_COUNTERCLOCKWISE, True),
    8: (cv2.ROTATE_90_COUNTERCLOCKWISE, False),
}


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation 1 to 8 to uint8 pixels, height x width (x channels).

    1 and unknown values return the same array.
    """
    rotation, mirror = _STEPS.get(orientation, (None, False))
    if rotation is not None:
        pixels = np.asarray(cv2.rotate(pixels, rotation), np.uint8)
    if mirror:
        pixels = np.asarray(cv2.flip(pixels, 1), np.uint8)
    return pixels
