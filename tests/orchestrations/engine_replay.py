"""The production SDK's replay engine, and a Durable extension of ours around it.

The SDK's part is real: each episode hands the function that the decorator made the whole
history as JSON, and it replays the orchestrator from its start. Ours plays the extension: it
keeps the history, runs what the SDK's actions ask for, and gives timers a virtual clock.

As the extension does, it takes the actions in order and waits for each before it starts the
next one, whatever the orchestrator itself waits for; actions inside one `task_all` or
`task_any` start together. An orchestrator that answers other actions in a later episode than
before is not deterministic, and fails here.
"""

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.durable_functions.models.actions.ActionType import ActionType
from azure.durable_functions.models.history import HistoryEventType as Kind
from azure.functions.durable_functions import ActivityTriggerConverter
from azure.functions.meta import Datum

from local.bindings import Function
from tests.orchestrations.orchestrator_world import Outcome, World

_START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
_EPISODE = timedelta(milliseconds=10)
_EPISODES = 5000
_OUT_OF_PROCESS = "\n\n$OutOfProcData$:"
_COMPOUND = {ActionType.WHEN_ALL, ActionType.WHEN_ANY}
_WITH_RETRY = {ActionType.CALL_ACTIVITY_WITH_RETRY, ActionType.CALL_SUB_ORCHESTRATOR_WITH_RETRY}
_SUB = {ActionType.CALL_SUB_ORCHESTRATOR, ActionType.CALL_SUB_ORCHESTRATOR_WITH_RETRY}


class NotDeterministic(AssertionError):
    """The orchestrator asked for something else than in an earlier episode."""


@dataclass
class _Operation:
    """Something under way for one action."""

    action: dict[str, Any]
    done: bool = False
    attempts: int = 1


@dataclass
class _Work:
    """An activity or a sub-orchestration that waits to be run."""

    operation: _Operation
    task_id: int


@dataclass
class _Timer:
    operation: _Operation
    timer_id: int
    fire_at: datetime


@dataclass
class _Event:
    """A history event, and what follows in the extension once it is delivered."""

    fields: dict[str, Any]
    then: Callable[[], None] = lambda: None


@dataclass
class _Clock:
    now: datetime = _START


class ReplayEngine:
    """Runs orchestrations on the production SDK; `batched` delivers all that is ready at once,
    the last one first, where otherwise every completion gets an episode of its own."""

    def __init__(self, *, batched: bool) -> None:
        self._batched = batched

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
        instance = _Instance(world, functions, _Clock(), name, instance_id, batched=self._batched)
        instance.answers = dict(on_status or {})
        world.raise_event = instance.raise_event
        return instance.play(json.dumps(payload))


@dataclass
class _Instance:
    world: World
    functions: dict[str, Function]
    clock: _Clock
    name: str
    instance_id: str
    parent_id: str | None = None
    batched: bool = False
    answers: dict[str, tuple[str, Any]] = field(default_factory=dict)
    statuses: list[Any] = field(default_factory=list)

    def play(self, text: str) -> Outcome:
        """Run from the start to the end, through every continue-as-new."""
        self._begin(text)
        for _ in range(_EPISODES):
            state, error = self._episode()
            actions = state["actions"][0] if state["actions"] else []
            self._follow(actions)
            if self._continued is not None:
                self._begin(self._continued)
                continue
            if self._reached == len(actions) and self._group_done():
                if error is not None:
                    text = f"Orchestrator function '{self.name}' failed: {error}"
                    return Outcome(None, text, tuple(self.statuses))
                if state["isDone"]:
                    output = json.loads(json.dumps(state.get("output")))
                    return Outcome(output, None, tuple(self.statuses))
            self._arrive()
        raise AssertionError(f"{self.name} does not end")

    def raise_event(self, name: str, data: Any) -> None:
        """Have an external event arrive next."""
        self._raised.append(self._event(Kind.EVENT_RAISED, Name=name, Input=json.dumps(data)))

    def _begin(self, text: str) -> None:
        self._input = text
        self._history: list[dict[str, Any]] = []
        self._reached = 0
        self._seen: list[Any] = []
        self._group: list[_Operation] = []
        self._group_needs_all = True
        self._work: list[_Work] = []
        self._timers: list[_Timer] = []
        self._waiting: list[_Operation] = []
        self._raised: list[_Event] = []
        self._scheduled: list[dict[str, Any]] = []
        self._operations: list[_Operation] = []
        self._next_id = 0
        self._continued: str | None = None
        started = self._event(Kind.EXECUTION_STARTED, Name=self.name, Input=text, Version="1.0.0")
        self._arriving = [started]

    def _episode(self) -> tuple[dict[str, Any], str | None]:
        """One execution of the function; answers the SDK's state and the orchestrator's error."""
        self.clock.now += _EPISODE
        self._history.append(self._event(Kind.ORCHESTRATOR_STARTED).fields)
        self._history += [event.fields for event in self._arriving]
        context = {
            "history": self._history,
            "input": self._input,
            "instanceId": self.instance_id,
            "parentInstanceId": self.parent_id,
            "isReplaying": len(self._history) > 2,
            "upperSchemaVersion": 1,
            "upperSchemaVersionNew": 2,
            "maximumShortTimerDuration": "6.00:00:00",
            "longRunningTimerIntervalDuration": "3.00:00:00",
        }
        error = None
        try:
            with warnings.catch_warnings():
                # The SDK keeps an event that nobody waits for yet, and warns of it.
                warnings.filterwarnings("ignore", "Potential duplicate Task completion")
                answer = self.functions[self.name].call(json.dumps(context))
        except Exception as raised:
            text, found, answer = str(raised).rpartition(_OUT_OF_PROCESS)
            if not found:
                raise
            error = json.loads(answer).get("error") or text
        state = json.loads(answer)
        status = state.get("customStatus")
        if status is not None and status not in self.statuses[-1:]:
            self.statuses.append(status)
        for event in self._arriving:
            event.then()
        self._arriving = []
        return state, error

    def _follow(self, actions: list[dict[str, Any]]) -> None:
        """Start the actions that come next, as far as their turn has come."""
        asked = [_without_cancel(action) for action in actions]
        if asked[: len(self._seen)] != self._seen:
            raise NotDeterministic(f"{self.name} asked for {asked} after {self._seen}")
        self._seen = asked
        leaves = [leaf for action in actions for leaf in _leaves(action)]
        for operation, leaf in zip(self._operations, leaves, strict=False):
            if leaf.get("isCanceled") and not operation.done:
                operation.done = True
                self._timers = [t for t in self._timers if t.operation is not operation]
        while self._reached < len(actions) and self._group_done():
            action = actions[self._reached]
            self._reached += 1
            self._group = [self._start(leaf) for leaf in _leaves(action)]
            self._group_needs_all = action["actionType"] != ActionType.WHEN_ANY
        self._history += [*self._scheduled, self._event(Kind.ORCHESTRATOR_COMPLETED).fields]
        for event in self._history:
            event["IsPlayed"] = True
        self._scheduled = []

    def _group_done(self) -> bool:
        done = [operation.done for operation in self._group]
        return all(done) if self._group_needs_all or not done else any(done)

    def _start(self, action: dict[str, Any]) -> _Operation:
        operation = _Operation(action)
        self._operations.append(operation)
        kind = action["actionType"]
        if kind == ActionType.CREATE_TIMER:
            fire_at = datetime.fromisoformat(action["fireAt"]).astimezone(UTC)
            operation.done = bool(action["isCanceled"])
            self._set_timer(operation, fire_at)
        elif kind == ActionType.WAIT_FOR_EXTERNAL_EVENT:
            name = action["externalEventName"]
            arrived = [e for e in self._history if e["EventType"] == Kind.EVENT_RAISED]
            operation.done = any(event["Name"] == name for event in arrived)
            self._waiting.append(operation)
        elif kind == ActionType.CONTINUE_AS_NEW:
            operation.done = True
            self._continued = action["input"]
        else:
            self._schedule(operation)
        return operation

    def _schedule(self, operation: _Operation) -> None:
        kind = operation.action["actionType"]
        created = Kind.SUB_ORCHESTRATION_INSTANCE_CREATED if kind in _SUB else Kind.TASK_SCHEDULED
        work = _Work(operation, self._take_id())
        fields = {"Name": operation.action["functionName"], "Input": operation.action["input"]}
        self._scheduled.append(self._event(created, work.task_id, **fields).fields)
        self._work.append(work)

    def _set_timer(self, operation: _Operation, fire_at: datetime) -> None:
        timer = _Timer(operation, self._take_id(), fire_at)
        fields = {"FireAt": _text(fire_at)}
        self._scheduled.append(self._event(Kind.TIMER_CREATED, timer.timer_id, **fields).fields)
        if not operation.done:
            self._timers.append(timer)

    def _arrive(self) -> None:
        """Let the next thing happen: an event, an activity, an answer to a status, or a timer."""
        status = self.statuses[-1] if self.statuses else None
        ready = [work for work in self._work if self._can_run(work)]
        if self._raised:
            arriving = [self._raised.pop(0)]
        elif ready:
            chosen = ready if self.batched else ready[:1]
            self._work = [work for work in self._work if work not in chosen]
            arriving = [self._run(work) for work in chosen][::-1]
        elif isinstance(status, str) and status in self.answers:
            self.raise_event(*self.answers.pop(status))
            arriving = [self._raised.pop(0)]
        elif self._timers:
            timer = min(self._timers, key=lambda timer: timer.fire_at)
            self._timers.remove(timer)
            self.clock.now = max(self.clock.now, timer.fire_at)
            fields = {"TimerId": timer.timer_id, "FireAt": _text(timer.fire_at)}
            arriving = [
                self._event(Kind.TIMER_FIRED, then=lambda: self._fired(timer.operation), **fields)
            ]
        else:
            raise AssertionError(f"{self.name} waits for something that nobody does")
        for event in arriving:
            if event.fields["EventType"] == Kind.EVENT_RAISED:
                for operation in self._waiting:
                    if operation.action["externalEventName"] == event.fields["Name"]:
                        operation.done = True
        self._arriving = arriving

    def _fired(self, operation: _Operation) -> None:
        """A timer of the orchestrator's, or the pause between two attempts of the extension's."""
        retry = operation.action.get("retryOptions")
        if retry is None or operation.attempts >= retry["maxNumberOfAttempts"]:
            operation.done = True
        else:
            operation.attempts += 1
            self._schedule(operation)

    def _failed(self, operation: _Operation) -> None:
        if operation.action["actionType"] in _WITH_RETRY:
            pause = operation.action["retryOptions"]["firstRetryIntervalInMilliseconds"]
            self._set_timer(operation, self.clock.now + timedelta(milliseconds=pause))
        else:
            operation.done = True

    def _can_run(self, work: _Work) -> bool:
        return self.world.can_end(work.operation.action["functionName"])

    def _run(self, work: _Work) -> _Event:
        action = work.operation.action
        if action["actionType"] in _SUB:
            return self._run_child(work)
        function = self.functions[action["functionName"]]
        data = Datum(action["input"], "string")
        payload = ActivityTriggerConverter.decode(data, trigger_metadata={})
        try:
            result = function.call(**{function.argument: payload})
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
            return self._failure(Kind.TASK_FAILED, work, "Activity", words)
        answer = ActivityTriggerConverter.encode(result, expected_type=None).value
        return self._success(Kind.TASK_COMPLETED, work, answer)

    def _run_child(self, work: _Work) -> _Event:
        action = work.operation.action
        child = _Instance(
            self.world,
            self.functions,
            self.clock,
            action["functionName"],
            action["instanceId"] or f"{self.instance_id}:{work.task_id:04x}",
            self.instance_id,
            self.batched,
        )
        outcome = child.play(action["input"])
        if outcome.error is not None:
            kind = Kind.SUB_ORCHESTRATION_INSTANCE_FAILED
            return self._failure(kind, work, "Orchestrator", outcome.error)
        kind = Kind.SUB_ORCHESTRATION_INSTANCE_COMPLETED
        return self._success(kind, work, json.dumps(outcome.output))

    def _success(self, kind: Kind, work: _Work, answer: str) -> _Event:
        def then() -> None:
            work.operation.done = True

        return self._event(kind, then=then, TaskScheduledId=work.task_id, Result=answer)

    def _failure(self, kind: Kind, work: _Work, what: str, words: str) -> _Event:
        return self._event(
            kind,
            then=lambda: self._failed(work.operation),
            TaskScheduledId=work.task_id,
            Reason=failure_reason(what, work.operation.action["functionName"], words),
            Details=failure_details(words),
        )

    def _event(
        self, kind: Kind, event_id: int = -1, then: Callable[[], None] = lambda: None, **more: Any
    ) -> _Event:
        fields = {
            "EventType": int(kind),
            "EventId": event_id,
            "IsPlayed": False,
            "Timestamp": _text(self.clock.now),
        }
        return _Event(fields | more, then)

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1


def failure_reason(what: str, name: str, words: str) -> str:
    """A failure's reason in the extension's words."""
    return words if what == "Orchestrator" else f"{what} function '{name}' failed: {words}"


def failure_details(words: str) -> str:
    """A failure's details: the extension's JSON of a .NET exception."""
    return json.dumps(
        {
            "$type": "System.Exception, System.Private.CoreLib",
            "ClassName": "System.Exception",
            "Message": words,
            "InnerException": {
                "$type": "Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException",
                "Message": f'Result: Failure\nException: {words}\nStack:   File "worker.py"',
            },
            "HResult": -2146233088,
        }
    )


def _leaves(action: dict[str, Any]) -> list[dict[str, Any]]:
    if action["actionType"] in _COMPOUND:
        return [leaf for part in action["compoundActions"] for leaf in _leaves(part)]
    return [action]


def _without_cancel(action: dict[str, Any]) -> Any:
    if action["actionType"] in _COMPOUND:
        return [action["actionType"], *map(_without_cancel, action["compoundActions"])]
    return {key: value for key, value in action.items() if key != "isCanceled"}


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
