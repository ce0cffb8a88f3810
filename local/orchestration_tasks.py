"""Tasks as azure-functions-durable's orchestrators see them, over durabletask's.

Two things differ and are bridged here. In Durable Functions a task is scheduled when it is
yielded, alone or inside another, not when it is created; and `task_all` fails with its first
failure instead of waiting for the rest.
"""

from collections.abc import Callable, Sequence
from typing import Any

from durabletask import task as dt


class LocalTask:
    """A task of an orchestrator: yield it, then read `result`, as in Durable Functions."""

    def __init__(self, schedule: Callable[[], dt.Task[Any]], label: str) -> None:
        self._schedule = schedule
        self._label = label
        self._inner: dt.Task[Any] | None = None
        self._cancelled = False

    def scheduled(self) -> dt.Task[Any]:
        """The durabletask task, scheduled on first use."""
        if self._inner is None:
            self._inner = self._schedule()
        return self._inner

    @property
    def is_completed(self) -> bool:
        """True once the task succeeded or failed."""
        return self._inner is not None and self._inner.is_complete

    @property
    def result(self) -> Any:
        """The value, the exception that it failed with, or None while it runs."""
        if self._inner is None or not self._inner.is_complete:
            return None
        if self._inner.is_failed:
            return as_durable_error(self._inner.get_exception(), self._label)
        return self._value()

    def _value(self) -> Any:
        assert self._inner is not None
        return self._inner.get_result()


class LocalTimer(LocalTask):
    """A timer, which can be cancelled."""

    @property
    def is_cancelled(self) -> bool:
        """True after `cancel`."""
        return self._cancelled

    def cancel(self) -> None:
        """Cancel the timer; raises ValueError when it has fired."""
        if self.is_completed:
            raise ValueError("Cannot cancel a completed task.")
        self._cancelled = True
        if isinstance(self._inner, dt.CancellableTask):
            self._inner.cancel()


class LocalAll(LocalTask):
    """All of some tasks; its value is the list of their values."""

    def __init__(self, children: Sequence[LocalTask]) -> None:
        super().__init__(self._schedule_children, "task_all")
        self._children = children

    def _schedule_children(self) -> dt.Task[Any]:
        if self._children:
            return _FailFast([child.scheduled() for child in self._children])
        nothing: dt.CompletableTask[Any] = dt.CompletableTask()
        nothing.complete(None)
        return nothing

    def _value(self) -> Any:
        return [child.result for child in self._children] or None


class LocalAny(LocalTask):
    """The first of some tasks to complete; its value is that task."""

    def __init__(self, children: Sequence[LocalTask]) -> None:
        super().__init__(lambda: dt.when_any([c.scheduled() for c in children]), "task_any")
        self._children = children

    def _value(self) -> LocalTask:
        winner = self.scheduled().get_result()
        return next(child for child in self._children if child.scheduled() is winner)


class _FailFast(dt.WhenAllTask[Any]):
    """A `when_all` that completes with the first failure."""

    def on_child_completed(self, task: dt.Task[Any]) -> None:
        super().on_child_completed(task)
        if task.is_failed and not self._is_complete:
            self._exception = task.get_exception()
            self._is_complete = True
            self._notify_parent()


def as_durable_error(error: Exception, label: str) -> Exception:
    """The plain exception that Durable Functions throws into an orchestrator."""
    if isinstance(error, dt.TaskFailedError):
        details = error.details
        return Exception(f"{label} failed: {details.message} \n {details.error_type}")
    return error
