"""What the golden images show: every scene around one product that is drawn here."""

from pathlib import Path

import cv2
import numpy as np

from imaging.layout import Box
from imaging.pixels import Pixels
from models.place.backdrop import Canvas, Look
from models.place.scenes import load_scene
from models.place.shading import ShadowChoice
from models.place.studio import render

FOLDER = Path(__file__).resolve().parent / "goldens"
SIDE, KEPT_SIDE = 512, 256
CANVAS = Canvas(SIDE, SIDE, Box(181, 130, 150, 260))


def bottle() -> Pixels:
    """A shaded bottle with a soft outline, RGBA, 260 x 150."""
    height, width, finer = 260, 150, 4
    shape = np.zeros((height * finer, width * finer), np.uint8)
    middle = width * finer // 2
    cv2.rectangle(shape, (middle - 100, 0), (middle + 100, 300), 255, -1)
    cv2.ellipse(shape, (middle, 480), (298, 240), 0, 180, 360, 255, -1)
    cv2.rectangle(shape, (middle - 298, 480), (middle + 298, 940), 255, -1)
    cv2.ellipse(shape, (middle, 940), (298, 98), 0, 0, 180, 255, -1)
    alpha = cv2.resize(shape, (width, height), interpolation=cv2.INTER_AREA)
    across = np.linspace(-1, 1, width)[None, :, None]
    shade = 0.35 + 0.65 * np.exp(-((across + 0.4) ** 2) / 0.35)
    colour = np.where(np.arange(height)[:, None, None] < 72, (60, 60, 66), (36, 120, 128))
    rgb = np.rint(colour * shade).astype(np.uint8)
    return np.dstack([rgb, alpha])


def rendered(name: str, shadow: bool | None = None) -> Pixels:
    """The bottle in the scene under its own lighting, RGB, SIDE x SIDE."""
    spec = load_scene(name)
    look = Look(lighting=spec.lighting, seed=1)
    return render(spec, CANVAS, look, bottle(), ShadowChoice(on=shadow))


def reduced(picture: Pixels) -> Pixels:
    """As it is kept: at half the size, where dither does not count and files are small."""
    small = cv2.resize(picture, (KEPT_SIDE, KEPT_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
