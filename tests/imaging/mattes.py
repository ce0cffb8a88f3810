"""Mattes of made-up products on a canvas, float32, 0 to 1."""

import cv2
import numpy as np

SIDE = 320
BASE = 220
"""The last row of what stands."""


def box(left: int = 130, right: int = 190, top: int = 100, base: int = BASE) -> np.ndarray:
    alpha = np.zeros((SIDE, SIDE), np.float32)
    alpha[top : base + 1, left:right] = 1
    return alpha


def ring() -> np.ndarray:
    alpha = np.zeros((SIDE, SIDE), np.float32)
    cv2.circle(alpha, (160, BASE - 50), 50, 1.0, -1)
    cv2.circle(alpha, (160, BASE - 50), 38, 0.0, -1)
    return alpha


def bag() -> np.ndarray:
    alpha = box(120, 200, 150)
    cv2.ellipse(alpha, (160, 150), (30, 50), 0, 180, 360, 1.0, 5)
    return alpha


def two_parts() -> np.ndarray:
    """The right one stands farther back, so its base is higher in the picture."""
    return np.maximum(box(70, 120), box(200, 240, 120, BASE - 25))


def corner_on() -> np.ndarray:
    """A box seen over its corner, a little from above: a wide and a narrow side."""
    alpha = np.zeros((SIDE, SIDE), np.float32)
    outline = [(100, 90), (190, 110), (220, 85), (220, 185), (190, BASE), (100, 195)]
    cv2.fillPoly(alpha, [np.array(outline, np.int32)], 1.0)
    return alpha
