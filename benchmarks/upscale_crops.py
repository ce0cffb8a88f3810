"""Before and after of the upscaler, as pictures to look at: `write_crops(folder)`.

Photos that come with scikit-image are shrunk and enlarged again. A row shows, side by side and
enlarged without smoothing: what went in, Pillow's Lanczos filter, the nets fast, best and sharp,
and the photo as it was.
"""

import sys
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from imaging.pixels import Pixels
from models.upscale import KINDS, run

SIDE = 128
ZOOM = 3
# Name, and the corner (left, top) of what is shown.
CROPS = (
    ("astronaut", 160, 60),
    ("astronaut", 330, 330),
    ("chelsea", 130, 60),
    ("coffee", 180, 100),
    ("camera", 190, 60),
    ("rocket", 230, 150),
    ("page", 60, 20),
    ("text", 40, 20),
)


def write_crops(folder: Path) -> list[Path]:
    """Write one PNG for each of 2 and 4 times into the folder; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for scale in (2, 4):
        rows = [_row(_crop(*crop), scale) for crop in CROPS]
        paths.append(folder / f"upscale-x{scale}.png")
        Image.fromarray(np.vstack(rows)).save(paths[-1])
    return paths


def _crop(name: str, left: int, top: int) -> Pixels:
    photo = np.asarray(getattr(skimage.data, name)(), np.uint8)
    rgb = photo if photo.ndim == 3 else np.dstack([photo] * 3)
    return np.ascontiguousarray(rgb[top : top + SIDE, left : left + SIDE])


def _row(large: Pixels, scale: int) -> Pixels:
    size = (SIDE // scale, SIDE // scale)
    small = np.asarray(Image.fromarray(large).resize(size, Image.Resampling.BICUBIC), np.uint8)
    shown = [
        small.repeat(scale, axis=0).repeat(scale, axis=1),
        np.asarray(Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.LANCZOS)),
        *(run({"image": small}, {"scale": scale, "model": kind}).pixels for kind in KINDS),
        large,
    ]
    return np.hstack(shown).repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)


if __name__ == "__main__":
    for path in write_crops(Path(sys.argv[1])):
        print(path)
