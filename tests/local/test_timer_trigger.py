"""Timer triggers."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest

from local.bindings import Function, read_functions
from local.invocation import Invoker
from local.timer_trigger import run_timer, schedule_of
from tests.local.serving import until_true


@pytest.fixture
def invoker() -> Iterator[Invoker]:
    invoker = Invoker("http://127.0.0.1:9", 4)
    yield invoker
    invoker.close()


def function(schedule: str, call: Callable[..., Any] | None = None) -> Function:
    app = df.DFApp()

    def tick(timer: func.TimerRequest) -> None:
        if call is not None:
            call(timer)

    app.timer_trigger(arg_name="timer", schedule=schedule)(tick)
    return read_functions(app)[0]


async def running(
    schedule: str, call: Callable[..., Any], invoker: Invoker, enough: Callable[[], bool]
) -> None:
    """Run a timer until it was enough."""
    task = asyncio.create_task(run_timer(function(schedule, call), invoker))
    await until_true(enough)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("schedule", ["0 */5 * * * *", "*/15 * * * * *", "30 0 3 * * 1-5"])
def test_a_schedule_of_six_fields_is_taken_as_written(schedule: str) -> None:
    assert schedule_of(function(schedule)) == schedule


def test_a_setting_in_a_schedule_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICK_SCHEDULE", "*/2 * * * * *")
    assert schedule_of(function("%TICK_SCHEDULE%")) == "*/2 * * * * *"


def test_a_missing_setting_is_named_with_its_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TICK_SCHEDULE", raising=False)
    with pytest.raises(ValueError, match=r"'tick'.*%TICK_SCHEDULE%"):
        schedule_of(function("%TICK_SCHEDULE%"))


@pytest.mark.parametrize("schedule", ["*/5 * * * *", "0 0 25 * * *", "often", "* * * * * * *"])
def test_a_schedule_that_azure_would_not_take_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match="'tick' has no valid schedule"):
        schedule_of(function(schedule))


def test_a_timer_fires_at_the_start_as_past_due(runner: asyncio.Runner, invoker: Invoker) -> None:
    fired: list[bool] = []
    once_a_year = "0 0 0 1 1 *"
    note = lambda timer: fired.append(timer.past_due)  # noqa: E731
    runner.run(running(once_a_year, note, invoker, lambda: len(fired) >= 1))
    assert fired == [True]


def test_a_timer_fires_at_its_times_as_on_time(runner: asyncio.Runner, invoker: Invoker) -> None:
    fired: list[tuple[bool, float]] = []

    def note(timer: func.TimerRequest) -> None:
        fired.append((timer.past_due, time.time()))

    runner.run(running("* * * * * *", note, invoker, lambda: len(fired) >= 3))
    (_, _), (second_late, second), (third_late, third) = fired[:3]
    assert (second_late, third_late) == (False, False)
    assert int(third) > int(second)


def test_a_timer_never_fires_while_it_still_runs(runner: asyncio.Runner, invoker: Invoker) -> None:
    running_now: list[int] = []
    most: list[int] = []

    def slow(timer: func.TimerRequest) -> None:
        running_now.append(1)
        most.append(len(running_now))
        time.sleep(0 if timer.past_due else 1.2)
        running_now.pop()

    runner.run(running("* * * * * *", slow, invoker, lambda: len(most) >= 3))
    assert max(most) == 1


def test_a_timer_that_failed_fires_again(runner: asyncio.Runner, invoker: Invoker) -> None:
    fired: list[int] = []

    def fail(_: func.TimerRequest) -> None:
        fired.append(1)
        raise OSError("no disk")

    runner.run(running("* * * * * *", fail, invoker, lambda: len(fired) >= 2))
