"""The SDK's testing helper around the real context and the real tasks.

The helper runs a generator once, without replay: what needs replay can't be said with it.
"""

import json
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import Any

from azure.durable_functions.models import DurableOrchestrationContext
from azure.durable_functions.models.actions.CallActivityAction import CallActivityAction
from azure.durable_functions.models.actions.ContinueAsNewAction import ContinueAsNewAction
from azure.durable_functions.models.actions.CreateTimerAction import CreateTimerAction
from azure.durable_functions.models.actions.WaitForExternalEventAction import (
    WaitForExternalEventAction,
)
from azure.durable_functions.models.history import HistoryEventType as Kind
from azure.durable_functions.models.Task import CompoundTask, TaskBase, TaskState
from azure.durable_functions.testing import orchestrator_generator_wrapper

from local.bindings import Function
from tests.orchestrations.engine_replay import failure_details, failure_reason
from tests.orchestrations.orchestrator_world import Outcome, World


class TestingEngine:
    """Runs orchestrations through `orchestrator_generator_wrapper`."""

    __test__ = False

    def run(
        self,
        world: World,
        name: str,
        payload: Any = None,
        *,
        instance_id: str = "run-1",
        on_status: Mapping[str, tuple[str, Any]] | None = None,
    ) -> Outcome:
        """Run to the end; `on_status` names the event to raise when a custom status is seen."""
        functions = {f.name: f for f in world.functions}
        text = json.dumps(payload)
        while True:
            run = _Run(world, functions, name, text, instance_id, None, dict(on_status or {}))
            world.raise_event = run.raise_event
            outcome = run.play()
            following = run.continued
            if following is None:
                return outcome
            text = following


class _Raising:
    """A task whose `result` raises what it failed with, as the helper expects."""

    def __init__(self, task: TaskBase) -> None:
        self.task = task

    @property
    def result(self) -> Any:
        if self.task.state is TaskState.FAILED:
            raise self.task.result
        return self.task.result


class _Run:
    def __init__(
        self,
        world: World,
        functions: dict[str, Function],
        name: str,
        text: str,
        instance_id: str,
        parent_id: str | None,
        answers: dict[str, tuple[str, Any]],
    ) -> None:
        self._world = world
        self._functions = functions
        self._name = name
        self._instance_id = instance_id
        self._answers = answers
        self._raised: list[tuple[str, Any]] = []
        self._statuses: list[Any] = []
        self._context = DurableOrchestrationContext.from_json(
            _first_context(name, text, instance_id, parent_id)
        )

    @property
    def continued(self) -> str | None:
        """The input of the next run, after a continue-as-new."""
        asked = [a for a in self._context._actions[0] if isinstance(a, ContinueAsNewAction)]
        return asked[0].input_ if asked else None

    def raise_event(self, name: str, data: Any) -> None:
        """Have an external event arrive."""
        self._raised.append((name, json.loads(json.dumps(data))))

    def play(self) -> Outcome:
        """Run the generator to its end."""
        orchestrator = self._functions[self._name].call.orchestrator_function  # type: ignore[attr-defined]
        output = None
        try:
            for step in orchestrator_generator_wrapper(_raising(orchestrator(self._context))):
                self._note_status()
                if not isinstance(step, _Raising):
                    output = json.loads(json.dumps(step))
                elif self._context.will_continue_as_new:
                    break
                else:
                    self._complete(step.task)
        except Exception as error:
            text = f"Orchestrator function '{self._name}' failed: {error}"
            return Outcome(None, text, tuple(self._statuses))
        return Outcome(output, None, tuple(self._statuses))

    def _note_status(self) -> None:
        status = self._context.custom_status
        if status is not None and status not in self._statuses[-1:]:
            self._statuses.append(json.loads(json.dumps(status)))

    def _complete(self, task: TaskBase) -> None:
        while not task.is_completed:
            leaves = [leaf for leaf in _leaves(task) if not leaf.is_completed]
            if not any((self._run_one(leaves), self._answer(leaves), self._fire(leaves))):
                raise AssertionError(f"{self._name} waits for something that nobody does")

    def _run_one(self, leaves: list[TaskBase]) -> bool:
        for leaf in leaves:
            name = getattr(leaf.action_repr, "function_name", None)
            if name is None or not self._world.can_end(name):
                continue
            run = self._call if isinstance(leaf.action_repr, CallActivityAction) else self._child
            is_error, value = run(leaf.action_repr)
            leaf.set_value(is_error, value)
            return True
        return False

    def _call(self, action: Any) -> tuple[bool, Any]:
        function = self._functions[action.function_name]
        try:
            result = function.call(**{function.argument: json.loads(action.input_)})
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
            return True, _failure("Activity", action.function_name, words)
        return False, json.loads(json.dumps(result))

    def _child(self, action: Any) -> tuple[bool, Any]:
        child_id = action.instance_id or f"{self._instance_id}:child"
        child = _Run(
            *(self._world, self._functions, action.function_name, action._input),
            *(child_id, self._instance_id, {}),
        )
        outcome = child.play()
        if outcome.error is not None:
            return True, _failure("Orchestrator", action.function_name, outcome.error)
        return False, outcome.output

    def _answer(self, leaves: list[TaskBase]) -> bool:
        status = self._context.custom_status
        if isinstance(status, str) and status in self._answers:
            self.raise_event(*self._answers.pop(status))
        for leaf in leaves:
            if isinstance(leaf.action_repr, WaitForExternalEventAction):
                wanted = leaf.action_repr.external_event_name
                for raised in self._raised:
                    if raised[0] == wanted:
                        self._raised.remove(raised)
                        leaf.set_value(False, raised[1])
                        return True
        return False

    def _fire(self, leaves: list[TaskBase]) -> bool:
        if any(leaf.is_completed for leaf in leaves):
            return False
        timers = [leaf for leaf in leaves if isinstance(leaf.action_repr, CreateTimerAction)]
        if not timers:
            return False
        first = min(timers, key=lambda timer: timer.action_repr.fire_at)
        self._context.current_utc_datetime = first.action_repr.fire_at
        first.set_value(False, None)
        return True


def _raising(generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    task = next(generator)
    while True:
        try:
            outcome = yield _Raising(task)
        except Exception as error:
            try:
                task = generator.throw(error)
            except StopIteration as stop:
                return stop.value
        else:
            try:
                task = generator.send(outcome)
            except StopIteration as stop:
                return stop.value


def _leaves(task: TaskBase) -> list[TaskBase]:
    if isinstance(task, CompoundTask):
        return [leaf for child in task.children for leaf in _leaves(child)]
    return [task]


def _failure(what: str, name: str, words: str) -> Exception:
    return Exception(f"{failure_reason(what, name, words)} \n {failure_details(words)}")


def _first_context(name: str, text: str, instance_id: str, parent_id: str | None) -> str:
    now = datetime(2026, 3, 1, 8, tzinfo=UTC).isoformat()
    common = {"EventId": -1, "IsPlayed": False, "Timestamp": now}
    return json.dumps(
        {
            "history": [
                {"EventType": int(Kind.ORCHESTRATOR_STARTED), **common},
                {
                    "EventType": int(Kind.EXECUTION_STARTED),
                    "Name": name,
                    "Version": "1.0.0",
                    **common,
                },
            ],
            "input": text,
            "instanceId": instance_id,
            "parentInstanceId": parent_id,
            "isReplaying": False,
            "upperSchemaVersion": 1,
        }
    )
