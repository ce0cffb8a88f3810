"""Six lightings, each of its own kind."""

import dataclasses

import pytest

from imaging.lighting import LIGHTINGS


def test_there_are_six_and_each_knows_its_name():
    assert list(LIGHTINGS) == [
        *("eye-level", "low-angle", "overhead", "side-lit", "backlit", "golden")
    ]
    assert all(light.name == name for name, light in LIGHTINGS.items())


@pytest.mark.parametrize("light", LIGHTINGS.values(), ids=lambda light: light.name)
def test_all_figures_are_within_their_ranges(light):
    assert 0 <= light.azimuth < 360 and 10 <= light.elevation <= 85
    assert 0 <= light.softness <= 1 and 0 < light.strength < 1
    assert max(light.tint) == 1 and min(light.tint) > 0


def test_a_lighting_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        LIGHTINGS["golden"].strength = 1.0
    with pytest.raises(TypeError):
        LIGHTINGS["golden"] = LIGHTINGS["backlit"]
