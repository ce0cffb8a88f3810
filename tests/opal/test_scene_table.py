"""The app and the endpoint know the same scenes, and the same of each."""

from models.place.scenes import load_scene, scene_names
from opal.credits.prices import prices
from opal.presets import studio_scenes


def test_the_scenes_that_can_be_asked_for_are_those_that_can_be_made():
    assert set(studio_scenes()) == set(scene_names())
    for name, scene in studio_scenes().items():
        made = load_scene(name)
        assert (name, scene.paper, scene.palette) == (name, made.background, made.palette > 0)
        assert (name, scene.floor) == (name, made.floor is not None)


def test_no_price_names_a_scene_that_there_is_not():
    assert set(prices().scenes) <= set(studio_scenes())
