"""Scenes from prompts over HTTP: refused while nothing can make them, and worded in one order."""

from collections.abc import Iterator

import pytest

from opal.intake import start_of_item
from opal.presets import studio_scenes, styles
from opal.settings import get_settings
from opal.state import get_store
from opal.state.contract import Partition
from opal.state.transition import get_item, get_job
from tests.api.shop import Json, Shop, ok, problem

BRAND = {"name": "Brand", "scene_prompts": {"kitchen": "on our green tiles"}, "prompt": "on felt"}
SCENES = ["white", "kitchen", "office", {"prompt": "on a beach", "name": "beach"}]


@pytest.fixture
def prompt_engine(server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation whose endpoint has a model for prompts."""
    monkeypatch.setenv("OPAL_PROMPT_SCENES", "true")
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


def order(*prompts: str | None, **options: object) -> Json:
    items = [{"filename": f"{n}.jpg", "prompt": text} for n, text in enumerate(prompts)]
    return {"items": items, "options": options}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (order(None, scenes=["white", {"prompt": "on a beach"}]), "scenes.1"),
        (order(None, scenes=["kitchen"]), "scenes.0"),
        (order(None, placement_style="outdoor"), "placement_style outdoor"),
        (order(None, "on a beach", scenes=["white"]), "items.1.prompt"),
    ],
)
def test_without_an_engine_a_prompt_is_refused_with_the_scenes_that_there_are(
    shop: Shop, body: Json, field: str
):
    refused = shop.post("/v1/jobs", body)
    assert problem(refused) == (422, "engine_unavailable")
    assert refused.json()["title"].startswith(f"{field}: ")
    assert ", ".join(studio_scenes()) in refused.json()["title"]
    assert ok(shop.get("/v1/jobs"))["jobs"] == []


@pytest.mark.usefixtures("prompt_engine")
def test_each_photo_gets_its_own_words_else_the_brands_else_ours(shop: Shop):
    ok(shop.post("/v1/brand-profiles", {**BRAND, "id": "brand"}), 201)
    body = {**order(None, "on a red cushion", scenes=SCENES), "brand_profile_id": "brand"}
    job = ok(shop.post("/v1/jobs", body), 202)
    partition = Partition(shop.name, job["job_id"])
    worded = []
    for item in job["items"]:
        stored = get_job(get_store(), partition)
        photo = get_item(get_store(), partition, item["item_id"])
        assert stored is not None
        assert photo is not None
        start = start_of_item(get_settings(), stored, photo)
        worded.append({s["name"]: s["prompt"] for s in start.payload["recipe"]["scenes"]})
    assert worded == [
        {
            "white": None,
            "kitchen": "on our green tiles",
            "office": "on felt",
            "beach": "on a beach",
        },
        {"white": None, **dict.fromkeys(("kitchen", "office", "beach"), "on a red cushion")},
    ]
    own = ok(shop.post("/v1/jobs", order(None, placement_style="kitchen")), 202)
    stored = get_job(get_store(), Partition(shop.name, own["job_id"]))
    assert stored is not None
    assert stored.recipe.scenes[0].prompt == styles()["kitchen"][0].prompt


@pytest.mark.usefixtures("prompt_engine")
def test_a_photos_words_that_no_scene_would_take_up_are_refused(shop: Shop):
    refused = shop.post("/v1/jobs", order("on a beach", scenes=["white"]))
    assert problem(refused) == (422, "recipe_invalid")
    assert refused.json()["title"].startswith("items.0.prompt: ")
