"""What a `job.json` may say, and how it is told what is wrong with it."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from opal.errors import RecipeInvalid
from opal.job_options import default_recipe, read_job_options, resolve
from opal.presets import presets
from opal.recipe import ExportSource, Recipe

ROOT = Path(__file__).resolve().parents[2]


def recipe_of(**options: object) -> Recipe:
    return resolve(read_job_options(json.dumps(options).encode()))


def refusal_of(text: bytes) -> str:
    with pytest.raises(RecipeInvalid) as caught:
        read_job_options(text)
    assert caught.value.code == "recipe_invalid"
    assert not caught.value.retryable
    return caught.value.message


def test_an_empty_object_is_the_default_recipe():
    assert recipe_of() == default_recipe()
    assert [scene.name for scene in default_recipe().scenes] == ["white", "studio"]


def test_names_are_resolved_in_their_order_and_once_each():
    recipe = recipe_of(scenes=["studio", "white", "studio"], exports=["ebay", "etsy", "ebay"])
    assert [scene.name for scene in recipe.scenes] == ["studio", "white"]
    assert [preset.name for preset in recipe.exports] == ["ebay", "etsy"]


def test_a_background_colours_the_studio_and_nothing_else():
    recipe = recipe_of(background="#AABBcc")
    assert {s.name: s.background for s in recipe.scenes} == {"white": None, "studio": "#aabbcc"}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"scenes": ["beach"]}, "scenes.0"),
        ({"scenes": ["white", "beach"]}, "scenes.1"),
        ({"scenes": []}, "scenes"),
        ({"scenes": ["white"] * 21}, "scenes"),
        ({"scenes": "white"}, "scenes"),
        ({"scenes": [1]}, "scenes.0"),
        ({"scenes": ["white", {"prompt": ""}]}, "scenes.1"),
        ({"scenes": [{"prompt": "x" * 501}]}, "scenes.0"),
        ({"scenes": [{"prompt": "a\x07b"}]}, "scenes.0"),
        ({"scenes": [{"prompt": "a", "seed": 1}]}, "scenes.0"),
        ({"scenes": [{}]}, "scenes.0"),
        ({"placement_style": "gothic"}, "placement_style"),
        ({"profile": "Autumn"}, "profile"),
        ({"profile": "../other"}, "profile"),
        ({"padding": {"left": 0.41}}, "padding.left"),
        ({"padding": {"top": -0.01}}, "padding.top"),
        ({"padding": {"top": "0.1"}}, "padding.top"),
        ({"padding": {"top": True}}, "padding.top"),
        ({"padding": {"middle": 0.1}}, "padding.middle"),
        ({"padding": 0.1}, "padding"),
        ({"alignment": {"horizontal": "middle"}}, "alignment.horizontal"),
        ({"alignment": {"vertical": "center"}}, "alignment.vertical"),
        ({"alignment": "left"}, "alignment"),
        ({"upscale": "no"}, "upscale"),
        ({"upscale_model": "bold"}, "upscale_model"),
        ({"shadow": 1}, "shadow"),
        ({"shadow": {"direction": 361}}, "shadow"),
        ({"shadow": {"soft": 0.5}}, "shadow"),
        ({"lighting": "moonlit"}, "lighting"),
        ({"palette": ["#112233", "blue"]}, "palette.1"),
        ({"stance": "lying"}, "stance"),
        ({"floor": 0.4}, "floor"),
        ({"floor": True}, "floor"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"product_category": "x" * 81}, "product_category"),
        ({"product_category": "tea\npot"}, "product_category"),
        ({"product_category": " \u3000"}, "product_category"),
        ({"scenes": [{"prompt": "  "}]}, "scenes.0"),
        ({"exports": ["square", "nope"]}, "exports.1"),
        ({"exports": []}, "exports"),
        ({"exports": ["square"] * 31}, "exports"),
        ({"exports": {"square": 1}}, "exports"),
        ({"background": "red"}, "background"),
        ({"background": "#12345"}, "background"),
        ({"background": "#1234567"}, "background"),
        ({"background": 7}, "background"),
        ({"scene": ["white"]}, "scene"),
        ({"tenant_id": "rival"}, "tenant_id"),
    ],
)
def test_a_wrong_field_is_named(options, field):
    assert refusal_of(json.dumps(options).encode()).startswith(f"{field}: ")


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe{}", b"[" * 5000, b'{"scenes": NaN}']
)
def test_what_is_not_a_json_object_is_refused(text):
    assert refusal_of(text)


def test_the_refusal_of_an_unknown_preset_lists_those_that_there_are():
    message = refusal_of(b'{"exports": ["nope"]}')
    assert all(name in message for name in presets())


def test_the_refusal_stays_short_whatever_the_file_says():
    for options in ({"x" * 100_000: 1}, {"scenes": ["x" * 100_000]}, {"background": "#" * 9**5}):
        assert len(refusal_of(json.dumps(options).encode())) < 1000


@given(st.binary(max_size=200))
def test_any_bytes_are_a_recipe_or_refused(text):
    with contextlib.suppress(RecipeInvalid):
        assert resolve(read_job_options(text)).scenes


def test_every_preset_loads_and_is_named_by_its_table():
    for name, preset in presets().items():
        assert preset.name == name
        assert preset.extension in {"jpg", "png", "webp"}
    assert {"square", "landscape", "portrait", "cutout", "amazon_main"} <= set(presets())


def test_every_preset_can_be_asked_for():
    for name in presets():
        assert [p.name for p in recipe_of(exports=[name]).exports] == [name]


def test_amazons_main_image_is_within_its_rules():
    """At least 1000 px on a side, and the product 85 % of the frame or more."""
    preset = presets()["amazon_main"]
    assert min(preset.width, preset.height) >= 1000
    assert 0.85 <= preset.fill <= 1.0


def test_transparent_exports_have_a_format_with_transparency():
    for preset in presets().values():
        if preset.source is ExportSource.CUTOUT:
            assert preset.format in {"png", "webp"}


def test_a_recipes_digest_survives_its_storage():
    recipe = recipe_of(scenes=["studio"], background="#102030")
    assert Recipe.parse(json.loads(json.dumps(recipe.dump()))).digest == recipe.digest


def test_a_recipes_digest_differs_for_every_difference():
    recipes = [
        default_recipe(),
        recipe_of(scenes=["white"]),
        recipe_of(scenes=["studio", "white"]),
        recipe_of(background="#102030"),
        recipe_of(exports=["square"]),
        recipe_of(exports=["etsy"]),
        recipe_of(padding={"left": 0.1}),
        recipe_of(padding={"right": 0.1}),
        recipe_of(alignment={"horizontal": "left"}),
        recipe_of(alignment={"vertical": "top"}),
        recipe_of(upscale=False),
        recipe_of(upscale_model="best"),
        recipe_of(shadow=False),
        recipe_of(shadow=True),
        recipe_of(product_category="tea"),
    ]
    assert len({recipe.digest for recipe in recipes}) == len(recipes)


def test_the_digest_of_a_recipe_with_nothing_new_in_it_never_changes():
    """It is stored with every item; another one would make all of them again."""
    options = {"scenes": ["studio"], "background": "#102030", "exports": ["amazon_main", "cutout"]}
    assert default_recipe().digest == "943a25bb99b9d1c1"
    assert recipe_of(**options).digest == "6c388f0a0bd23909"


def test_what_says_only_the_default_is_the_default():
    """Before and after it was stored, and whatever its profile is called."""
    said = recipe_of(
        padding={"left": 0},
        alignment={"vertical": "middle"},
        upscale=True,
        scenes=["white", "studio"],
    )
    stored = Recipe.parse({**json.loads(json.dumps(said.dump())), "profile_id": "autumn"})
    assert said.digest == stored.digest == default_recipe().digest


def test_a_recipe_has_no_scene_or_preset_twice():
    """Their outputs would overwrite each other."""
    whole = default_recipe().dump()
    for field in ("scenes", "exports"):
        twice = {**whole, field: [*whole[field], whole[field][0]]}
        with pytest.raises(ValidationError, match=f"{field}: .* is named twice"):
            Recipe.parse(twice)


def test_a_recipes_digest_is_the_same_in_every_process():
    """A digest that moved would make every stored item again."""
    code = "from opal.job_options import default_recipe; print(default_recipe().digest)"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        answer = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
        assert answer.stdout.decode().strip() == default_recipe().digest


def test_a_job_json_that_an_editor_gave_a_byte_order_mark_is_read() -> None:
    assert read_job_options(b'\xef\xbb\xbf{"scenes": ["white"]}').scenes == ("white",)
