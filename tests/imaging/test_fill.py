"""Holes take the colours around them, and nothing else changes."""

import numpy as np

from imaging.fill import fill


def test_a_hole_in_one_colour_takes_that_colour():
    picture = np.full((37, 50, 3), (200, 90, 10), np.uint8)
    hole = np.zeros((37, 50), bool)
    hole[8:30, 11:40] = True
    picture[hole] = 0
    assert (fill(picture, hole) == (200, 90, 10)).all()


def test_known_pixels_stay_and_a_slope_goes_on_through_the_hole():
    slope = np.repeat(np.arange(0, 240, 4, dtype=np.uint8)[None, :, None], 64, 0).repeat(3, 2)
    hole = np.zeros(slope.shape[:2], bool)
    hole[20:44, 18:42] = True
    broken = slope.copy()
    broken[hole] = 255
    found = fill(broken, hole)
    assert (found[~hole] == slope[~hole]).all()
    assert np.abs(found.astype(int) - slope)[hole].mean() < 12


def test_where_nothing_or_everything_is_known_the_picture_stays():
    picture = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    for hole in (np.ones((9, 7), bool), np.zeros((9, 7), bool)):
        found = fill(picture, hole)
        assert (found == picture).all() and found is not picture
