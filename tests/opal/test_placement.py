"""Padding and alignment reach the pixels, and leave alone what does not use them."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from activities import export_variant, place_product, upscale_photo
from imaging.encode import load_png
from models.place import task as place
from opal.documents import ItemRef, Output, StageResult
from opal.job_options import JobOptions, default_recipe, resolve
from opal.recipe import ExportPreset, ExportSource, Recipe, Scene
from tests.opal.activities import call, item_in_processing, stored

DIGEST = "5f" * 32
PRODUCT = (40, 30, 120, 90)
PLACED = {
    "padding": {"left": 0.2, "top": 0.1, "right": 0.1},
    "alignment": {"horizontal": "left", "vertical": "bottom"},
}

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def item(app) -> ItemRef:
    """An item that is being processed."""
    return item_in_processing()


@pytest.fixture
def cutout(blobs) -> StageResult:
    """A cut-out with a red product."""
    pixels = np.zeros((200, 300, 4), np.uint8)
    x, y, width, height = PRODUCT
    pixels[y : y + height, x : x + width] = (200, 0, 0, 255)
    return stored(blobs, "work/demo/segment/cut.png", pixels, product_box=list(PRODUCT))


@pytest.fixture
def photographed() -> StageResult:
    """The cut-out of a photo, whose blob nobody asks for."""
    return StageResult(
        path="work/demo/segment/x.png",
        width=3000,
        height=2000,
        bytes=1,
        sha256=DIGEST,
        quality={"product_box": [812, 455, 1211, 1101]},
    )


def recipe_of(**options: Any) -> Recipe:
    return resolve(JobOptions.parse(options))


def placing(item: ItemRef, cutout: StageResult, recipe: Recipe, scene: Scene) -> dict[str, Any]:
    """A request to `place_product`, and what `upscale_photo` and `export_variant` share of it."""
    return {
        "item": item.dump(),
        "cutout": cutout.dump(),
        "scene": scene.dump(),
        "exports": [preset.dump() for preset in recipe.exports],
        "placement": recipe.placement.dump(),
    }


GOLDEN = {
    "white": "6d83be06382483e9edcf14d513e3fdb56ec55d12858d48ec7c9d37219ae9a69c",
    "studio": "937315fcb06d23e41cee548adf7fa15519851f50a1f6472b136eb7628d827c12",
    "upscale": "0bec7a9f8c797a6d010f6ba09aff9983daff6f233de3015b67bf18bc106bb672",
}


@pytest.mark.parametrize("scene", default_recipe().scenes, ids=lambda scene: scene.name)
@pytest.mark.parametrize("from_older_instance", [False, True])
def test_a_scene_of_an_ordinary_job_has_the_stage_that_it_always_had(
    item, photographed, scene, from_older_instance
):
    """Another one would be made, and paid for, again."""
    request = placing(item, photographed, default_recipe(), scene)
    if from_older_instance:
        del request["placement"], request["scene"]["shadow"]
    made = call(place_product, request)["path"]
    assert made == f"work/demo/place/{GOLDEN[scene.name]}.png"


def test_an_ordinary_scene_is_enlarged_as_it_always_was(item, photographed):
    request = placing(item, photographed, default_recipe(), default_recipe().scenes[0])
    request["placed"] = photographed.dump()
    made = call(upscale_photo, request)["path"]
    assert made == f"work/demo/upscale/{GOLDEN['upscale']}.png"


@pytest.mark.parametrize("model", ["fast", "best", "sharp"])
def test_what_the_recipe_names_enlarges_the_scene(item, photographed, endpoint, model):
    recipe = recipe_of(upscale_model=model)
    request = placing(item, photographed, recipe, recipe.scenes[0])
    request |= {"placed": photographed.dump(), "model": recipe.upscale_model}
    assert GOLDEN["upscale"] not in call(upscale_photo, request)["path"]
    assert endpoint.requests[-1]["params"]["model"] == model


def test_a_scene_that_is_large_enough_is_not_enlarged_and_says_why(item, photographed, endpoint):
    recipe = recipe_of(scenes=["white"], exports=["square"])
    large = {**photographed.quality, "product_box": [0, 0, 6000, 6000]}
    cutout = photographed.model_copy(update={"quality": large})
    request = placing(item, cutout, recipe, recipe.scenes[0])
    answer = StageResult.parse(call(upscale_photo, {**request, "placed": photographed.dump()}))
    assert not endpoint.requests
    assert (answer.path, answer.reused) == (photographed.path, True)
    assert answer.quality["skipped"] == "large_enough"


@pytest.mark.parametrize(
    "options", [PLACED, {"shadow": True}, {"alignment": {"vertical": "top"}}], ids=str
)
def test_what_changes_a_scene_makes_another_stage(item, photographed, options):
    recipe = recipe_of(scenes=["white"], **options)
    request = placing(item, photographed, recipe, recipe.scenes[0])
    assert GOLDEN["white"] not in call(place_product, request)["path"]


def test_a_shadow_is_asked_for_only_where_somebody_chose(item, photographed, endpoint):
    for options, asked in (({}, None), ({"shadow": False}, False), ({"shadow": True}, True)):
        recipe = recipe_of(scenes=["studio"], **options)
        call(place_product, placing(item, photographed, recipe, recipe.scenes[0]))
        assert endpoint.requests[-1]["params"].get("shadow") == asked


def borders(blobs: Any, output: Any) -> dict[str, int]:
    """The free pixels on each side of the red product in an exported file."""
    made = Output.parse(output)
    picture = Image.open(io.BytesIO(blobs.read(made.path)))
    assert picture.size == (made.width, made.height)
    red = np.asarray(picture.convert("RGBA")).astype(int)
    solid = (red[..., 0] - red[..., 1] > 100) & (red[..., 3] > 128)
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    return {
        "top": int(rows[0]),
        "right": made.width - 1 - int(columns[-1]),
        "bottom": made.height - 1 - int(rows[-1]),
        "left": int(columns[0]),
    }


@pytest.mark.parametrize("upscale", [1.0, 2.0])
def test_padding_and_alignment_move_the_product_in_every_export(
    item, cutout, blobs, endpoint, upscale
):
    presets = (
        ExportPreset(name="square", width=400, height=400, format="png"),
        ExportPreset(name="wide", width=600, height=300, format="png"),
        ExportPreset(name="alone", source=ExportSource.CUTOUT, width=400, height=300, format="png"),
    )
    placement = recipe_of(**PLACED).placement
    recipe = recipe_of(scenes=["white"]).model_copy(
        update={"exports": presets, "placement": placement}
    )
    request = placing(item, cutout, recipe, recipe.scenes[0])
    call(place_product, request)
    source = load_png(blobs.read(cutout.path))
    scene = place.run({"cutout": source}, endpoint.requests[-1]["params"]).pixels
    large = scene.repeat(int(upscale), axis=0).repeat(int(upscale), axis=1)
    picture = stored(blobs, "work/demo/upscale/x.png", large)
    for preset in presets:
        alone = preset.source is ExportSource.CUTOUT
        made = {
            **request,
            "scene": "cutout" if alone else "white",
            "preset": preset.dump(),
            "picture": None if alone else picture.dump(),
        }
        free = borders(blobs, call(export_variant, made))
        # One pixel of the scene may be several of the file.
        grain = 1 if alone else preset.height / 90 + 1
        assert free["left"] == pytest.approx(0.2 * preset.width, abs=grain)
        assert free["bottom"] == pytest.approx(0, abs=grain)
        assert free["top"] >= 0.1 * preset.height - grain
        assert free["right"] >= 0.1 * preset.width - grain
