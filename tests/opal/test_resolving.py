"""A recipe: the job's own options, over its brand profile, over the defaults."""

from datetime import UTC, datetime
from typing import Any

import pytest

from opal.choices import PlacementStyle
from opal.errors import EngineUnavailable, ProfileMissing, RecipeInvalid
from opal.job_options import JobOptions, default_recipe, recipe_for, resolve
from opal.presets import presets, styles
from opal.profiles.documents import NewProfile, Profile
from opal.profiles.storing import create_profile
from opal.recipe import SCENES, Alignment, Padding, Recipe
from opal.state.sqlite import SqliteStore

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FULL: dict[str, Any] = {
    "scenes": ["studio"],
    "exports": ["etsy", "cutout"],
    "palette": ["#AA0000", "#00bb00"],
    "padding": {"left": 0.1, "top": 0.2},
    "alignment": {"horizontal": "left", "vertical": "bottom"},
    "product_category": "tea ware",
    "flags": {"upscale": False, "shadow": False},
}


def profile_of(**fields: Any) -> Profile:
    when = {"created_at": NOW, "updated_at": NOW}
    return Profile.parse({"id": "autumn", "tenant_id": "demo", "name": "Autumn", **when, **fields})


def recipe_of(profile: Profile | None = None, **options: Any) -> Recipe:
    return resolve(JobOptions.parse(options), profile)


def scenes_of(recipe: Recipe) -> list[str]:
    return [scene.name for scene in recipe.scenes]


def test_a_profile_fills_what_the_job_does_not_say():
    recipe = recipe_of(profile_of(**FULL))
    [scene] = recipe.scenes
    assert (scene.name, scene.background, scene.shadow) == ("studio", "#aa0000", False)
    assert [preset.name for preset in recipe.exports] == ["etsy", "cutout"]
    assert recipe.placement.padding == Padding(left=0.1, top=0.2)
    assert recipe.placement.alignment == Alignment(horizontal="left", vertical="bottom")
    assert (recipe.upscale, recipe.product_category) == (False, "tea ware")
    assert recipe.profile_id == "autumn"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"scenes": ["white"]}, {"scenes": [("white", None, False)]}),
        ({"placement_style": "minimal"}, {"scenes": [("white", None, False)]}),
        ({"background": "#123456"}, {"scenes": [("studio", "#123456", False)]}),
        ({"shadow": True}, {"scenes": [("studio", "#aa0000", True)]}),
        ({"exports": ["ebay"]}, {"exports": ["ebay"]}),
        ({"padding": {"right": 0.3}}, {"padding": Padding(right=0.3)}),
        ({"padding": {}}, {"padding": Padding()}),
        ({"alignment": {"vertical": "top"}}, {"alignment": Alignment(vertical="top")}),
        ({"upscale": True}, {"upscale": True}),
        ({"product_category": "mugs"}, {"product_category": "mugs"}),
    ],
)
def test_what_the_job_says_replaces_that_field_of_the_profile_and_no_other(options, expected):
    recipe = recipe_of(profile_of(**FULL), **options)
    found = {
        "scenes": [(s.name, s.background, s.shadow) for s in recipe.scenes],
        "exports": [preset.name for preset in recipe.exports],
        "padding": recipe.placement.padding,
        "alignment": recipe.placement.alignment,
        "upscale": recipe.upscale,
        "product_category": recipe.product_category,
    }
    untouched = {
        "scenes": [("studio", "#aa0000", False)],
        "exports": ["etsy", "cutout"],
        "padding": Padding(left=0.1, top=0.2),
        "alignment": Alignment(horizontal="left", vertical="bottom"),
        "upscale": False,
        "product_category": "tea ware",
    }
    assert found == {**untouched, **expected}


def test_an_empty_profile_is_the_default_recipe():
    recipe = recipe_of(profile_of())
    assert recipe == default_recipe().model_copy(update={"profile_id": "autumn"})
    assert recipe.digest == default_recipe().digest


def test_the_palette_colours_the_studio_and_not_the_white_scene():
    recipe = recipe_of(profile_of(palette=["#102030"]))
    assert {s.name: s.background for s in recipe.scenes} == {"white": None, "studio": "#102030"}


def test_a_style_stands_for_scenes_only_where_none_are_named():
    assert scenes_of(recipe_of(profile_of(placement_style="studio"))) == ["studio"]
    assert scenes_of(recipe_of(profile_of(placement_style="minimal"))) == ["white"]
    both = profile_of(placement_style="studio", scenes=["white"])
    assert scenes_of(recipe_of(both)) == ["white"]


@pytest.mark.parametrize("style", ["lifestyle", "outdoor", "luxury", "kitchen", "office", "nature"])
@pytest.mark.parametrize("level", ["job", "profile"])
def test_a_style_that_needs_another_engine_is_refused_and_never_replaced(style, level):
    chosen = {"placement_style": style}
    with pytest.raises(EngineUnavailable) as caught:
        recipe_of(**chosen) if level == "job" else recipe_of(profile_of(**chosen))
    assert (caught.value.code, caught.value.http_status) == ("engine_unavailable", 422)
    assert f"placement_style {style}" in caught.value.message
    assert "white, studio" in caught.value.message


def test_one_scene_from_a_prompt_among_others_refuses_the_job_and_names_the_scene():
    scenes = ["white", {"prompt": "on a beach"}]
    with pytest.raises(EngineUnavailable) as caught:
        recipe_of(scenes=scenes)
    assert caught.value.message.startswith("scenes.1: ")
    with pytest.raises(EngineUnavailable) as caught:
        recipe_of(profile_of(scenes=scenes))
    assert caught.value.message.startswith("profile autumn: scenes.1: ")


def test_a_job_that_names_its_scenes_needs_nothing_of_a_profile_that_it_could_not_use():
    profile = profile_of(scenes=[{"prompt": "on a beach"}], exports=["etsy"])
    recipe = recipe_of(profile, scenes=["white"])
    assert (scenes_of(recipe), recipe.exports[0].name) == (["white"], "etsy")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"scenes": ["cellar"]}, "profile autumn: scenes.0: no scene 'cellar'"),
        ({"exports": ["etsy", "gone"]}, "profile autumn: exports: no preset 'gone'"),
    ],
)
def test_a_name_that_went_away_since_the_profile_was_written_is_said(fields, said):
    with pytest.raises(RecipeInvalid) as caught:
        recipe_of(profile_of(**fields))
    assert caught.value.message.startswith(said)


def test_every_style_has_scenes_that_there_are_or_prompts():
    assert set(styles()) == set(PlacementStyle)
    for scenes in styles().values():
        assert scenes
        assert all(not isinstance(scene, str) or scene in SCENES for scene in scenes)


def test_the_profile_that_the_options_name_is_read_and_no_other_tenants(tmp_path):
    store = SqliteStore(str(tmp_path / "state.sqlite"))
    for tenant_id, export in (("demo", "etsy"), ("rival", "ebay")):
        request = NewProfile(id="autumn", name="Autumn", exports=(export,))
        create_profile(store, tenant_id, request, NOW)
    create_profile(store, "demo", NewProfile(name="Default", exports=("shopify",)), NOW)
    chosen = {
        "named": recipe_for(store, "demo", JobOptions(profile="autumn")),
        "asked": recipe_for(store, "demo", JobOptions(), "autumn"),
        "default": recipe_for(store, "demo", JobOptions()),
        "none": recipe_for(store, "rival", JobOptions()),
    }
    assert {how: (r.profile_id, r.exports[0].name) for how, r in chosen.items()} == {
        "named": ("autumn", "etsy"),
        "asked": ("autumn", "etsy"),
        "default": ("default", "shopify"),
        "none": (None, next(iter(presets()))),
    }
    with pytest.raises(ProfileMissing) as caught:
        recipe_for(store, "rival", JobOptions(profile="default"))
    assert (caught.value.code, caught.value.http_status) == ("profile_missing", 404)
    assert caught.value.message.startswith("profile: ")
    store.close()
