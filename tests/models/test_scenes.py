"""Scenes are data: a file that is wrong is refused by the name of its field."""

import pytest

from imaging.lighting import LIGHTINGS
from models.place.scenes import load_scene, parse_scene, scene_names

PROMISED = {
    *("white", "studio", "gradient", "spotlight", "table-edge", "marble", "wood", "concrete"),
    *("linen", "podium", "window", "noir"),
}
GOOD = """
description = "Boards."
join = "edge"
lighting = "golden"

[floor]
surface = "wood"
colours = ["#102030", "#ffffff"]
gloss = 1

[wall]
colours = ["#808080"]
"""


def test_the_promised_scenes_are_there_and_say_what_they_are():
    assert set(scene_names()) >= PROMISED
    for name in scene_names():
        spec = load_scene(name)
        assert spec.name == name and spec.lighting in LIGHTINGS
        assert spec.description.endswith(".") and "\n" not in spec.description


def test_a_scene_file_becomes_a_frozen_spec():
    spec = parse_scene("boards", GOOD)
    assert spec.floor.colours == ((16, 32, 48), (255, 255, 255))
    assert spec.gloss == 1.0 and spec.lighting == "golden" and spec.shadow.on
    with pytest.raises(AttributeError):
        spec.wrap = 1


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('description = "Boards."', "", "description: is missing"),
        ("gloss = 1", "glos = 1", "floor.glos: is not a field"),
        ("gloss = 1", 'gloss = "high"', "floor.gloss: must be a number"),
        ("gloss = 1", "gloss = 9", "floor.gloss: must be a number of 0 to 4"),
        ("gloss = 1", "gloss = true", "floor.gloss: must be a number"),
        ('"wood"', '"velvet"', "floor.surface: must be one of paper, plaster, marble"),
        ('"golden"', '"noon"', "lighting: must be one of eye-level"),
        ('["#808080"]', '["grey"]', "wall.colours: must be a list of colours"),
        ('["#808080"]', "[]", "wall.colours: must be a list of colours"),
        ('join = "edge"', 'join = "none"', "join: must be none without floor and wall"),
        ('[wall]\ncolours = ["#808080"]', "", "join: must be none without floor and wall"),
        ("[floor]", "wall = 3\n[floor]", "not TOML"),
        ("[floor]", "[floor", "not TOML"),
        ('join = "edge"', 'join = "edge"\npodium = 3', "podium: must be a colour"),
        ('join = "edge"', 'join = "edge"\nshadow = true', "shadow: must be a table"),
        ('join = "edge"', 'join = "edge"\nname = "other"', "name: is not a field"),
    ],
)
def test_a_wrong_field_is_named(before, after, complaint):
    with pytest.raises(ValueError, match="scene boards: ") as raised:
        parse_scene("boards", GOOD.replace(before, after))
    assert complaint in str(raised.value)


def test_all_that_is_wrong_is_named_at_once():
    text = GOOD.replace("gloss", "glos").replace("golden", "noon")
    with pytest.raises(ValueError, match="glos: is not a field") as raised:
        parse_scene("boards", text)
    assert "lighting: must be" in str(raised.value)


def test_an_unknown_scene_is_refused_with_the_list_of_scenes():
    with pytest.raises(ValueError, match=r"no scene 'moon'.*marble"):
        load_scene("moon")
