"""Draws contact sheets: a row a picture, a column a way of showing it."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imaging.pixels import Pixels
from imaging.resize import resize

CELL = 232
_GAP, _HEADER, _LABEL = 6, 22, 18
_PAPER, _INK = "#f3f3f1", "#222222"
_MOST_BYTES = 400_000
_CHECKS = (255, 214)


@dataclass(frozen=True)
class Row:
    """One line of a sheet: uint8 RGB pictures of at most CELL pixels a side, under a label."""

    label: str
    cells: list[Pixels]


def fitted(pixels: Pixels) -> Pixels:
    """RGB or RGBA pixels, shrunk to fit a cell."""
    shrink = min(1.0, CELL / max(pixels.shape[:2]))
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


def write_sheet(path: Path, titles: list[str], rows: list[Row]) -> Path:
    """Write the sheet as JPEG of at most 400 kB and return its path."""
    width = _GAP + len(titles) * (CELL + _GAP)
    height = _HEADER + len(rows) * (CELL + _LABEL + _GAP)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for column, title in enumerate(titles):
        draw.text((_GAP + column * (CELL + _GAP), 4), title, fill=_INK, font=font)
    for number, row in enumerate(rows):
        top = _HEADER + number * (CELL + _LABEL + _GAP)
        for column, cell in enumerate(row.cells):
            left = _GAP + column * (CELL + _GAP)
            spare = ((CELL - cell.shape[1]) // 2, (CELL - cell.shape[0]) // 2)
            sheet.paste(Image.fromarray(cell), (left + spare[0], top + spare[1]))
        draw.text((_GAP, top + CELL + 1), row.label, fill=_INK, font=font)
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
