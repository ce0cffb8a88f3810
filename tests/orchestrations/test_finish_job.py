"""The end of a job, on every engine."""

import pytest

from opal.documents import FinishJob, JobSettlement, PackagedJob
from opal.errors import DependencyDown, PhotoRejected
from tests.orchestrations.orchestrator_world import Engine, World
from tests.orchestrations.photo_line import JOB, RETRY, TOLD, Line

FINISH = JobSettlement(verdict="finish", settled_at="2026-03-01T08:00:00Z")
LEAVE = JobSettlement(verdict="leave")
INPUT = FinishJob(job=JOB, retry=RETRY).dump()


@pytest.fixture
def line(world: World) -> Line:
    return Line(world)


def wait(seconds: float) -> JobSettlement:
    return JobSettlement(verdict="wait", wait_s=seconds)


def test_a_settled_job_is_packed_and_closed(engine: Engine, world: World, line: Line) -> None:
    assert engine.run(world, "finish_job", INPUT).value == "closed"
    (closing,) = line.asked("complete_job")
    assert (closing.job, closing.package) == (JOB, line.package)
    assert closing.settled_at == FINISH.settled_at
    assert line.asked("package_job") == [JOB]


def test_a_job_that_may_still_grow_is_asked_again_after_a_while(
    engine: Engine, world: World, line: Line
) -> None:
    line.settlements = [wait(0.05), wait(0.02), FINISH]
    assert engine.run(world, "finish_job", INPUT).value == "closed"
    assert line.count() == {"settle_job": 3, "package_job": 1, "complete_job": 1}


def test_a_job_with_items_on_their_way_is_left(engine: Engine, world: World, line: Line) -> None:
    line.settlements = [LEAVE]
    assert engine.run(world, "finish_job", INPUT).value == "left"
    assert line.count() == {"settle_job": 1}


def test_a_job_that_grew_while_it_was_waited_for_is_left(
    engine: Engine, world: World, line: Line
) -> None:
    line.settlements = [wait(0.02), LEAVE]
    assert engine.run(world, "finish_job", INPUT).value == "left"
    assert line.count() == {"settle_job": 2}


def test_a_job_whose_outputs_are_gone_is_left_to_its_reopened_items(
    engine: Engine, world: World, line: Line
) -> None:
    line.package = PackagedJob(reopened=2)
    assert engine.run(world, "finish_job", INPUT).value == "left"
    assert "complete_job" not in line.count()


def test_a_job_without_outputs_is_closed_without_a_package(
    engine: Engine, world: World, line: Line
) -> None:
    line.package = PackagedJob()
    assert engine.run(world, "finish_job", INPUT).value == "closed"
    assert line.asked("complete_job")[0].package.path is None


def test_a_job_that_grew_while_it_was_packed_is_left(
    engine: Engine, world: World, line: Line
) -> None:
    line.closed = False
    assert engine.run(world, "finish_job", INPUT).value == "left"


def test_whoever_wants_to_know_is_told_of_the_end(engine: Engine, world: World, line: Line) -> None:
    line.job_deliveries = (TOLD,)
    assert engine.run(world, "finish_job", INPUT).value == "closed"
    [telling] = line.asked("start_deliveries")
    assert (telling.deliveries, telling.trace_id) == ((TOLD,), JOB.trace_id)


def test_a_job_that_was_closed_before_is_told_of_again_if_that_was_not_begun(
    engine: Engine, world: World, line: Line
) -> None:
    line.job_deliveries, line.closed = (TOLD,), False
    assert engine.run(world, "finish_job", INPUT).value == "left"
    assert len(line.asked("start_deliveries")) == 1


def test_a_job_is_closed_even_if_nobody_can_be_told_now(
    engine: Engine, world: World, line: Line
) -> None:
    line.job_deliveries = (TOLD,)
    line.errors["start_deliveries"] = [DependencyDown("down")] * RETRY.attempts
    assert engine.run(world, "finish_job", INPUT).value == "closed"
    assert line.count()["start_deliveries"] == RETRY.attempts


@pytest.mark.parametrize("name", ["settle_job", "package_job", "complete_job"])
def test_a_failure_that_passes_only_delays_the_end(
    engine: Engine, world: World, line: Line, name: str
) -> None:
    line.errors[name] = [DependencyDown("down")]
    assert engine.run(world, "finish_job", INPUT).value == "closed"
    assert line.count()[name] == 2


def test_a_final_failure_fails_the_orchestration_with_its_code(
    engine: Engine, world: World, line: Line
) -> None:
    line.errors["package_job"] = [PhotoRejected("No.", code="zip_refused")]
    assert "zip_refused" in (engine.run(world, "finish_job", INPUT).error or "")
    assert "complete_job" not in line.count()


def test_the_status_says_when_the_job_is_being_packed(
    engine: Engine, world: World, line: Line
) -> None:
    status = engine.run(world, "finish_job", INPUT).custom_status
    assert status == {"stage": "package", "job_id": "autumn"}
