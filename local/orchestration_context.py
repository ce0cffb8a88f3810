"""The context of azure-functions-durable's orchestrators, over durabletask's context.

An orchestrator of the app is a generator over Durable Functions' tasks; durabletask runs a
generator over its own. `drive` runs the one inside the other.
"""

import contextlib
import json
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from azure.durable_functions import RetryOptions
from durabletask import task as dt

from local.orchestration_tasks import LocalAll, LocalAny, LocalTask, LocalTimer

Orchestrator = Callable[["LocalContext"], Any]


class LocalContext:
    """What an orchestrator may ask for. Entities and durable HTTP calls are not served."""

    def __init__(self, inner: dt.OrchestrationContext, payload: Any) -> None:
        self._inner = inner
        self._payload = payload
        self._custom_status: Any = None
        self.will_continue_as_new = False

    @property
    def instance_id(self) -> str:
        """The id of this orchestration instance."""
        return self._inner.instance_id

    @property
    def parent_instance_id(self) -> str | None:
        """The id of the orchestration that started this one, if any."""
        return self._inner.parent_instance_id

    @property
    def version(self) -> str | None:
        """The version that the instance was started with."""
        return self._inner.version

    @property
    def is_replaying(self) -> bool:
        """True while history is replayed."""
        return self._inner.is_replaying

    @property
    def current_utc_datetime(self) -> datetime:
        """The replay-safe time, in UTC."""
        return self._inner.current_utc_datetime.replace(tzinfo=UTC)

    @property
    def custom_status(self) -> Any:
        """What `set_custom_status` was given last."""
        return self._custom_status

    def get_input(self, expected_type: type | None = None) -> Any:
        """The decoded input."""
        return self._payload

    def new_guid(self) -> UUID:
        """A replay-safe UUID."""
        return UUID(self._inner.new_uuid())

    def set_custom_status(self, status: Any) -> None:
        """Set what a status query shows as `customStatus`."""
        self._custom_status = status
        self._inner.set_custom_status(status)

    def call_activity(
        self, name: str, input_: Any = None, expected_type: type | None = None
    ) -> LocalTask:
        """A task that runs an activity."""
        label = f"Activity function '{name}'"
        return LocalTask(lambda: self._inner.call_activity(name, input=input_), label)

    def call_activity_with_retry(
        self,
        name: str,
        retry_options: RetryOptions,
        input_: Any = None,
        expected_type: type | None = None,
    ) -> LocalTask:
        """A task that runs an activity, again after each failure."""
        policy = _retry_policy(retry_options)
        return LocalTask(
            lambda: self._inner.call_activity(name, input=input_, retry_policy=policy),
            f"Activity function '{name}'",
        )

    def call_sub_orchestrator(
        self,
        name: str,
        input_: Any = None,
        instance_id: str | None = None,
        version: str | None = None,
        expected_type: type | None = None,
    ) -> LocalTask:
        """A task that runs another orchestration."""
        return LocalTask(
            lambda: self._inner.call_sub_orchestrator(
                name, input=input_, instance_id=instance_id, version=version
            ),
            f"Orchestrator function '{name}'",
        )

    def call_sub_orchestrator_with_retry(
        self,
        name: str,
        retry_options: RetryOptions,
        input_: Any = None,
        instance_id: str | None = None,
        version: str | None = None,
        expected_type: type | None = None,
    ) -> LocalTask:
        """A task that runs another orchestration, again after each failure."""
        policy = _retry_policy(retry_options)
        return LocalTask(
            lambda: self._inner.call_sub_orchestrator(
                name, input=input_, instance_id=instance_id, retry_policy=policy, version=version
            ),
            f"Orchestrator function '{name}'",
        )

    def create_timer(self, fire_at: datetime) -> LocalTimer:
        """A task that completes at a time."""
        return LocalTimer(lambda: self._inner.create_timer(fire_at), "timer")

    def wait_for_external_event(self, name: str, expected_type: type | None = None) -> LocalTask:
        """A task that completes with the data of an event of this name."""
        return LocalTask(lambda: self._inner.wait_for_external_event(name), f"event '{name}'")

    def task_all(self, activities: Sequence[LocalTask]) -> LocalAll:
        """A task of all tasks' values."""
        return LocalAll(activities)

    def task_any(self, activities: Sequence[LocalTask]) -> LocalAny:
        """A task of the first task to complete."""
        return LocalAny(activities)

    def continue_as_new(self, input_: Any) -> None:
        """Begin again with this input once the orchestrator next yields or returns."""
        self.will_continue_as_new = True
        self._inner.continue_as_new(input_)


def drive(orchestrator: Orchestrator) -> Callable[[dt.OrchestrationContext, Any], Any]:
    """A durabletask orchestrator that runs one of azure-functions-durable."""

    def run(inner: dt.OrchestrationContext, payload: Any) -> Generator[dt.Task[Any], Any, Any]:
        context = LocalContext(inner, payload)
        generator = orchestrator(context)
        if not isinstance(generator, Generator):
            return generator
        task = _resume(generator, None)
        while isinstance(task, LocalTask) and not context.will_continue_as_new:
            # durabletask would wait for ever for a first task that is complete already.
            if not task.scheduled().is_complete:
                # A failure is read from the task below, as any other outcome.
                with contextlib.suppress(dt.TaskFailedError):
                    yield task.scheduled()
            task = _resume(generator, task.result)
        if context.will_continue_as_new:
            generator.close()
            return None
        return json.loads(json.dumps(task.value))

    return run


class _Returned:
    def __init__(self, value: Any) -> None:
        self.value = value


def _resume(generator: Generator[Any, Any, Any], outcome: Any) -> Any:
    """The task that the orchestrator yields next, or what it returned."""
    try:
        if isinstance(outcome, Exception):
            return generator.throw(outcome)
        return generator.send(outcome)
    except StopIteration as stop:
        return _Returned(stop.value)


def _retry_policy(options: RetryOptions) -> dt.RetryPolicy:
    return dt.RetryPolicy(
        first_retry_interval=timedelta(milliseconds=options.first_retry_interval_in_milliseconds),
        max_number_of_attempts=options.max_number_of_attempts,
        backoff_coefficient=1.0,
    )
