"""CIEDE2000 is that of the published test data, and of scikit-image."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from imaging.fidelity.delta_e import ciede2000, delta_e_of_pixels, to_lab

# Pairs of Sharma, Wu, Dalal (2005), table 1: around the hue's discontinuities, near grey, in blue.
PAIRS = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, -0.001, 2.49), (50.0, 0.0011, -2.49), 4.7461),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "published"), PAIRS)
def test_ciede2000_gives_the_published_differences(first, second, published):
    one, other = np.array([first]), np.array([second])
    assert ciede2000(one, other)[0] == pytest.approx(published, abs=5e-5)
    assert ciede2000(other, one)[0] == pytest.approx(published, abs=5e-5)


def test_differences_of_pixels_are_those_of_scikit_image(coffee, astronaut):
    first = np.ascontiguousarray(coffee[:400, :512]).reshape(-1, 3)[::7]
    second = np.ascontiguousarray(astronaut[:400]).reshape(-1, 3)[::7]
    second[::3] = first[::3]
    ours = delta_e_of_pixels(first, second)
    theirs = deltaE_ciede2000(rgb2lab(first), rgb2lab(second))
    assert np.abs(ours - theirs).max() < 0.05
    assert (ours[::3] == 0).all()


def test_lab_of_pixels_is_that_of_scikit_image():
    rgb = np.random.default_rng(0).integers(0, 256, (5000, 3), np.uint8)
    assert np.abs(to_lab(rgb) - rgb2lab(rgb)).max() < 0.05
