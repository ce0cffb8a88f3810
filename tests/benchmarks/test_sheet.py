"""Contact sheets stay small enough for the repository and show transparency."""

import io

import numpy as np
from PIL import Image

from benchmarks.sheet import CELL, Row, checkerboard, fitted, on_colour, write_sheet


def test_a_sheet_of_noise_still_keeps_to_400_kb(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (CELL, CELL, 3), np.uint8)
    path = write_sheet(
        tmp_path / "new" / "sheet.jpg", ["a", "b"], [Row("noise", [noise, noise])] * 3
    )
    assert len(path.read_bytes()) <= 400_000
    with Image.open(io.BytesIO(path.read_bytes())) as sheet:
        assert sheet.format == "JPEG" and sheet.width > 2 * CELL


def test_a_cell_is_never_enlarged_and_keeps_its_aspect():
    assert fitted(np.zeros((1000, 500, 3), np.uint8)).shape == (CELL, CELL // 2, 3)
    assert fitted(np.zeros((20, 30, 4), np.uint8)).shape == (20, 30, 4)


def test_clear_pixels_show_the_ground_and_opaque_ones_do_not():
    cutout = np.zeros((40, 40, 4), np.uint8)
    cutout[:20] = (10, 20, 30, 255)
    on_magenta = on_colour(cutout, (255, 0, 255))
    assert (on_magenta[:20] == (10, 20, 30)).all() and (on_magenta[20:] == (255, 0, 255)).all()
    assert set(np.unique(checkerboard(cutout)[20:])) == {214, 255}
