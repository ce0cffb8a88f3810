"""What cameras, editors and shops do to a picture: tone, colour cast, blur, noise, compression."""

from __future__ import annotations

import cv2
import numpy as np

from imaging.pixels import Floats
from models.training.render.palette import Random


def degrade(rng: Random, picture: Floats) -> Floats:
    """A random share of the usual damage; side x side x 3, sRGB, 0 to 1."""
    picture = np.clip(picture, 0, 1).astype(np.float32)
    if rng.random() < 0.5:
        picture = picture ** np.float32(np.exp(rng.normal(0, 0.25)))
    if rng.random() < 0.5:
        picture = picture * np.exp(rng.normal(0, 0.06, 3) + rng.normal(0, 0.12)).astype(np.float32)
    if rng.random() < 0.3:
        picture = (picture - 0.5) * np.float32(rng.uniform(0.5, 1.35)) + 0.5 + rng.normal(0, 0.07)
    if rng.random() < 0.25:
        grey = picture.mean(axis=2, keepdims=True)
        picture = grey + (picture - grey) * np.float32(rng.uniform(0, 1.7))
    picture = np.asarray(picture, np.float32)
    if rng.random() < 0.35:
        blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.4))
        picture = np.asarray(blurred, np.float32)
    if rng.random() < 0.25:
        soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
        picture = picture + (picture - soft) * np.float32(rng.uniform(0.3, 2))
    if rng.random() < 0.5:
        level = 10 ** rng.uniform(-2.6, -1.25)
        grain = rng.standard_normal(picture.shape, np.float32) * np.float32(level)
        if rng.random() < 0.4:
            grain = np.asarray(2 * cv2.GaussianBlur(grain, (0, 0), 0.8), np.float32)
        picture = picture + grain
    if rng.random() < 0.04:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.4:
        codes = np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
        quality = int(rng.uniform(25, 95))
        _, data = cv2.imencode(".jpg", codes, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.float32)
        picture = picture / np.float32(255)
    return np.asarray(picture, np.float32)
