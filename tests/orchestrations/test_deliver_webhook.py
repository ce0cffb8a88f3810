"""The delivery of a webhook, on every engine."""

import time

import pytest

from opal.documents import DeliverWebhook, Json, Notified
from opal.errors import DependencyDown, InternalError
from orchestrations import deliver_webhook
from tests.orchestrations.orchestrator_world import Engine, World
from tests.orchestrations.photo_line import RETRY, TOLD

INPUT = DeliverWebhook(**TOLD.model_dump(), schedule=(0.01, 0.02), retry=RETRY).dump()
VIRTUAL = "its clock is virtual"


class Line:
    """`notify_webhook` answers what the test sets, in order; what is an error is raised."""

    def __init__(self, world: World) -> None:
        self.answers: list[Notified | Exception] = []
        self.asked_at: list[float] = []
        world.app.register_functions(deliver_webhook.bp)
        world.activity(self._notify, "notify_webhook")

    def _notify(self, _: Json) -> Json:
        self.asked_at.append(time.monotonic())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer.dump()


def again(wait_s: float = 0.01) -> Notified:
    return Notified(verdict="again", reason="waiting", wait_s=wait_s)


def over(reason: str = "delivered") -> Notified:
    return Notified(verdict="over", reason=reason)


@pytest.fixture
def line(world: World) -> Line:
    return Line(world)


@pytest.mark.parametrize("reason", ["delivered", "endpoint_gone", "attempts_exhausted"])
def test_a_delivery_that_is_over_ends_the_orchestration_with_the_reason(
    engine: Engine, world: World, line: Line, reason: str
) -> None:
    line.answers = [over(reason)]
    assert engine.run(world, "deliver_webhook", INPUT).value == reason
    assert world.named("notify_webhook") == [INPUT]


def test_it_is_tried_again_as_often_as_the_record_says(
    engine: Engine, world: World, line: Line
) -> None:
    """More often than the schedule is long, because a redelivery may have begun it anew."""
    line.answers = [*(again() for _ in range(5)), over()]
    assert engine.run(world, "deliver_webhook", INPUT).value == "delivered"
    assert world.named("notify_webhook") == [INPUT] * 6


def test_no_wait_at_all_is_a_wait_too(engine: Engine, world: World, line: Line) -> None:
    line.answers = [again(0.0), over()]
    assert engine.run(world, "deliver_webhook", INPUT).value == "delivered"


@pytest.mark.beyond(replay=VIRTUAL, replay_batched=VIRTUAL, testing=VIRTUAL)
def test_the_wait_is_kept(engine: Engine, world: World, line: Line) -> None:
    line.answers = [again(0.3), over()]
    engine.run(world, "deliver_webhook", INPUT)
    first, second = line.asked_at
    assert second - first >= 0.3


def test_a_store_that_is_down_for_a_moment_only_delays_it(
    engine: Engine, world: World, line: Line
) -> None:
    line.answers = [DependencyDown("down"), again(), DependencyDown("down"), over()]
    assert engine.run(world, "deliver_webhook", INPUT).value == "delivered"


def test_a_defect_fails_the_orchestration_and_leaves_the_rest_to_the_sweeper(
    engine: Engine, world: World, line: Line
) -> None:
    line.answers = [InternalError("An unexpected error.")]
    assert "internal_error" in (engine.run(world, "deliver_webhook", INPUT).error or "")
