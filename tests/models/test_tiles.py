"""Tiles cover a picture, and with enough overlap nobody can tell that they were there."""

import numpy as np
import pytest

from models.tiles import grid, spans


@pytest.mark.parametrize("overlap", [0, 1, 7, 20])
@pytest.mark.parametrize("length", [1, 2, 63, 64, 65, 100, 127, 128, 1000, 4001])
def test_tiles_cover_every_pixel_once_and_see_enough_around_it(length, overlap):
    tiles = spans(length, 64, overlap)
    used = np.concatenate([np.arange(tile.begin, tile.end) for tile in tiles])
    assert (used == np.arange(length)).all()
    for tile in tiles:
        assert tile.stop - tile.start == min(64, length)
        assert 0 <= tile.start <= tile.begin < tile.end <= tile.stop <= length
        assert tile.start == 0 or tile.begin - tile.start >= overlap
        assert tile.stop == length or tile.stop - tile.end >= overlap


def test_no_more_tiles_are_made_than_are_needed():
    assert len(spans(64, 64, 20)) == 1
    assert len(spans(65, 64, 20)) == 2
    assert len(spans(64 + 24, 64, 20)) == 2
    assert len(spans(64 + 25, 64, 20)) == 3


def test_the_grid_has_every_pair_of_row_and_column():
    assert len(list(grid(100, 300, 64, 8))) == len(spans(100, 64, 8)) * len(spans(300, 64, 8))


@pytest.mark.parametrize("overlap", [32, 33])
def test_an_overlap_that_leaves_nothing_of_the_window_is_refused(overlap):
    with pytest.raises(ValueError, match="leaves nothing"):
        spans(100, 64, overlap)
