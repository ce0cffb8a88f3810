"""Contact sheets to judge by eye: cut-outs with their edges close up, and the upscaler.

`python -m benchmarks.gallery [--only SECTION ...] [--model FILE.onnx] [--packages FOLDER]`. Sheets
of the samples go to docs/images, as JPEG of at most 400 kB. Sheets with other people's photos stay
in out/gallery, which is not committed. A section is a function of SECTIONS.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.sheet import CELL, Row, checkerboard, fitted, on_colour, write_sheet
from imaging.decode import decode_photo
from imaging.pixels import Pixels
from models import segment, upscale
from models.errors import EndpointError
from models.training.evaluation.photos import NAMES, photo
from models.training.evaluation.predict import use

ROOT = Path(__file__).resolve().parent.parent
COMMITTED, KEPT_OUT = ROOT / "docs" / "images", ROOT / "out" / "gallery"
_EDGES = 3
_SHRINK = 4


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
    rows = [_cut_row(path.name, rgb) for path, rgb in _samples()]
    return write_sheet(COMMITTED / "cutouts.jpg", _cut_titles(), rows)


def cut_photos(packages: Path | None) -> Path:
    """The photographs of scikit-image and scikit-learn, cut out."""
    rows = [_cut_row(name, photo(name, packages).rgb) for name in NAMES]
    return write_sheet(KEPT_OUT / "photos.jpg", _cut_titles(), rows)


def upscale_samples(packages: Path | None) -> Path:
    """The busiest part of each sample, shrunk and enlarged again."""
    titles = ["as it was", *(f"from a quarter: {way}" for way in ("Lanczos", "fast", "best"))]
    rows = []
    for path, rgb in _samples():
        small = _moderate(rgb)
        edges = np.asarray(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.CV_32F))
        left, top = next(_busiest(np.abs(edges), CELL))
        crop = small[top : top + CELL, left : left + CELL]
        size = (crop.shape[1] // _SHRINK, crop.shape[0] // _SHRINK)
        tiny = np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.BICUBIC))
        plain = Image.fromarray(tiny).resize((CELL, CELL), Image.Resampling.LANCZOS)
        made = [
            upscale.run({"image": tiny}, {"scale": _SHRINK, "model": kind}).pixels
            for kind in ("fast", "best")
        ]
        rows.append(Row(path.name, [crop, np.asarray(plain), *made]))
    return write_sheet(COMMITTED / "upscaled.jpg", titles, rows)


SECTIONS: dict[str, Callable[[Path | None], Path]] = {
    "cutouts": cut_samples,
    "photos": cut_photos,
    "upscaled": upscale_samples,
}


def _samples() -> Iterator[tuple[Path, Pixels]]:
    folder = ROOT / "samples"
    for path in sorted(folder.iterdir(), key=lambda each: each.name.lower()):
        if (folder / "mattes" / f"{path.stem}.png").is_file():
            yield path, decode_photo(path.read_bytes()).rgb


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
    spots = _busiest(outline.astype(np.float32), side)
    for left, top in (next(spots) for _ in range(_EDGES)):
        crop = cutout[top : top + side, left : left + side]
        size = (side * zoom, side * zoom)
        part = on_colour(crop, (255, 0, 255))
        large = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)
        cells.append(np.asarray(large, np.uint8))
    return Row(f"{name}, {zoom}00 %", cells)


def _busiest(values: "np.typing.NDArray[np.float32]", side: int) -> Iterator[tuple[int, int]]:
    """Corners (left, top) of windows of `side` with the largest sums, a side apart if possible."""
    sums = cv2.boxFilter(values, cv2.CV_32F, (side, side), normalize=False, anchor=(0, 0))
    valid = np.array(sums[: values.shape[0] - side + 1, : values.shape[1] - side + 1], np.float32)
    while True:
        top, left = np.unravel_index(int(valid.argmax()), valid.shape)
        yield int(left), int(top)
        reach = 2 * side
        near = valid[max(0, top - reach) : top + reach, max(0, left - reach) : left + reach]
        near -= np.float32(1e6)


def _moderate(rgb: Pixels) -> Pixels:
    """At most 1600 pixels a side: large samples hold no more detail than that."""
    image = Image.fromarray(rgb)
    image.thumbnail((1600, 1600), Image.Resampling.LANCZOS)
    return np.asarray(image, np.uint8)


if __name__ == "__main__":
    main()
