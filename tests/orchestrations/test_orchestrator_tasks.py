"""Tasks: what an orchestrator may yield, and what it gets back, the same on every engine."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import pytest

from tests.orchestrations.orchestrator_world import Engine, World

Context = df.DurableOrchestrationContext


def double(number: int) -> int:
    return 2 * number


def echo(payload: Any) -> Any:
    return payload


def refuse(text: str) -> None:
    raise ValueError(f"refused: {text}")


@pytest.fixture
def gate(world: World) -> threading.Event:
    """A closed gate; the activity `open_gate` opens it."""
    gate = threading.Event()

    def open_gate(_: Any) -> None:
        gate.set()

    world.activity(open_gate)
    return gate


def test_an_activity_gets_its_input_and_answers_its_result(engine: Engine, world: World) -> None:
    world.activity(double)

    @world.orchestrator
    def once(context: Context) -> Any:
        return (yield context.call_activity("double", context.get_input()))

    assert engine.run(world, "once", 21).value == 42
    assert world.named("double") == [21]


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1.5, "", "ü – {}", [], {}, [1, [2, None]], {"a": {"b": [1.0, "x"]}}],
    ids=repr,
)
def test_every_json_value_survives_the_way_to_an_activity_and_back(
    engine: Engine, world: World, value: Any
) -> None:
    world.activity(echo)

    @world.orchestrator
    def carry(context: Context) -> Any:
        return {"back": (yield context.call_activity("echo", context.get_input()))}

    assert engine.run(world, "carry", value).value == {"back": value}
    assert world.named("echo") == [value]


def test_tuples_and_integer_keys_come_back_as_json_has_them(engine: Engine, world: World) -> None:
    @world.orchestrator
    def flatten(context: Context) -> Any:
        return (yield context.call_activity("as_python", None))

    world.activity(lambda _: {1: (2, 3)}, "as_python")
    assert engine.run(world, "flatten").value == {"1": [2, 3]}


def test_a_task_that_is_never_yielded_is_never_run(engine: Engine, world: World) -> None:
    world.activity(double)
    world.activity(echo)

    @world.orchestrator
    def forget(context: Context) -> Any:
        context.call_activity("double", 1)
        return (yield context.call_activity("echo", "yielded"))

    assert engine.run(world, "forget").value == "yielded"
    assert world.named("double") == []


def test_tasks_run_in_the_order_in_which_they_are_yielded(engine: Engine, world: World) -> None:
    world.activity(echo)

    @world.orchestrator
    def reorder(context: Context) -> Any:
        created_first = context.call_activity("echo", 1)
        created_second = context.call_activity("echo", 2)
        second = yield created_second
        return [second, (yield created_first)]

    assert engine.run(world, "reorder").value == [2, 1]
    assert world.named("echo") == [2, 1]


@pytest.mark.beyond(testing="the helper completes what is yielded, and has no second completion")
def test_a_task_that_is_yielded_again_answers_the_same_without_running_again(
    engine: Engine, world: World
) -> None:
    world.activity(double)

    @world.orchestrator
    def again(context: Context) -> Any:
        task = context.call_activity("double", 4)
        first = yield task
        return [first, (yield task), task.is_completed, task.result]

    assert engine.run(world, "again").value == [8, 8, True, 8]
    assert world.named("double") == [4]


def test_task_all_answers_results_in_the_order_of_its_tasks(
    engine: Engine, world: World, gate: threading.Event
) -> None:
    world.activity(echo, "late", gate=gate)
    world.activity(echo)

    @world.orchestrator
    def fan_out(context: Context) -> Any:
        tasks = [
            context.call_activity("late", "a"),
            context.call_activity("echo", "b"),
            context.call_activity("open_gate", None),
            context.call_activity("echo", "d"),
        ]
        return (yield context.task_all(tasks))

    assert engine.run(world, "fan_out").value == ["a", "b", None, "d"]


def test_task_all_of_nothing_goes_on_at_once(engine: Engine, world: World) -> None:
    world.activity(echo)

    @world.orchestrator
    def nothing(context: Context) -> Any:
        yield context.call_activity("echo", 0)
        return {"nothing": (yield context.task_all([]))}

    assert engine.run(world, "nothing").value == {"nothing": None}


def test_an_orchestrator_may_begin_with_task_all_of_nothing(engine: Engine, world: World) -> None:
    @world.orchestrator
    def nothing(context: Context) -> Any:
        return {"nothing": (yield context.task_all([]))}

    assert engine.run(world, "nothing").value == {"nothing": None}


def test_task_all_fails_with_its_first_failure_while_others_still_run(
    engine: Engine, world: World, gate: threading.Event
) -> None:
    world.activity(echo, "late", gate=gate)
    world.activity(refuse)

    @world.orchestrator
    def fan_out(context: Context) -> Any:
        late = context.call_activity("late", "a")
        try:
            yield context.task_all([late, context.call_activity("refuse", "b")])
        except Exception as error:
            done = late.is_completed
            gate.set()
            return [done, "refused: b" in str(error)]

    assert engine.run(world, "fan_out").value == [False, True]


def test_task_all_throws_a_failure_of_one_of_its_tasks(engine: Engine, world: World) -> None:
    world.activity(echo)
    world.activity(refuse)

    @world.orchestrator
    def fan_out(context: Context) -> Any:
        tasks = [context.call_activity("echo", 1), context.call_activity("refuse", "b")]
        try:
            yield context.task_all(tasks)
        except Exception as error:
            return str(error)

    assert "refused: b" in engine.run(world, "fan_out").value


def test_task_any_answers_the_task_that_completed_first(
    engine: Engine, world: World, gate: threading.Event
) -> None:
    world.activity(echo, "late", gate=gate)
    world.activity(echo)

    @world.orchestrator
    def race(context: Context) -> Any:
        late = context.call_activity("late", "late")
        early = context.call_activity("echo", "early")
        winner = yield context.task_any([late, early])
        before = [winner is early, winner.result, late.is_completed, late.result]
        yield context.call_activity("open_gate", None)
        return before

    assert engine.run(world, "race").value == [True, "early", False, None]


def test_a_loser_of_task_any_can_win_a_later_one(
    engine: Engine, world: World, gate: threading.Event
) -> None:
    world.activity(echo, "late", gate=gate)
    world.activity(echo)

    @world.orchestrator
    def race(context: Context) -> Any:
        waiting = {
            "late": context.call_activity("late", "late"),
            "early": context.call_activity("echo", "early"),
        }
        order = []
        while waiting:
            winner = yield context.task_any(list(waiting.values()))
            name = next(name for name, task in waiting.items() if task is winner)
            order.append([name, waiting.pop(name).result])
            if name == "early":
                waiting["open"] = context.call_activity("open_gate", None)
        return order

    order = engine.run(world, "race").value
    assert order[0] == ["early", "early"]
    assert sorted(name for name, _ in order[1:]) == ["late", "open"]
    assert ["late", "late"] in order


def test_a_winner_of_task_any_that_failed_carries_its_exception(
    engine: Engine, world: World
) -> None:
    world.activity(refuse)

    @world.orchestrator
    def race(context: Context) -> Any:
        winner = yield context.task_any([context.call_activity("refuse", "x")])
        return [isinstance(winner.result, Exception), str(winner.result)]

    failed, text = engine.run(world, "race").value
    assert failed
    assert "refused: x" in text


def test_a_sub_orchestration_gets_its_input_and_answers_its_output(
    engine: Engine, world: World
) -> None:
    world.activity(double)

    @world.orchestrator
    def child(context: Context) -> Any:
        return {"doubled": (yield context.call_activity("double", context.get_input()["n"]))}

    @world.orchestrator
    def parent(context: Context) -> Any:
        return (yield context.call_sub_orchestrator("child", {"n": context.get_input()}))

    assert engine.run(world, "parent", 5).value == {"doubled": 10}


def test_a_sub_orchestration_has_the_id_that_it_was_given(engine: Engine, world: World) -> None:
    family(world)
    assert engine.run(world, "parent", instance_id="origin").value[0] == "origin-child"


@pytest.mark.beyond(local="durabletask's in-memory backend does not tell a child its parent")
def test_a_sub_orchestration_knows_its_parent(engine: Engine, world: World) -> None:
    family(world)
    assert engine.run(world, "parent", instance_id="origin").value[1] == "origin"


def family(world: World) -> None:
    world.activity(echo)

    @world.orchestrator
    def child(context: Context) -> Any:
        yield context.call_activity("echo", None)
        return [context.instance_id, context.parent_instance_id]

    @world.orchestrator
    def parent(context: Context) -> Any:
        own = context.instance_id
        return (yield context.call_sub_orchestrator("child", instance_id=f"{own}-child"))


def test_sub_orchestrations_run_side_by_side(engine: Engine, world: World) -> None:
    world.activity(double)

    @world.orchestrator
    def child(context: Context) -> Any:
        return (yield context.call_activity("double", context.get_input()))

    @world.orchestrator
    def parent(context: Context) -> Any:
        children = [context.call_sub_orchestrator("child", number) for number in range(3)]
        return (yield context.task_all(children))

    assert engine.run(world, "parent").value == [0, 2, 4]


@pytest.mark.beyond(testing="retries live in the extension, which the helper does without")
def test_call_activity_with_retry_answers_the_first_success(engine: Engine, world: World) -> None:
    failing_times(world, 2)

    @world.orchestrator
    def retry(context: Context) -> Any:
        options = df.RetryOptions(10, 5)
        return (yield context.call_activity_with_retry("flaky", options, "in"))

    assert engine.run(world, "retry").value == "attempt 3"
    assert world.named("flaky") == ["in", "in", "in"]


@pytest.mark.beyond(testing="retries live in the extension, which the helper does without")
def test_call_activity_with_retry_gives_up_after_its_attempts(engine: Engine, world: World) -> None:
    failing_times(world, 9)

    @world.orchestrator
    def retry(context: Context) -> Any:
        try:
            yield context.call_activity_with_retry("flaky", df.RetryOptions(10, 3), "in")
        except Exception as error:
            return str(error)

    assert "attempt 3 failed" in engine.run(world, "retry").value
    assert len(world.named("flaky")) == 3


def failing_times(world: World, times: int) -> None:
    attempts: list[int] = []

    def flaky(_: Any) -> str:
        attempts.append(1)
        if len(attempts) <= times:
            raise OSError(f"attempt {len(attempts)} failed")
        return f"attempt {len(attempts)}"

    world.activity(flaky)


def test_a_timer_completes_no_earlier_than_asked(engine: Engine, world: World) -> None:
    @world.orchestrator
    def sleep(context: Context) -> Any:
        due = context.current_utc_datetime + timedelta(milliseconds=150)
        answer = yield context.create_timer(due)
        return [answer, context.current_utc_datetime >= due]

    assert engine.run(world, "sleep").value == [None, True]


def test_the_earlier_of_two_timers_wins(engine: Engine, world: World) -> None:
    @world.orchestrator
    def race(context: Context) -> Any:
        now = context.current_utc_datetime
        late = context.create_timer(now + timedelta(seconds=1))
        early = context.create_timer(now + timedelta(milliseconds=50))
        winner = yield context.task_any([late, early])
        late.cancel()
        return winner is early

    assert engine.run(world, "race").value is True


def test_a_cancelled_timer_does_not_hold_the_orchestration_back(
    engine: Engine, world: World
) -> None:
    world.activity(echo)

    @world.orchestrator
    def race(context: Context) -> Any:
        timer = context.create_timer(context.current_utc_datetime + timedelta(days=1))
        work = context.call_activity("echo", "done")
        winner = yield context.task_any([timer, work])
        timer.cancel()
        return [winner.result, timer.is_cancelled, (yield context.call_activity("echo", "more"))]

    assert engine.run(world, "race").value == ["done", True, "more"]


def test_a_timer_that_fired_can_not_be_cancelled(engine: Engine, world: World) -> None:
    @world.orchestrator
    def late(context: Context) -> Any:
        timer = context.create_timer(context.current_utc_datetime + timedelta(milliseconds=20))
        yield timer
        try:
            timer.cancel()
        except ValueError as error:
            return str(error)

    assert engine.run(world, "late").value == "Cannot cancel a completed task."


@pytest.mark.beyond(
    testing="long timers are split by the replay engine",
    local="ten days do not pass in a test; only the production engine has a virtual clock",
)
def test_a_timer_of_ten_days_is_split_as_azure_storage_needs_it(
    engine: Engine, world: World
) -> None:
    @world.orchestrator
    def patience(context: Context) -> Any:
        due = context.current_utc_datetime + timedelta(days=10)
        yield context.create_timer(due)
        return context.current_utc_datetime >= due

    assert engine.run(world, "patience").value is True


def waits(world: World, *, before: Callable[[Context], Any] | None = None) -> None:
    """An orchestrator that waits for the event `go`, perhaps after something else."""

    @world.orchestrator
    def listen(context: Context) -> Any:
        if before is not None:
            yield before(context)
        context.set_custom_status("waiting")
        return (yield context.wait_for_external_event("go"))


def test_an_event_reaches_an_orchestration_that_waits_for_it(engine: Engine, world: World) -> None:
    waits(world)
    outcome = engine.run(world, "listen", on_status={"waiting": ("go", {"by": "hand", "n": [1]})})
    assert outcome.value == {"by": "hand", "n": [1]}


def test_an_event_that_comes_before_anybody_waits_is_kept(engine: Engine, world: World) -> None:
    world.activity(lambda _: world.raise_event("go", "early"), "ring")
    waits(world, before=lambda context: context.call_activity("ring", None))
    assert engine.run(world, "listen").value == "early"


def test_an_event_of_another_name_is_not_taken(engine: Engine, world: World) -> None:
    world.activity(lambda _: world.raise_event("other", "wrong"), "ring")
    waits(world, before=lambda context: context.call_activity("ring", None))
    outcome = engine.run(world, "listen", on_status={"waiting": ("go", "right")})
    assert outcome.value == "right"


def test_an_event_wins_against_a_timer(engine: Engine, world: World) -> None:
    @world.orchestrator
    def patience(context: Context) -> Any:
        event = context.wait_for_external_event("go")
        timer = context.create_timer(context.current_utc_datetime + timedelta(seconds=30))
        context.set_custom_status("waiting")
        winner = yield context.task_any([event, timer])
        timer.cancel()
        return [winner is event, event.result]

    outcome = engine.run(world, "patience", on_status={"waiting": ("go", 7)})
    assert outcome.value == [True, 7]
