"""Draws contact sheets: a row a picture, a column a way of showing it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imaging.pixels import Floats, Pixels
from imaging.resize import resize

ROOT = Path(__file__).resolve().parent.parent
# Sheets of the samples, and those with other people's photos, which are not committed.
COMMITTED, KEPT_OUT = ROOT / "docs" / "images", ROOT / "out" / "gallery"
CELL = 232
_GAP, _HEADER, _LABEL = 6, 22, 18
_PAPER, _INK = "#f3f3f1", "#222222"
_MOST_BYTES = 400_000
_CHECKS = (255, 214)


@dataclass(frozen=True)
class Row:
    """One line of a sheet: uint8 RGB pictures of at most a cell's size, under a label."""

    label: str
    cells: list[Pixels]


def fitted(pixels: Pixels, cell: int = CELL) -> Pixels:
    """RGB or RGBA pixels, shrunk to fit a cell."""
    shrink = min(1.0, cell / max(pixels.shape[:2]))
    height, width = (max(1, round(side * shrink)) for side in pixels.shape[:2])
    return resize(pixels, width, height)


def on_colour(cutout: Pixels, colour: tuple[int, int, int]) -> Pixels:
    """A cut-out, RGBA, over one colour."""
    return _over(cutout, np.array(colour, np.float32))


def checkerboard(cutout: Pixels) -> Pixels:
    """A cut-out, RGBA, over light checks."""
    rows, columns = np.indices(cutout.shape[:2]) // 10
    return _over(cutout, np.where((rows + columns) % 2, *_CHECKS)[:, :, None].astype(np.float32))


def _over(cutout: Pixels, ground: "np.typing.NDArray[np.float32]") -> Pixels:
    part = cutout[:, :, 3:].astype(np.float32) / 255
    return np.asarray(np.rint(cutout[:, :, :3] * part + ground * (1 - part)), np.uint8)


def busiest(values: Floats, side: int) -> Iterator[tuple[int, int]]:
    """Corners (left, top) of windows of `side` with the largest sums, a side apart if possible."""
    sums = cv2.boxFilter(values, cv2.CV_32F, (side, side), normalize=False, anchor=(0, 0))
    valid = np.array(sums[: values.shape[0] - side + 1, : values.shape[1] - side + 1], np.float32)
    while True:
        top, left = np.unravel_index(int(valid.argmax()), valid.shape)
        yield int(left), int(top)
        reach = 2 * side
        near = valid[max(0, top - reach) : top + reach, max(0, left - reach) : left + reach]
        near -= np.float32(1e6)


def write_sheet(path: Path, titles: list[str], rows: list[Row], cell: int = CELL) -> Path:
    """Write the sheet as JPEG of at most 400 kB, of cells that wide; return its path."""
    width = _GAP + len(titles) * (cell + _GAP)
    height = _HEADER + len(rows) * (cell + _LABEL + _GAP)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for column, title in enumerate(titles):
        draw.text((_GAP + column * (cell + _GAP), 4), title, fill=_INK, font=font)
    for number, row in enumerate(rows):
        top = _HEADER + number * (cell + _LABEL + _GAP)
        for column, picture in enumerate(row.cells):
            left = _GAP + column * (cell + _GAP)
            spare = ((cell - picture.shape[1]) // 2, (cell - picture.shape[0]) // 2)
            sheet.paste(Image.fromarray(picture), (left + spare[0], top + spare[1]))
        draw.text((_GAP, top + cell + 1), row.label, fill=_INK, font=font)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_encoded(sheet))
    return path


def _encoded(sheet: Image.Image) -> bytes:
    """At the best quality that keeps to the limit, with colour in full: edges are what matters."""
    for quality in range(90, 30, -5):
        buffer = io.BytesIO()
        sheet.save(buffer, "JPEG", quality=quality, subsampling=0)
        if buffer.tell() <= _MOST_BYTES:
            return buffer.getvalue()
    raise ValueError(f"a sheet of {sheet.width} x {sheet.height} pixels does not fit 400 kB")
