"""A small function app for a test: real registrations, plain Python activities."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import azure.durable_functions as df

from local.bindings import Function, read_functions

Activity = Callable[[Any], Any]
GATE_LIMIT_S = 20.0


@dataclass(frozen=True)
class Call:
    """An activity's execution: its name and its decoded input."""

    name: str
    payload: Any


@dataclass(frozen=True)
class Outcome:
    """How an orchestration ended, and the custom statuses that were seen on the way."""

    output: Any
    error: str | None
    statuses: tuple[Any, ...]

    @property
    def custom_status(self) -> Any:
        """The last custom status, or None."""
        return self.statuses[-1] if self.statuses else None

    @property
    def value(self) -> Any:
        """The output of an orchestration that must not have failed."""
        assert self.error is None, self.error
        return self.output


class Engine(Protocol):
    """What the tests need of an engine."""

    def run(self, world: "World", name: str, payload: Any = None, **options: Any) -> Outcome:
        """Run an orchestration to its end."""


@dataclass
class World:
    """An app under construction, and the record of what its activities were asked.

    An activity with a gate ends only once the gate is open, on every engine; so a test decides
    the order in which activities complete. Its first `free` calls pass the closed gate.
    """

    app: df.DFApp = field(default_factory=df.DFApp)
    calls: list[Call] = field(default_factory=list)
    largest_payload: int = 0
    raise_event: Callable[[str, Any], None] = lambda name, data: None
    _gates: dict[str, tuple[threading.Event | None, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def orchestrator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Register an orchestrator under its function's name."""
        self.app.orchestration_trigger(context_name="context")(function)
        return function

    def activity(
        self,
        function: Activity,
        name: str | None = None,
        gate: threading.Event | None = None,
        free: int = 0,
    ) -> Activity:
        """Register an activity under its function's name, or another."""
        name = name or function.__name__
        self._gates[name] = (gate, free)

        def run(payload: Any) -> Any:
            with self._lock:
                passes = self._passes(name)
                self.calls.append(Call(name, payload))
                self._measure(payload)
            if gate is not None and not passes and not gate.wait(GATE_LIMIT_S):
                raise TimeoutError(f"nobody opened the gate of {name}")
            result = function(payload)
            with self._lock:
                self._measure(result)
            return result

        run.__name__ = name
        self.app.activity_trigger(input_name="payload")(run)
        return function

    @cached_property
    def functions(self) -> list[Function]:
        """What the host reads from the app; nothing can be registered after that."""
        return read_functions(self.app)

    def can_end(self, name: str) -> bool:
        """True unless the activity's next call would wait at a closed gate."""
        return self._passes(name)

    def named(self, name: str) -> list[Any]:
        """The inputs that an activity was called with, in order."""
        return [call.payload for call in self.calls if call.name == name]

    def _passes(self, name: str) -> bool:
        gate, free = self._gates.get(name, (None, 0))
        return gate is None or gate.is_set() or len(self.named(name)) < free

    def _measure(self, payload: Any) -> None:
        self.largest_payload = max(self.largest_payload, len(json.dumps(payload).encode()))
