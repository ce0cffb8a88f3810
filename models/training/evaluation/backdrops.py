"""What test products stand on: studio backgrounds that are computed, and cluttered ones that are
parts of photographs without a product."""

from pathlib import Path

import cv2
import numpy as np

from imaging.light import to_linear
from imaging.pixels import Floats
from models.training.evaluation.photos import picture

KINDS = ("sweep", "paper", "gradient", "falloff", "table")
# File, and the part of it to use as shares: left, top, right, bottom.
_CLUTTER = (
    ("china.jpg", (0.60, 0.0, 1.0, 1.0)),
    ("rocket.jpg", (0.0, 0.0, 0.42, 1.0)),
    ("camera.png", (0.70, 0.25, 1.0, 1.0)),
    ("motorcycle_left.png", (0.42, 0.0, 0.66, 0.2)),
    ("brick.png", (0.0, 0.0, 1.0, 1.0)),
    ("gravel.png", (0.0, 0.0, 1.0, 1.0)),
    ("grass.png", (0.0, 0.0, 1.0, 1.0)),
)


def studio(random: np.random.Generator, kind: str, width: int, height: int) -> Floats:
    """One of KINDS in linear light, float32, 0 to 1, height x width x 3."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / height
    paper = _paper(random)
    light = np.ones((height, width), np.float32)
    horizon = random.uniform(0.45, 0.75)
    if kind in ("sweep", "table"):
        softness = random.uniform(0.04, 0.12) if kind == "sweep" else 0.002
        floor = 1 / (1 + np.exp(-np.clip((y - horizon) / softness, -30, 30)))
        light = 1 - random.uniform(0.08, 0.35) * (1 - floor) + 0.1 * floor * (y - horizon)
    if kind == "gradient":
        turn = random.uniform(0, 2 * np.pi)
        along = (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn)
        light = 1 + random.uniform(0.3, 0.9) * along
    if kind in ("falloff", "sweep"):
        middle = random.uniform(0.2, 0.8, 2)
        far = (x - middle[0]) ** 2 + (y - middle[1]) ** 2
        light = light * (1 - random.uniform(0.2, 0.7) * np.clip(far, 0, 1))
    if kind == "table":
        light = np.where(y > horizon, light * _grain(random, height, width), light)
    return np.asarray(np.clip(light[:, :, None] * paper, 0, 1), np.float32)


def _paper(random: np.random.Generator) -> Floats:
    """White or grey four times in eight, pastel twice, strong once, dark once."""
    shade = random.uniform(0.55, 0.95)
    tint = random.uniform(0, 1, 3)
    tint = (tint - tint.mean()) / max(float(np.ptp(tint)), 0.1)
    strength = random.choice([0.02, 0.02, 0.04, 0.04, 0.2, 0.2, 0.6, 0.05])
    dark = 0.06 if strength == 0.05 else 1.0
    return np.asarray(np.clip(dark * shade * (1 + strength * tint), 0.005, 1), np.float32)


def _grain(random: np.random.Generator, height: int, width: int) -> Floats:
    """Soft streaks across, as of wood: a factor around 1."""
    noise = random.normal(0, 1, (height, width)).astype(np.float32)
    streaks = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigmaX=24, sigmaY=1.2), np.float32)
    return 1 + np.float32(random.uniform(0.03, 0.12)) * streaks / max(float(streaks.std()), 1e-6)


def cluttered(
    random: np.random.Generator, width: int, height: int, packages: Path | None = None
) -> Floats:
    """A part of a photograph, some of it out of focus, in linear light, as `studio`."""
    file, (left, top, right, bottom) = _CLUTTER[random.integers(len(_CLUTTER))]
    found = picture(file, packages)
    rows, columns = found.shape[:2]
    part = found[int(top * rows) : int(bottom * rows), int(left * columns) : int(right * columns)]
    scale = max(width / part.shape[1], height / part.shape[0])
    size = (int(np.ceil(part.shape[1] * scale)), int(np.ceil(part.shape[0] * scale)))
    large = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)
    across = random.integers(size[0] - width + 1)
    down = random.integers(size[1] - height + 1)
    light = to_linear(np.asarray(large[down : down + height, across : across + width], np.uint8))
    blur = random.choice([0.0, 1.5, 4.0])
    if blur:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), blur), np.float32)
    grey = bool((part[:, :, 0] == part[:, :, 2]).all())
    tint = random.uniform(0.75, 1, 3) if grey else np.ones(3)
    return np.asarray(np.clip(light * tint, 0, 1), np.float32)
