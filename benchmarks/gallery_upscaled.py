"""The gallery's sections for the upscaler: pictures shrunk, and enlarged again."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.sheet import CELL, COMMITTED, KEPT_OUT, Row, busiest, write_sheet
from imaging.pixels import Pixels
from models import upscale
from models.training.evaluation.photos import picture
from models.training.evaluation.sets import sample_photos

_SHRINK = 4
_ZOOM = 2
_SIDE = CELL // _ZOOM
# File of scikit-image, and the corner (left, top) of what is shown.
_CROPS = (
    ("astronaut.png", 160, 60),
    ("astronaut.png", 330, 330),
    ("chelsea.png", 130, 60),
    ("coffee.png", 180, 100),
    ("camera.png", 190, 60),
    ("rocket.jpg", 230, 150),
    ("page.png", 60, 20),
    ("text.png", 40, 20),
)


def upscale_samples(packages: Path | None) -> Path:
    """The busiest part of each sample, from a quarter of its size."""
    kinds = ("fast", "best")
    rows = []
    for path, rgb in sample_photos():
        small = _moderate(rgb)
        edges = np.asarray(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.CV_32F))
        left, top = next(busiest(np.abs(edges), CELL))
        crop = small[top : top + CELL, left : left + CELL]
        rows.append(Row(path.name, [crop, *_enlarged(_shrunk(crop, _SHRINK), _SHRINK, kinds)]))
    return write_sheet(COMMITTED / "upscaled.jpg", _titles(_SHRINK, kinds), rows)


def upscale_photos(packages: Path | None, scale: int) -> Path:
    """Print, hair, cloth and faces of scikit-image's photos, each pixel shown as four."""
    rows = []
    for file, left, top in _CROPS:
        crop = picture(file, packages)[top : top + _SIDE, left : left + _SIDE]
        tiny = _shrunk(crop, scale)
        cells = [crop, _repeated(tiny, scale), *_enlarged(tiny, scale, upscale.KINDS)]
        rows.append(Row(file, [_repeated(cell, _ZOOM) for cell in cells]))
    titles = _titles(scale, upscale.KINDS)
    titles.insert(1, "shrunk")
    return write_sheet(KEPT_OUT / f"upscaled-photos-x{scale}.jpg", titles, rows)


def _titles(scale: int, kinds: Sequence[str]) -> list[str]:
    share = {2: "half", 4: "a quarter"}[scale]
    return ["as it was", *(f"from {share}: {way}" for way in ("Lanczos", *kinds))]


def _shrunk(crop: Pixels, scale: int) -> Pixels:
    size = (crop.shape[1] // scale, crop.shape[0] // scale)
    return np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.BICUBIC), np.uint8)


def _enlarged(tiny: Pixels, scale: int, kinds: Sequence[str]) -> list[Pixels]:
    """By Pillow's Lanczos filter, and by each kind of net."""
    size = (tiny.shape[1] * scale, tiny.shape[0] * scale)
    plain = np.asarray(Image.fromarray(tiny).resize(size, Image.Resampling.LANCZOS), np.uint8)
    asked = ({"scale": scale, "model": kind} for kind in kinds)
    return [plain, *(upscale.run({"image": tiny}, params).pixels for params in asked)]


def _repeated(pixels: Pixels, times: int) -> Pixels:
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def _moderate(rgb: Pixels) -> Pixels:
    """At most 1600 pixels a side: large samples hold no more detail than that."""
    image = Image.fromarray(rgb)
    image.thumbnail((1600, 1600), Image.Resampling.LANCZOS)
    return np.asarray(image, np.uint8)
