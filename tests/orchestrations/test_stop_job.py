"""A canceled job, on every engine."""

import pytest

from opal.documents import CanceledItems, FinishJob, JobSettlement
from opal.errors import DependencyDown
from tests.orchestrations.orchestrator_world import Engine, World
from tests.orchestrations.photo_line import JOB, RETRY, TOLD, Line

INPUT = FinishJob(job=JOB, retry=RETRY).dump()


@pytest.fixture
def line(world: World) -> Line:
    return Line(world)


def test_a_canceled_job_is_finished_with_what_there_is(
    engine: Engine, world: World, line: Line
) -> None:
    assert engine.run(world, "stop_job", INPUT).value == "closed"
    assert line.count() == {
        "cancel_items": 1,
        "settle_job": 1,
        "package_job": 1,
        "complete_job": 1,
    }


def test_a_large_job_is_canceled_piece_by_piece(engine: Engine, world: World, line: Line) -> None:
    line.cancellations = [CanceledItems(canceled=100, more=True)] * 3 + [CanceledItems()]
    assert engine.run(world, "stop_job", INPUT).value == "closed"
    assert line.asked("cancel_items") == [JOB] * 4


def test_whoever_wants_to_know_is_told_of_each_piece(
    engine: Engine, world: World, line: Line
) -> None:
    line.cancellations = [
        CanceledItems(canceled=100, more=True, deliveries=(TOLD,)),
        CanceledItems(canceled=1, deliveries=(TOLD,)),
    ]
    assert engine.run(world, "stop_job", INPUT).value == "closed"
    assert [telling.deliveries for telling in line.asked("start_deliveries")] == [(TOLD,)] * 2


def test_a_failure_that_passes_only_delays_the_end(
    engine: Engine, world: World, line: Line
) -> None:
    line.errors["cancel_items"] = [DependencyDown("down")]
    assert engine.run(world, "stop_job", INPUT).value == "closed"
    assert line.count()["cancel_items"] == 2


def test_a_job_with_items_taken_up_again_meanwhile_is_left(
    engine: Engine, world: World, line: Line
) -> None:
    line.settlements = [JobSettlement(verdict="leave")]
    assert engine.run(world, "stop_job", INPUT).value == "left"
