"""The context: statuses, time, ids, replay and a new beginning, the same on every engine."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import azure.durable_functions as df
import pytest

from tests.orchestrations.orchestrator_world import Engine, World

Context = df.DurableOrchestrationContext
ONE_PASS = "the helper runs an orchestrator once and never replays it"


@pytest.fixture(autouse=True)
def _echo(world: World) -> None:
    world.activity(lambda payload: payload, "echo")


def test_the_custom_status_is_what_was_set_last(engine: Engine, world: World) -> None:
    @world.orchestrator
    def report(context: Context) -> Any:
        context.set_custom_status({"at": "start"})
        yield context.call_activity("echo", 1)
        context.set_custom_status({"at": "end", "share": 1.0})

    assert engine.run(world, "report").custom_status == {"at": "end", "share": 1.0}


def test_a_custom_status_can_be_seen_while_the_orchestration_waits(
    engine: Engine, world: World
) -> None:
    @world.orchestrator
    def report(context: Context) -> Any:
        context.set_custom_status("first")
        yield context.wait_for_external_event("go")
        context.set_custom_status("second")
        return context.custom_status

    outcome = engine.run(world, "report", on_status={"first": ("go", None)})
    assert (outcome.statuses, outcome.value) == (("first", "second"), "second")


def test_an_orchestrator_knows_the_id_it_was_started_with(engine: Engine, world: World) -> None:
    @world.orchestrator
    def who(context: Context) -> Any:
        yield context.call_activity("echo", 1)
        return [context.instance_id, context.parent_instance_id]

    assert engine.run(world, "who", instance_id="demo-42").value == ["demo-42", None]


def test_an_orchestrator_without_input_gets_none(engine: Engine, world: World) -> None:
    @world.orchestrator
    def ask(context: Context) -> Any:
        yield context.call_activity("echo", 1)
        return {"input": context.get_input()}

    assert engine.run(world, "ask", None).value == {"input": None}


@pytest.mark.beyond(testing="the helper takes what a generator yields first, and so needs one")
def test_an_orchestrator_that_yields_nothing_completes(engine: Engine, world: World) -> None:
    @world.orchestrator
    def brief(context: Context) -> Any:
        if context.get_input() == "wait":
            yield context.call_activity("echo", 1)
        return "at once"

    assert engine.run(world, "brief", "now").value == "at once"


@pytest.mark.beyond(testing="the helper takes generators only")
def test_an_orchestrator_that_is_no_generator_completes(engine: Engine, world: World) -> None:
    @world.orchestrator
    def plain(context: Context) -> Any:
        return {"got": context.get_input()}

    assert engine.run(world, "plain", [1]).value == {"got": [1]}


def test_time_is_in_utc_and_never_goes_back(engine: Engine, world: World) -> None:
    @world.orchestrator
    def watch(context: Context) -> Any:
        seen = [context.current_utc_datetime]
        for number in range(3):
            yield context.call_activity("echo", number)
            seen.append(context.current_utc_datetime)
        yield context.create_timer(seen[-1] + timedelta(milliseconds=30))
        seen.append(context.current_utc_datetime)
        return [[moment.isoformat(), moment.utcoffset() == timedelta(0)] for moment in seen]

    seen = engine.run(world, "watch").value
    moments = [datetime.fromisoformat(text) for text, _ in seen]
    assert all(is_utc for _, is_utc in seen)
    assert moments == sorted(moments)
    assert moments[-1] - moments[-2] >= timedelta(milliseconds=30)


@pytest.mark.beyond(testing=ONE_PASS)
def test_time_and_ids_are_the_same_in_every_replay(engine: Engine, world: World) -> None:
    seen: dict[int, set[str]] = {}

    @world.orchestrator
    def watch(context: Context) -> Any:
        for step in range(4):
            mark = f"{context.current_utc_datetime.isoformat()} {context.new_guid()}"
            seen.setdefault(step, set()).add(mark)
            passes[step] = passes.get(step, 0) + 1
            yield context.call_activity("echo", step)

    passes: dict[int, int] = {}
    engine.run(world, "watch")
    assert [len(marks) for marks in seen.values()] == [1, 1, 1, 1]
    assert passes[0] > 1


def test_new_ids_differ_from_each_other_and_between_instances(engine: Engine, world: World) -> None:
    @world.orchestrator
    def mint(context: Context) -> Any:
        ids = [str(context.new_guid()) for _ in range(3)]
        yield context.call_activity("echo", 1)
        return [*ids, str(context.new_guid())]

    first = engine.run(world, "mint", instance_id="one").value
    second = engine.run(world, "mint", instance_id="two").value
    assert len(set(first) | set(second)) == 8
    assert all(UUID(text).int for text in first)


@pytest.mark.beyond(testing=ONE_PASS)
def test_code_after_the_last_answer_is_not_replaying_and_code_before_it_is(
    engine: Engine, world: World
) -> None:
    fresh: list[int] = []

    @world.orchestrator
    def log(context: Context) -> Any:
        for step in range(3):
            if not context.is_replaying:
                fresh.append(step)
            yield context.call_activity("echo", step)
        if not context.is_replaying:
            fresh.append(3)

    engine.run(world, "log")
    assert fresh == [0, 1, 2, 3]


def test_continue_as_new_begins_again_with_the_new_input(engine: Engine, world: World) -> None:
    @world.orchestrator
    def count(context: Context) -> Any:
        number = context.get_input()
        yield context.call_activity("echo", number)
        if number < 3:
            context.continue_as_new(number + 1)
            return None
        return f"counted to {number}"

    assert engine.run(world, "count", 1).value == "counted to 3"
    assert world.named("echo") == [1, 2, 3]


def test_nothing_is_done_after_continue_as_new(engine: Engine, world: World) -> None:
    world.activity(lambda payload: payload, "after")

    @world.orchestrator
    def leave(context: Context) -> Any:
        if context.get_input() == "again":
            return (yield context.call_activity("echo", "second life"))
        yield context.call_activity("echo", "first life")
        context.continue_as_new("again")
        yield context.call_activity("after", "never")

    assert engine.run(world, "leave", "first").value == "second life"
    assert world.named("after") == []


def test_an_output_is_json_whatever_the_orchestrator_returned(engine: Engine, world: World) -> None:
    @world.orchestrator
    def pack(context: Context) -> Any:
        yield context.call_activity("echo", 1)
        return {"pair": (1, 2), 3: None, "when": datetime(2026, 1, 1, tzinfo=UTC).isoformat()}

    expected = {"pair": [1, 2], "3": None, "when": "2026-01-01T00:00:00+00:00"}
    assert engine.run(world, "pack").value == expected
