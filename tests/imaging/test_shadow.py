"""A shadow lies where the light is not, grows soft with distance, and ends."""

import dataclasses

import numpy as np
import pytest

from imaging.footing import footings
from imaging.lighting import LIGHTINGS, Lighting
from imaging.shadows.shadow import lying_shadow, standing_shadow
from tests.imaging import mattes
from tests.imaging.mattes import BASE, SIDE

SIDE_LIGHT = Lighting("test", 180, 35, 0.3, 0.6)
EVERY = pytest.mark.parametrize("light", LIGHTINGS.values(), ids=lambda light: light.name)


def darkness(light: np.ndarray) -> np.ndarray:
    return 1 - light.mean(axis=2)


def side(dark: np.ndarray, alpha: np.ndarray) -> tuple[float, float]:
    """Where the shadow lies from the foot of the product: to the right, and down the picture."""
    seen = np.where(alpha > 0, 0, dark)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return (
        float((seen * (columns - 159.5)).sum() / seen.sum()),
        float((seen * (rows - BASE)).sum() / seen.sum()),
    )


@EVERY
def test_the_shadow_falls_away_from_the_light(light):
    alpha = mattes.box()
    right, down = side(darkness(standing_shadow(alpha, light, 0.0)), alpha)
    azimuth = np.radians(light.azimuth)
    if abs(np.cos(azimuth)) > 0.3:
        assert right * -np.cos(azimuth) > 5
    if abs(np.sin(azimuth)) > 0.6:
        assert down * np.sin(azimuth) > 2


def test_a_light_from_the_other_side_gives_the_mirrored_shadow():
    alpha = mattes.box()
    left = standing_shadow(alpha, dataclasses.replace(SIDE_LIGHT, azimuth=150.0), 0.6)
    right = standing_shadow(alpha, dataclasses.replace(SIDE_LIGHT, azimuth=30.0), 0.6)
    assert np.abs(left - right[:, ::-1]).mean() < 0.1 * (1 - left).mean()


def test_the_lower_the_light_the_longer_the_shadow():
    def length(elevation: float) -> int:
        light = dataclasses.replace(SIDE_LIGHT, elevation=elevation)
        dark = darkness(standing_shadow(mattes.box(top=180), light, 0.0))
        return int(np.flatnonzero((dark > 0.05).any(axis=0))[-1])

    assert length(70) < length(45) < length(25)


def test_softness_widens_the_edge_and_more_so_far_from_the_foot():
    def edge(softness: float, column: int) -> int:
        light = dataclasses.replace(SIDE_LIGHT, softness=softness)
        dark = darkness(standing_shadow(mattes.box(), light, 0.0))[:, column]
        return int(((dark > 0.1 * dark.max()) & (dark < 0.9 * dark.max())).sum())

    assert edge(0.9, 270) > edge(0.1, 270) + 6
    assert edge(0.5, 300) > edge(0.5, 200) + 3


@pytest.mark.parametrize("alpha", [mattes.box(), mattes.ring(), mattes.bag()])
def test_no_strength_is_no_shadow(alpha):
    none = dataclasses.replace(SIDE_LIGHT, strength=0.0)
    assert (standing_shadow(alpha, none, 0.5) == 1).all()
    assert (lying_shadow(alpha, none) == 1).all()


def test_a_stronger_shadow_is_darker():
    half = standing_shadow(mattes.box(), dataclasses.replace(SIDE_LIGHT, strength=0.3), 0.5)
    full = standing_shadow(mattes.box(), SIDE_LIGHT, 0.5)
    assert (full <= half + 1e-6).all() and full.min() < half.min() - 0.2


@EVERY
def test_light_is_untouched_far_from_the_product(light):
    left = standing_shadow(mattes.box(), light, 0.6)
    assert left.shape == (SIDE, SIDE, 3) and left.dtype == np.float32
    assert left.min() >= 0 and left.max() == 1
    assert (left[:40, :40] == 1).all()
    assert (left == 1).mean() > 0.3


@EVERY
def test_the_floor_is_dark_where_the_product_touches_it(light):
    dark = darkness(standing_shadow(mattes.box(), light, 0.6))
    assert dark[BASE + 1, 150:170].min() > 0.25


def test_a_wall_stops_the_shadow_and_it_climbs():
    front = Lighting("test", 250, 25, 0.2, 0.6)
    wall = darkness(standing_shadow(mattes.box(), front, 200 / SIDE))
    floor = darkness(standing_shadow(mattes.box(), front, 0.0))
    beside = slice(205, 240)
    assert wall[110:190, beside].max() > 0.25
    assert floor[110:140, beside].max() < 0.05


def test_the_hole_of_a_ring_lets_light_through():
    right = darkness(standing_shadow(mattes.ring(), Lighting("test", 215, 30, 0.05, 0.6), 0.62))
    row = right[160]
    outside = np.flatnonzero(row > 0.25)
    assert np.diff(outside).max() > 10


def test_a_handle_in_the_air_makes_no_contact():
    alpha = mattes.box()
    alpha[130:150, 190:230] = 1
    dark = darkness(standing_shadow(alpha, Lighting("test", 90, 80, 0.5, 0.6), 0.0))
    assert dark[BASE + 2, 160] > 2 * dark[BASE + 2, 222]


def test_each_of_two_parts_stands_on_its_own_floor():
    first, second = sorted(footings(mattes.two_parts()), key=lambda part: part.left)
    assert (first.front == BASE).all() and (second.front == BASE - 25).all()
    dark = darkness(standing_shadow(mattes.two_parts(), LIGHTINGS["overhead"], 0.0))
    assert dark[BASE + 1, 95] > 0.25 and dark[BASE - 24, 220] > 0.25


def test_a_part_that_hangs_high_does_not_stand():
    low, high = sorted(
        footings(np.maximum(mattes.box(), mattes.box(top=20, base=60))), key=lambda p: -p.touch[0]
    )
    assert (low.touch == 1).all() and (high.touch == 0).all() and (high.front == BASE).all()


def test_both_lower_edges_of_a_box_seen_over_its_corner_are_on_the_floor():
    [part] = footings(mattes.corner_on())
    assert part.touch.min() > 0.8
    # The far corner of the base completes the parallelogram.
    assert part.back.min() == pytest.approx(160, abs=4)


@EVERY
@pytest.mark.parametrize("edge", ["left", "bottom", "all"])
def test_a_matte_that_the_frame_cuts_has_a_shadow_too(light, edge):
    alpha = {
        "left": mattes.box(left=0, right=80),
        "bottom": mattes.box(base=SIDE - 1),
        "all": np.ones((SIDE, SIDE), np.float32),
    }[edge]
    left = standing_shadow(alpha, light, 0.6)
    assert np.isfinite(left).all() and left.min() >= 0 and left.max() <= 1


@pytest.mark.parametrize("alpha", [np.zeros((20, 30), np.float32), mattes.box() * 0.1])
def test_nothing_casts_no_shadow(alpha):
    assert (standing_shadow(alpha, SIDE_LIGHT, 0.5) == 1).all()
    assert (lying_shadow(alpha * 0, SIDE_LIGHT) == 1).all()


def test_one_pixel_is_a_product():
    alpha = np.zeros((20, 30), np.float32)
    alpha[10, 15] = 1
    assert np.isfinite(standing_shadow(alpha, SIDE_LIGHT, 0.5)).all()


@EVERY
def test_around_a_flat_product_the_shadow_lies_on_the_side_away_from_the_light(light):
    alpha = mattes.box(top=120, base=199)
    dark = darkness(lying_shadow(alpha, light))
    left, right = dark[160, 90:130].sum(), dark[160, 190:230].sum()
    above, below = dark[80:120, 160].sum(), dark[200:240, 160].sum()
    azimuth = np.radians(light.azimuth)
    if abs(np.cos(azimuth)) > 0.3:
        assert (right - left) * -np.cos(azimuth) > 0
    if abs(np.sin(azimuth)) > 0.3:
        assert (below - above) * np.sin(azimuth) > 0
    assert min(left, right, above, below) > 0 and (dark[:60] == 0).all()


def test_the_shadow_of_warm_light_is_cooler_than_the_light():
    left = standing_shadow(mattes.box(), LIGHTINGS["golden"], 0.0)
    shaded = left[left.min(axis=2) < 0.6]
    assert (shaded[:, 0] <= shaded[:, 2]).all() and (shaded[:, 0] < shaded[:, 2]).any()


def test_a_ring_stands_on_a_base_no_deeper_than_its_band():
    [part] = footings(mattes.ring())
    assert (part.front - part.back)[40:60].max() <= 14
