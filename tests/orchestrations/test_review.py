"""A person's look at a photo on its way, on every engine."""

import hashlib
from collections.abc import Iterator

import pytest

from opal.documents import Failure, Settlement, event_of_review, review_id_of
from opal.errors import DependencyDown, RunEnded
from opal.gate import CutoutLimits, FidelityLimits, Gate
from tests.orchestrations.orchestrator_world import Engine, World
from tests.orchestrations.photo_line import DIGEST, ITEM, RECIPE, RETRY, TOLD, Line, work

APPROVED = Settlement(verdict="approved")
REFUSED = Settlement(
    verdict="refused", failure=Failure(code="rejected_in_review", message="A person rejected it.")
)
LONG, SHORT = Settlement(verdict="wait", wait_s=6 * 3600), Settlement(verdict="wait", wait_s=0.05)
DOUBTFUL = {"confidence": 0.7}
EVENT = event_of_review(review_id_of(ITEM.revision, "cutout", DIGEST))
LATER = {"place_product", "upscale_photo", "export_variant", "complete_item"}


@pytest.fixture
def line(world: World) -> Iterator[Line]:
    """The pipeline; every look that a test laid out must have been taken."""
    line = Line(world)
    yield line
    assert line.looks == []


@pytest.fixture
def doubtful(line: Line) -> Line:
    """The pipeline, with a cut-out that a person must look at."""
    line.quality = DOUBTFUL
    return line


def test_a_clean_cut_out_is_nobodys_business(engine: Engine, world: World, line: Line) -> None:
    line.quality = {"confidence": 0.95, "fragments": 1, "coverage": 0.3}
    assert engine.run(world, "process_item", work()).value == "completed"
    assert not {"ask_for_review", "settle_review"} & line.count().keys()


def test_a_person_is_shown_the_cut_out_and_told_why(
    engine: Engine, world: World, doubtful: Line
) -> None:
    doubtful.looks = [(APPROVED, None)]
    engine.run(world, "process_item", work())
    [asked] = doubtful.asked("ask_for_review")
    assert (asked.item, asked.about, asked.subject) == (ITEM, "cutout", DIGEST)
    assert asked.reasons == ("confidence 0.7 is below 0.8",)
    assert [(p.name, p.path) for p in asked.pictures] == [("cutout", "work/demo/segment/chair")]


def test_a_decision_wakes_the_run_that_waits_for_hours(
    engine: Engine, world: World, doubtful: Line
) -> None:
    doubtful.looks = [(LONG, EVENT), (APPROVED, None)]
    assert engine.run(world, "process_item", work()).value == "completed"
    assert doubtful.count()["complete_item"] == 1


def test_nothing_more_is_made_of_a_photo_before_it_is_approved(
    engine: Engine, world: World, doubtful: Line
) -> None:
    doubtful.looks = [(LONG, EVENT), (REFUSED, None)]
    assert engine.run(world, "process_item", work()).value == "failed: rejected_in_review"
    assert not LATER & doubtful.count().keys()
    [failed] = doubtful.asked("fail_item")
    assert (failed.failure, failed.stage) == (REFUSED.failure, "review")


def test_a_decision_whose_event_was_lost_is_found_at_the_next_look(
    engine: Engine, world: World, doubtful: Line
) -> None:
    doubtful.looks = [(SHORT, None), (SHORT, None), (APPROVED, None)]
    assert engine.run(world, "process_item", work()).value == "completed"


def test_events_that_decide_nothing_only_wake(engine: Engine, world: World, doubtful: Line) -> None:
    doubtful.looks = [(LONG, EVENT), (SHORT, EVENT), (SHORT, EVENT), (APPROVED, None)]
    assert engine.run(world, "process_item", work()).value == "completed"


def test_the_deadline_ends_the_wait_of_a_photo_that_nobody_looked_at(
    engine: Engine, world: World, doubtful: Line
) -> None:
    late = Failure(code="review_timed_out", message="Nobody decided until the deadline.")
    doubtful.looks = [(SHORT, None), (Settlement(verdict="refused", failure=late), None)]
    assert engine.run(world, "process_item", work()).value == "failed: review_timed_out"


@pytest.mark.beyond(local="hours do not pass in a test; only the others have a virtual clock")
def test_a_long_time_is_waited_for_in_pieces(engine: Engine, world: World, doubtful: Line) -> None:
    doubtful.looks = [*[(LONG, None)] * 6, (APPROVED, None)]
    assert engine.run(world, "process_item", work()).value == "completed"


def test_a_run_that_was_started_again_finds_the_decision_and_does_not_wait(
    engine: Engine, world: World, doubtful: Line
) -> None:
    doubtful.looks = [(APPROVED, None)]
    assert engine.run(world, "process_item", work()).value == "completed"
    assert doubtful.count()["settle_review"] == 1


@pytest.mark.parametrize("name", ["ask_for_review", "settle_review"])
def test_a_run_whose_item_was_canceled_or_superseded_ends_without_a_failure(
    engine: Engine, world: World, doubtful: Line, name: str
) -> None:
    doubtful.errors[name] = [RunEnded("The item is canceled, in revision 1.")]
    assert engine.run(world, "process_item", work()).value.startswith("The item is canceled")
    assert not {"fail_item", *LATER} & doubtful.count().keys()


def test_a_failure_that_passes_does_not_end_the_wait(
    engine: Engine, world: World, doubtful: Line
) -> None:
    doubtful.errors["ask_for_review"] = [DependencyDown("down")]
    doubtful.errors["settle_review"] = [DependencyDown("down")]
    doubtful.looks = [(SHORT, None), (APPROVED, None)]
    assert engine.run(world, "process_item", work()).value == "completed"


def test_whoever_wants_to_know_is_told_that_a_photo_waits(
    engine: Engine, world: World, doubtful: Line
) -> None:
    doubtful.asked_of, doubtful.looks = (TOLD,), [(APPROVED, None)]
    doubtful.errors["start_deliveries"] = [DependencyDown("down")] * RETRY.attempts
    assert engine.run(world, "process_item", work()).value == "completed"
    assert doubtful.asked("start_deliveries")[0].deliveries == (TOLD,)


def test_a_hopeless_cut_out_fails_with_its_measures_and_nobody_is_asked(
    engine: Engine, world: World, line: Line
) -> None:
    line.quality = {"confidence": 0.4, "coverage": 0.995}
    assert engine.run(world, "process_item", work()).value == "failed: quality_rejected"
    [failed] = line.asked("fail_item")
    assert failed.stage == "segment_product"
    assert failed.failure.message == "coverage 0.995 is above 0.99; confidence 0.4 is below 0.6"
    assert not {"ask_for_review", *LATER} & line.count().keys()


def test_the_recipe_says_what_is_doubtful(engine: Engine, world: World, line: Line) -> None:
    line.quality = {"fragments": 3, "confidence": 0.7}
    gate = Gate(review=CutoutLimits(max_fragments=2))
    line.looks = [(APPROVED, None)]
    engine.run(world, "process_item", work(RECIPE.model_copy(update={"gate": gate})))
    assert line.asked("ask_for_review")[0].reasons == ("fragments 3 is above 2",)


def test_outputs_that_are_held_back_go_out_once_they_are_approved(
    engine: Engine, world: World, line: Line
) -> None:
    line.unfaithful = {"white/wide", "studio/shop"}
    event = event_of_review(review_id_of(ITEM.revision, "fidelity", _subject(2)))
    line.looks = [(LONG, event), (APPROVED, None)]
    gate = Gate(fidelity=FidelityLimits(min_ssim=0.95))
    recipe = RECIPE.model_copy(update={"gate": gate})
    assert engine.run(world, "process_item", work(recipe)).value == "completed"
    [asked] = line.asked("ask_for_review")
    assert asked.reasons == (
        "white/wide: ssim 0.9 is below 0.95",
        "studio/shop: ssim 0.9 is below 0.95",
    )
    assert {request.limits for request in line.asked("export_variant")} == {gate.fidelity}
    assert {p.path.split("/")[0] for p in asked.pictures} == {"work"}
    approved = [r for r in line.asked("export_variant") if r.approved]
    assert {f"{r.scene}/{r.preset.name}" for r in approved} == line.unfaithful
    [done] = line.asked("complete_item")
    assert len(done.outputs) == 7
    assert not any(output.held for output in done.outputs)


def test_outputs_that_are_held_back_and_refused_never_go_out(
    engine: Engine, world: World, line: Line
) -> None:
    line.unfaithful, line.looks = {"cutout/cutout"}, [(REFUSED, None)]
    assert engine.run(world, "process_item", work()).value == "failed: rejected_in_review"
    assert not any(request.approved for request in line.asked("export_variant"))
    assert "complete_item" not in line.count()


def test_two_reviews_of_a_photo_are_waited_for_one_after_the_other(
    engine: Engine, world: World, doubtful: Line
) -> None:
    doubtful.unfaithful = {"white/wide"}
    second = event_of_review(review_id_of(ITEM.revision, "fidelity", _subject(1)))
    doubtful.looks = [(LONG, EVENT), (APPROVED, None), (LONG, second), (APPROVED, None)]
    assert engine.run(world, "process_item", work()).value == "completed"
    assert [request.about for request in doubtful.asked("settle_review")] == [
        *("cutout", "cutout", "fidelity", "fidelity"),
    ]


@pytest.mark.beyond(replay="its clock is virtual", replay_batched="so is its", testing="and its")
def test_an_event_that_was_heard_shortens_no_later_wait(
    engine: Engine, world: World, doubtful: Line
) -> None:
    """Neither the next one for the same review, nor one for another review."""
    doubtful.unfaithful = {"white/wide"}
    wait = Settlement(verdict="wait", wait_s=0.3)
    doubtful.looks = [(LONG, EVENT), (wait, EVENT), (APPROVED, EVENT), (wait, None)]
    doubtful.looks += [(APPROVED, None)]
    assert engine.run(world, "process_item", work()).value == "completed"
    first, woken, approved, asked, again = doubtful.looked_at
    assert woken - first < 5
    assert approved - woken >= 0.3
    assert again - asked >= 0.3


@pytest.mark.beyond(local="its statuses are looked at from outside, where a quick one is missed")
def test_progress_does_not_go_back_while_a_person_looks(
    engine: Engine, world: World, doubtful: Line
) -> None:
    doubtful.unfaithful = {"white/wide"}
    doubtful.looks = [(SHORT, None), (APPROVED, None), (APPROVED, None)]
    statuses = engine.run(world, "process_item", work()).statuses
    fractions = [status["fraction"] for status in statuses]
    assert fractions == sorted(fractions)
    assert "review" in {status["stage"] for status in statuses}


@pytest.mark.parametrize("refine", [True, False])
def test_the_recipe_says_whether_the_edge_is_refined(
    engine: Engine, world: World, line: Line, refine: bool
) -> None:
    engine.run(world, "process_item", work(RECIPE.model_copy(update={"refine": refine})))
    assert [request.refine for request in line.asked("segment_product")] == [refine]


def _subject(held: int) -> str:
    return hashlib.sha256("/".join([DIGEST] * held).encode()).hexdigest()
