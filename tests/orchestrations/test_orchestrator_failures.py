"""Failures: how an activity's error reaches an orchestrator, the same on every engine."""

from typing import Any

import azure.durable_functions as df
import pytest

from opal.documents import Failure
from opal.errors import EndpointBusy, OpalError, PhotoRejected
from tests.orchestrations.orchestrator_world import Engine, World

Context = df.DurableOrchestrationContext
ODD_TEXTS = [
    "plain words",
    'quotes " and \\ backslashes',
    "braces } ] { [ and opal-failure without its colon",
    "Größe 12 × 9 – žluťoučký 商品 🪑",
    "two\nlines\tand a tab",
]


def raising(world: World, error: Exception) -> None:
    """An activity that raises, and an orchestrator that answers the text it caught."""

    def fail(_: Any) -> None:
        raise error

    world.activity(fail)

    @world.orchestrator
    def catch(context: Context) -> Any:
        try:
            yield context.call_activity("fail", None)
        except Exception as caught:
            return str(caught)


@pytest.mark.parametrize("message", ODD_TEXTS)
def test_the_failure_of_an_activity_is_found_in_what_the_orchestrator_catches(
    engine: Engine, world: World, message: str
) -> None:
    error = PhotoRejected(message, code="photo_too_small")
    raising(world, error)
    found = Failure.from_text(engine.run(world, "catch").value)
    assert found == Failure(code="photo_too_small", message=message, retryable=False)


def test_a_retryable_failure_keeps_the_pause_that_it_asked_for(
    engine: Engine, world: World
) -> None:
    raising(world, EndpointBusy("Busy.", retry_after_s=12.5))
    found = Failure.from_text(engine.run(world, "catch").value)
    assert (found.retryable, found.retry_after_s) == (True, 12.5)


def test_an_error_that_is_no_opal_error_reads_as_a_lost_worker(
    engine: Engine, world: World
) -> None:
    raising(world, MemoryError("out of memory"))
    found = Failure.from_text(engine.run(world, "catch").value)
    assert (found.code, found.retryable) == ("worker_lost", True)


def test_an_activity_that_raises_without_a_text_fails(engine: Engine, world: World) -> None:
    raising(world, ValueError())
    text = engine.run(world, "catch").value
    assert text is not None
    assert Failure.from_text(text).code == "worker_lost"


def test_the_failure_survives_a_sub_orchestration(engine: Engine, world: World) -> None:
    def fail(_: Any) -> None:
        raise PhotoRejected("Not a photo.", code="photo_unreadable")

    world.activity(fail)

    @world.orchestrator
    def child(context: Context) -> Any:
        yield context.call_activity("fail", None)

    @world.orchestrator
    def parent(context: Context) -> Any:
        try:
            yield context.call_sub_orchestrator("child", None)
        except Exception as error:
            return str(error)

    found = Failure.from_text(engine.run(world, "parent").value)
    assert (found.code, found.message) == ("photo_unreadable", "Not a photo.")


def test_a_failure_that_nobody_catches_fails_the_orchestration_with_its_text(
    engine: Engine, world: World
) -> None:
    def fail(_: Any) -> None:
        raise OpalError("The lamp fell over.")

    world.activity(fail)

    @world.orchestrator
    def careless(context: Context) -> Any:
        return (yield context.call_activity("fail", None))

    outcome = engine.run(world, "careless")
    assert outcome.output is None
    assert "The lamp fell over." in (outcome.error or "")


def test_an_orchestrator_that_raises_fails_with_its_text(engine: Engine, world: World) -> None:
    world.activity(lambda payload: payload, "echo")

    @world.orchestrator
    def stumble(context: Context) -> Any:
        yield context.call_activity("echo", 1)
        raise LookupError("no such shelf")

    assert "no such shelf" in (engine.run(world, "stumble").error or "")


def test_an_orchestrator_can_go_on_after_a_failure(engine: Engine, world: World) -> None:
    raising(world, OSError("gone"))
    world.activity(lambda payload: payload, "echo")

    @world.orchestrator
    def recover(context: Context) -> Any:
        failures = 0
        for _ in range(3):
            try:
                yield context.call_activity("fail", None)
            except Exception:
                failures += 1
        return [failures, (yield context.call_activity("echo", "still here"))]

    assert engine.run(world, "recover").value == [3, "still here"]


def test_a_failed_task_that_is_yielded_again_raises_again(engine: Engine, world: World) -> None:
    raising(world, OSError("gone"))

    @world.orchestrator
    def insist(context: Context) -> Any:
        task = context.call_activity("fail", None)
        failures = 0
        for _ in range(2):
            try:
                yield task
            except Exception as error:
                failures += "gone" in str(error)
        return failures

    assert engine.run(world, "insist").value == 2
    assert len(world.named("fail")) == 1
