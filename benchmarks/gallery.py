"""Contact sheets to judge by eye: cut-outs with their edges close up, scenes, and the upscaler.

`python -m benchmarks.gallery [--only SECTION ...] [--model FILE.onnx] [--packages FOLDER]`. Sheets
of the samples go to docs/images, as JPEG of at most 400 kB. Sheets with other people's photos stay
in out/gallery, which is not committed. A section is a function of SECTIONS.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.gallery_scenes import scenes
from benchmarks.gallery_upscaled import upscale_photos, upscale_samples
from benchmarks.sheet import (
    CELL,
    COMMITTED,
    KEPT_OUT,
    Row,
    busiest,
    checkerboard,
    fitted,
    on_colour,
    write_sheet,
)
from imaging.pixels import Pixels
from models import segment
from models.errors import EndpointError
from models.training.evaluation.photos import NAMES, photo
from models.training.evaluation.predict import use
from models.training.evaluation.sets import sample_photos

_EDGES = 3


def main() -> None:
    """Write the sheets that are asked for, all of them by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--model", type=Path, help="an ONNX file in place of the bundled one")
    parser.add_argument("--packages", type=Path, help="site-packages to look for photos in first")
    asked = parser.parse_args()
    if asked.model:
        use(asked.model)
    for name in asked.only:
        print(SECTIONS[name](asked.packages))


def cut_samples(packages: Path | None) -> Path:
    """The eight samples, cut out."""
    rows = [_cut_row(path.name, rgb) for path, rgb in sample_photos()]
    return write_sheet(COMMITTED / "cutouts.jpg", _cut_titles(), rows)


def cut_photos(packages: Path | None) -> Path:
    """The photographs of scikit-image and scikit-learn, cut out."""
    rows = [_cut_row(name, photo(name, packages).rgb) for name in NAMES]
    return write_sheet(KEPT_OUT / "photos.jpg", _cut_titles(), rows)


SECTIONS: dict[str, Callable[[Path | None], Path]] = {
    "cutouts": cut_samples,
    "photos": cut_photos,
    "scenes": scenes,
    "upscaled": upscale_samples,
    "upscaled-photos-x2": lambda packages: upscale_photos(packages, 2),
    "upscaled-photos-x4": lambda packages: upscale_photos(packages, 4),
}


def _cut_titles() -> list[str]:
    return ["photo", "cut out", "on magenta", *["edge, close up"] * _EDGES]


def _cut_row(name: str, rgb: Pixels) -> Row:
    """Photo, cut-out twice, and the edge where it is most intricate."""
    try:
        cutout = segment.run({"photo": rgb}, {}).pixels
    except EndpointError as error:
        return Row(f"{name}: {error.code}", [fitted(rgb)])
    zoom = 1 if rgb.size > 12e6 else 2 if rgb.size > 3e6 else 3
    side = min(CELL // zoom, *rgb.shape[:2])
    alpha = np.ascontiguousarray(cutout[:, :, 3])
    outline = np.abs(cv2.Laplacian(alpha, cv2.CV_32F)) > 60
    cells = [fitted(rgb), checkerboard(fitted(cutout)), on_colour(fitted(cutout), (255, 0, 255))]
    spots = busiest(outline.astype(np.float32), side)
    for left, top in (next(spots) for _ in range(_EDGES)):
        crop = cutout[top : top + side, left : left + side]
        size = (side * zoom, side * zoom)
        part = on_colour(crop, (255, 0, 255))
        large = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)
        cells.append(np.asarray(large, np.uint8))
    return Row(f"{name}, {zoom}00 %", cells)


if __name__ == "__main__":
    main()
