"""A recipe: the job's own options, over its brand profile, over the defaults."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from opal.choices import PlacementStyle
from opal.errors import EngineUnavailable, ProfileMissing, RecipeInvalid
from opal.job_options import JobOptions, default_recipe, recipe_for, resolve
from opal.presets import presets, studio_scenes, styles
from opal.profiles.documents import NewProfile, Profile
from opal.profiles.storing import create_profile
from opal.recipe import Alignment, Padding, Recipe, Shadow
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


def recipe_of(profile: Profile | None = None, *, engine: bool = False, **options: Any) -> Recipe:
    return resolve(JobOptions.parse(options), profile, prompt_engine=engine)


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
    assert ", ".join(studio_scenes()) in caught.value.message


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
        assert all(not isinstance(scene, str) or scene in studio_scenes() for scene in scenes)


def test_the_profile_that_the_options_name_is_read_and_no_other_tenants(tmp_path):
    store = SqliteStore(str(tmp_path / "state.sqlite"))
    for tenant_id, export in (("demo", "etsy"), ("rival", "ebay")):
        request = NewProfile(id="autumn", name="Autumn", exports=(export,))
        create_profile(store, tenant_id, request, NOW)
    create_profile(store, "demo", NewProfile(name="Default", exports=("shopify",)), NOW)
    chosen = {
        "named": recipe_for(store, "demo", JobOptions(profile="autumn"), prompt_engine=False),
        "asked": recipe_for(store, "demo", JobOptions(), "autumn", prompt_engine=False),
        "default": recipe_for(store, "demo", JobOptions(), prompt_engine=False),
        "none": recipe_for(store, "rival", JobOptions(), prompt_engine=False),
    }
    assert {how: (r.profile_id, r.exports[0].name) for how, r in chosen.items()} == {
        "named": ("autumn", "etsy"),
        "asked": ("autumn", "etsy"),
        "default": ("default", "shopify"),
        "none": (None, next(iter(presets()))),
    }
    with pytest.raises(ProfileMissing) as caught:
        recipe_for(store, "rival", JobOptions(profile="default"), prompt_engine=False)
    assert (caught.value.code, caught.value.http_status) == ("profile_missing", 404)
    assert caught.value.message.startswith("profile: ")
    store.close()


BRAND = {
    "scene_prompts": {"kitchen": "on our green tiles"},
    "prompt": "on our grey felt",
    "negative_prompt": "flowers",
}


def test_words_are_the_photos_own_then_the_brands_for_the_type_then_the_brands_then_ours():
    scenes = ["kitchen", "office"]
    ours = recipe_of(scenes=scenes, engine=True)
    brands = recipe_of(profile_of(**BRAND), scenes=scenes, engine=True)
    own = brands.with_prompt("on a red cushion")
    default = {name: styles()[name][0].prompt for name in scenes}
    assert {s.name: s.prompt for s in ours.scenes} == default
    assert [s.prompt for s in brands.scenes] == ["on our green tiles", "on our grey felt"]
    assert [s.prompt for s in own.scenes] == ["on a red cushion"] * 2
    assert brands.scenes[0].negative_prompt == "flowers"
    assert "text" in ours.scenes[0].negative_prompt


def test_a_photos_own_prompt_leaves_studio_scenes_alone():
    recipe = recipe_of(scenes=["marble", "kitchen"], engine=True).with_prompt("on a cushion")
    assert [scene.prompt for scene in recipe.scenes] == [None, "on a cushion"]


def test_a_prompt_that_is_written_out_keeps_its_words_whatever_the_brand_says():
    recipe = recipe_of(profile_of(**BRAND), scenes=[{"prompt": "on a beach"}], engine=True)
    [scene] = recipe.scenes
    assert scene.prompt == "on a beach"
    assert scene.name.startswith("prompt-")
    again = recipe_of(scenes=[{"prompt": "on a beach", "name": "beach"}], engine=True)
    assert again.scenes[0].name == "beach"


@pytest.mark.parametrize("name", ["marble", "kitchen", "cutout", "Beach", ""])
def test_a_prompts_name_that_is_anothers_or_no_name_is_refused(name):
    with pytest.raises(ValidationError):
        recipe_of(scenes=[{"prompt": "on a beach", "name": name}], engine=True)


def test_two_prompts_of_one_name_are_refused():
    scenes = [{"prompt": "a", "name": "beach"}, {"prompt": "b", "name": "beach"}]
    with pytest.raises(RecipeInvalid, match=r"scenes\.1: another scene is named 'beach'"):
        recipe_of(scenes=scenes, engine=True)


def test_the_brands_colours_go_to_the_scenes_that_have_a_place_for_them():
    recipe = recipe_of(profile_of(palette=["#102030", "#405060"]), scenes=list(studio_scenes()))
    for scene in recipe.scenes:
        kind = studio_scenes()[scene.name]
        assert scene.background == ("#102030" if kind.paper else None)
        assert scene.palette == (("#102030", "#405060") if kind.palette else ())


def test_light_and_shadow_and_seed_reach_every_scene_and_stance_the_placement():
    look = {"lighting": "golden", "shadow": {"direction": 20}, "seed": 7, "stance": "flat"}
    recipe = recipe_of(scenes=["white", "marble"], **look)
    assert {scene.lighting for scene in recipe.scenes} == {"golden"}
    assert {scene.shadow for scene in recipe.scenes} == {Shadow(direction=20)}
    assert [scene.seed for scene in recipe.scenes] == [0, 7]
    assert recipe.placement.stance == "flat"


def test_the_looks_of_a_white_scene_without_shadow_change_nothing():
    plain = recipe_of(scenes=["white"])
    assert recipe_of(scenes=["white"], lighting="golden", seed=7, background="#ff0000") == plain
