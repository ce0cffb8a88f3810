"""The life of one photo, on every engine."""

from collections.abc import Iterator
from typing import Any

import pytest

from opal.documents import ItemOutcome
from opal.errors import DependencyDown, EndpointBusy, OpalError, PhotoRejected, RunEnded, StageLost
from opal.recipe import Alignment, ExportPreset, Padding, Placement, Recipe
from tests.orchestrations.orchestrator_world import Engine, World
from tests.orchestrations.photo_line import (
    CUTOUT,
    DIGEST,
    ITEM,
    JOB,
    RECIPE,
    RETRY,
    SCENES,
    SHOP,
    STORY,
    TOLD,
    WIDE,
    Line,
    stage,
    work,
)

STAGES = [
    *("inspect_photo", "segment_product", "place_product"),
    *("upscale_photo", "export_variant", "complete_item"),
]
FULL = {
    "inspect_photo": 1,
    "segment_product": 1,
    "place_product": 2,
    "upscale_photo": 2,
    "export_variant": 7,
    "complete_item": 1,
}
PAYLOAD_LIMIT = 64 * 1024


@pytest.fixture
def line(world: World) -> Iterator[Line]:
    """The pipeline; what crossed the durable boundary must have been small."""
    yield Line(world)
    assert world.largest_payload < PAYLOAD_LIMIT


def final(code: str) -> OpalError:
    return PhotoRejected("No.", code=code)


def test_a_photo_goes_through_every_stage_once(engine: Engine, world: World, line: Line) -> None:
    assert engine.run(world, "process_item", work()).value == "completed"
    assert line.count() == FULL


def test_each_stage_gets_what_the_stages_before_it_made(
    engine: Engine, world: World, line: Line
) -> None:
    engine.run(world, "process_item", work())
    (inspect,) = line.asked("inspect_photo")
    (segment,) = line.asked("segment_product")
    placed = {request.scene: request for request in line.asked("place_product")}
    upscaled = {request.placed.path: request for request in line.asked("upscale_photo")}
    cutout = stage("segment", "chair")
    assert (inspect.item, inspect.raw_path) == (ITEM, "raw/demo/autumn/chair.jpg")
    assert (segment.photo_sha256, segment.source_etag) == (DIGEST, "0x8DC0FFEE")
    assert {request.cutout.path for request in placed.values()} == {cutout.path}
    assert set(placed) == set(SCENES)
    assert all(request.exports == RECIPE.exports for request in placed.values())
    assert set(upscaled) == {"work/demo/place/white", "work/demo/place/studio#d8cfc4"}


@pytest.mark.parametrize("model", [None, "sharp"])
def test_the_recipe_says_what_enlarges(
    engine: Engine, world: World, line: Line, model: str | None
) -> None:
    engine.run(world, "process_item", work(RECIPE.model_copy(update={"upscale_model": model})))
    assert {request.model for request in line.asked("upscale_photo")} == {model}


def test_every_scene_is_exported_in_every_preset_and_the_cutout_once(
    engine: Engine, world: World, line: Line
) -> None:
    engine.run(world, "process_item", work())
    made = {
        (request.scene, request.preset.name, request.picture and request.picture.path)
        for request in line.asked("export_variant")
    }
    scenes = {"white": "work/demo/upscale/white", "studio": "work/demo/upscale/studio#d8cfc4"}
    expected: set[Any] = {
        (scene, preset.name, path)
        for scene, path in scenes.items()
        for preset in (SHOP, WIDE, STORY)
    }
    assert made == expected | {("cutout", "cutout", None)}


def test_the_item_is_completed_with_its_stages_and_its_outputs_in_order(
    engine: Engine, world: World, line: Line
) -> None:
    engine.run(world, "process_item", work())
    (done,) = line.asked("complete_item")
    presets = ["shop", "wide", "story"]
    expected = [(scene, preset) for scene in ("white", "studio") for preset in presets]
    assert [(o.scene, o.preset) for o in done.outputs] == [*expected, ("cutout", "cutout")]
    assert (done.photo.sha256, done.item) == (DIGEST, ITEM)
    assert {name: result.path for name, result in done.stages.items()} == {
        "segment": "work/demo/segment/chair",
        "place.white": "work/demo/place/white",
        "upscale.white": "work/demo/upscale/white",
        "place.studio": "work/demo/place/studio#d8cfc4",
        "upscale.studio": "work/demo/upscale/studio#d8cfc4",
    }


def test_a_recipe_of_cutouts_alone_places_nothing(engine: Engine, world: World, line: Line) -> None:
    recipe = Recipe(scenes=SCENES, exports=(CUTOUT,))
    assert engine.run(world, "process_item", work(recipe)).value == "completed"
    assert line.count() == {
        "inspect_photo": 1,
        "segment_product": 1,
        "export_variant": 1,
        "complete_item": 1,
    }


def test_a_recipe_without_cutouts_exports_scenes_only(
    engine: Engine, world: World, line: Line
) -> None:
    recipe = Recipe(scenes=SCENES[:1], exports=(SHOP,))
    engine.run(world, "process_item", work(recipe))
    assert [request.scene for request in line.asked("export_variant")] == ["white"]


def test_a_revision_that_is_done_ends_the_run_with_the_reason(
    engine: Engine, world: World, line: Line
) -> None:
    line.skip = "revision 1 is completed"
    assert engine.run(world, "process_item", work()).value == "revision 1 is completed"
    assert line.count() == {"inspect_photo": 1}


def test_a_run_that_was_overtaken_while_it_worked_says_so_and_finishes_no_job(
    engine: Engine, world: World, line: Line
) -> None:
    line.outcome = ItemOutcome(superseded=True, job_settled=True)
    outcome = engine.run(world, "process_item", work())
    assert outcome.value == "superseded by a newer revision"
    assert line.count() == FULL


@pytest.mark.parametrize("name", ["segment_product", "place_product", "export_variant"])
def test_a_run_whose_item_was_canceled_meanwhile_ends_without_a_failure(
    engine: Engine, world: World, line: Line, name: str
) -> None:
    line.errors[name] = [RunEnded("The item is canceled, in revision 1.")] * 20
    assert engine.run(world, "process_item", work()).value.startswith("The item is canceled")
    assert not {"fail_item", "complete_item", "settle_job"} & line.count().keys()


def test_whoever_wants_to_know_is_told_of_the_end_before_the_job_is_finished(
    engine: Engine, world: World, line: Line
) -> None:
    line.outcome = ItemOutcome(job_settled=True, deliveries=(TOLD,))
    assert engine.run(world, "process_item", work()).value == "completed"
    [telling] = line.asked("start_deliveries")
    assert (telling.deliveries, telling.trace_id) == ((TOLD,), ITEM.trace_id)
    order = [call.name for call in world.calls]
    assert order.index("start_deliveries") < order.index("settle_job")


def test_a_failure_is_told_too(engine: Engine, world: World, line: Line) -> None:
    line.errors["segment_product"] = [final("photo_refused")]
    line.outcome = ItemOutcome(deliveries=(TOLD,))
    assert engine.run(world, "process_item", work()).value == "failed: photo_refused"
    assert line.count()["start_deliveries"] == 1


def test_a_run_that_was_overtaken_tells_nobody(engine: Engine, world: World, line: Line) -> None:
    line.outcome = ItemOutcome(superseded=True, deliveries=(TOLD,))
    engine.run(world, "process_item", work())
    assert "start_deliveries" not in line.count()


@pytest.mark.parametrize("error", [final("refused"), DependencyDown("down")])
def test_an_item_ends_and_its_job_is_finished_even_if_nobody_can_be_told_now(
    engine: Engine, world: World, line: Line, error: OpalError
) -> None:
    line.outcome = ItemOutcome(job_settled=True, deliveries=(TOLD,))
    line.errors["start_deliveries"] = [error] * RETRY.attempts
    assert engine.run(world, "process_item", work()).value == "completed"
    assert line.count()["complete_job"] == 1


@pytest.mark.parametrize("name", STAGES)
def test_a_final_failure_of_a_stage_fails_the_item_with_its_code(
    engine: Engine, world: World, line: Line, name: str
) -> None:
    line.errors[name] = [final(f"broken_{name}") for _ in range(20)]
    assert engine.run(world, "process_item", work()).value == f"failed: broken_{name}"
    (failed,) = line.asked("fail_item")
    assert (failed.item, failed.stage) == (ITEM, name)
    assert (failed.failure.code, failed.failure.message) == (f"broken_{name}", "No.")
    later = STAGES[STAGES.index(name) + 1 :]
    assert not set(later) & line.count().keys()


@pytest.mark.parametrize("name", [*STAGES, "fail_item"])
def test_a_failure_that_passes_leaves_no_trace(
    engine: Engine, world: World, line: Line, name: str
) -> None:
    line.errors[name] = [EndpointBusy("busy")]
    ending = "completed"
    if name == "fail_item":
        line.errors["inspect_photo"] = [final("photo_unreadable")]
        ending = "failed: photo_unreadable"
    assert engine.run(world, "process_item", work()).value == ending
    calls = FULL.get(name, 1) + 1
    assert line.count()[name] == calls


def test_a_failure_that_does_not_pass_fails_the_item_after_its_attempts(
    engine: Engine, world: World, line: Line
) -> None:
    line.errors["segment_product"] = [EndpointBusy("busy") for _ in range(9)]
    assert engine.run(world, "process_item", work()).value == "failed: endpoint_busy"
    assert line.count()["segment_product"] == RETRY.attempts


def test_one_scene_that_fails_fails_the_item_after_the_other_is_done(
    engine: Engine, world: World, line: Line
) -> None:
    line.errors["place_product"] = [final("scene_broken")]
    assert engine.run(world, "process_item", work()).value == "failed: scene_broken"
    assert line.count()["place_product"] == 2
    assert line.count()["upscale_photo"] == 1


@pytest.mark.parametrize("code", ["stage_lost", "input_unreadable"])
@pytest.mark.parametrize("name", ["place_product", "upscale_photo", "export_variant"])
def test_a_lost_stage_is_made_again_from_the_start(
    engine: Engine, world: World, line: Line, name: str, code: str
) -> None:
    line.errors[name] = [StageLost("Gone.", code=code)]
    assert engine.run(world, "process_item", work()).value == "completed"
    counts = line.count()
    assert (counts["inspect_photo"], counts["segment_product"], counts["complete_item"]) == (
        2,
        2,
        1,
    )


def test_an_item_begins_at_most_three_times(engine: Engine, world: World, line: Line) -> None:
    line.errors["export_variant"] = [StageLost("Gone.") for _ in range(99)]
    assert engine.run(world, "process_item", work()).value == "failed: stage_lost"
    assert line.count()["inspect_photo"] == 3
    (failed,) = line.asked("fail_item")
    assert failed.stage == "export_variant"


def test_the_last_item_of_a_job_finishes_the_job(engine: Engine, world: World, line: Line) -> None:
    line.outcome = ItemOutcome(job_settled=True)
    assert engine.run(world, "process_item", work()).value == "completed"
    assert line.asked("settle_job") == [JOB]
    (closing,) = line.asked("complete_job")
    assert (closing.job, closing.package) == (JOB, line.package)


def test_the_last_item_of_a_job_finishes_the_job_even_when_it_fails(
    engine: Engine, world: World, line: Line
) -> None:
    line.outcome = ItemOutcome(job_settled=True)
    line.errors["inspect_photo"] = [final("photo_unreadable")]
    assert engine.run(world, "process_item", work()).value == "failed: photo_unreadable"
    assert len(line.asked("complete_job")) == 1


def test_an_item_that_is_not_the_last_finishes_no_job(
    engine: Engine, world: World, line: Line
) -> None:
    engine.run(world, "process_item", work())
    assert "settle_job" not in line.count()


def test_a_failure_that_can_not_be_stored_fails_the_orchestration(
    engine: Engine, world: World, line: Line
) -> None:
    line.errors["inspect_photo"] = [final("photo_unreadable")]
    line.errors["fail_item"] = [final("store_refuses")]
    assert "store_refuses" in (engine.run(world, "process_item", work()).error or "")


def test_progress_never_goes_back_and_ends_at_one(engine: Engine, world: World, line: Line) -> None:
    statuses = engine.run(world, "process_item", work()).statuses
    fractions = [status["fraction"] for status in statuses]
    assert fractions == sorted(fractions)
    assert (fractions[-1], statuses[-1]["stage"]) == (1.0, "completed")
    assert {status["item_id"] for status in statuses} == {ITEM.item_id}
    assert {status["trace_id"] for status in statuses} == {ITEM.trace_id}


@pytest.mark.beyond(local="its statuses are looked at from outside, where a quick one is missed")
def test_progress_names_every_stage_in_order(engine: Engine, world: World, line: Line) -> None:
    statuses = engine.run(world, "process_item", work()).statuses
    stages = [status["stage"] for status in statuses]
    assert stages == ["inspect", "segment", "place", "export", "complete", "completed"]


def test_the_progress_of_a_failed_item_stays_where_it_failed(
    engine: Engine, world: World, line: Line
) -> None:
    line.errors["export_variant"] = [final("no_room") for _ in range(9)]
    status = engine.run(world, "process_item", work()).custom_status
    assert (status["stage"], status["fraction"]) == ("failed", 0.7)


def test_both_scenes_in_thirty_presets_are_all_made(
    engine: Engine, world: World, line: Line
) -> None:
    presets = tuple(
        ExportPreset(name=f"preset-{number}", width=1600, height=1600) for number in range(30)
    )
    recipe = Recipe(scenes=SCENES, exports=presets)
    assert engine.run(world, "process_item", work(recipe)).value == "completed"
    counts = line.count()
    assert (counts["place_product"], counts["upscale_photo"]) == (2, 2)
    assert counts["export_variant"] == 60
    assert len(line.asked("complete_item")[0].outputs) == 60


def test_without_upscaling_exports_are_cut_from_the_placed_scenes(
    engine: Engine, world: World, line: Line
) -> None:
    recipe = RECIPE.model_copy(update={"upscale": False})
    assert engine.run(world, "process_item", work(recipe)).value == "completed"
    assert line.count() == {name: calls for name, calls in FULL.items() if name != "upscale_photo"}
    cut_from = {r.scene: r.picture and r.picture.path for r in line.asked("export_variant")}
    assert cut_from == {
        "white": "work/demo/place/white",
        "studio": "work/demo/place/studio#d8cfc4",
        "cutout": None,
    }
    (done,) = line.asked("complete_item")
    assert set(done.stages) == {"segment", "place.white", "place.studio"}


def test_every_stage_that_frames_the_product_gets_its_placement(
    engine: Engine, world: World, line: Line
) -> None:
    placement = Placement(padding=Padding(left=0.2), alignment=Alignment(horizontal="left"))
    engine.run(world, "process_item", work(RECIPE.model_copy(update={"placement": placement})))
    for name in ("place_product", "upscale_photo", "export_variant"):
        assert {request.placement for request in line.asked(name)} == {placement}
