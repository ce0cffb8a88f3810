"""Retry with exponential backoff over durable timers, alone and in parallel.

Durable Functions' own `RetryOptions` know one interval and retry everything. Here a call waits
longer each time, at least as long as a `Retry-After` asked for, and only a failure that can
heal is tried again. The jitter is a digest of who waits and for the how manieth time: spread
like chance, and the same in every replay.

Calls are generators that yield durable tasks. `gather` runs many of them at once, in step: it
waits for what all of them wait for, and then moves them all. The Durable extension starts an
orchestrator's actions in order and waits for each before it starts the next, so a call that
went ahead on its own would hold up the next steps of the others.
"""

import contextlib
import hashlib
from collections.abc import Generator, Sequence
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from opal.documents import Failure, Json, RetryPolicy

Call = Generator[Any, Any, Any]


class CallFailed(Exception):
    """A call failed for good, or its attempts are used up."""

    def __init__(self, activity: str, failure: Failure) -> None:
        super().__init__(failure.to_text())
        self.activity = activity
        self.failure = failure


def call_with_backoff(
    context: df.DurableOrchestrationContext, activity: str, payload: Json, policy: RetryPolicy
) -> Call:
    """Call an activity until it answers; raises `CallFailed`."""
    attempt = 1
    while True:
        try:
            return (yield context.call_activity(activity, payload))
        except Exception as error:
            failure = Failure.from_text(str(error))
            if not failure.retryable or attempt >= policy.attempts:
                raise CallFailed(activity, failure) from error
        seed = f"{context.instance_id}/{activity}/{attempt}"
        wait_s = backoff_s(policy, attempt, failure.retry_after_s, seed)
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=wait_s))
        attempt += 1


def call_or_leave(
    context: df.DurableOrchestrationContext, activity: str, payload: Json, policy: RetryPolicy
) -> Call:
    """Call an activity that the sweeper makes up for: if it fails for good, go on without it."""
    with contextlib.suppress(CallFailed):
        yield from call_with_backoff(context, activity, payload, policy)


def backoff_s(policy: RetryPolicy, attempt: int, retry_after_s: float | None, seed: str) -> float:
    """Seconds to wait after a failed attempt (counted from 1).

    `first · factor^(attempt-1)`, capped, of which a quarter is jitter; never less than what the
    other side asked for, but that too is capped, at ten times the policy's cap.
    """
    exponential = min(policy.cap_s, policy.first_s * policy.factor ** (attempt - 1))
    digest = hashlib.sha256(seed.encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    jittered = exponential * (0.75 + 0.25 * share)
    return max(jittered, min(retry_after_s or 0.0, 10 * policy.cap_s))


def gather(context: df.DurableOrchestrationContext, calls: Sequence[Call]) -> Call:
    """Run calls in parallel and answer their results in order.

    When one fails, the others are still waited for, so that nothing runs on behind the
    orchestration's back; then the first failure by order is raised.
    """
    results: list[Any] = [None] * len(calls)
    failures: dict[int, CallFailed] = {}
    waiting: dict[int, Any] = {}

    def advance(index: int, task: Any) -> None:
        """Move a call on with its task's outcome; keep what it waits for next."""
        try:
            if task is None:
                following = next(calls[index])
            elif isinstance(task.result, Exception):
                following = calls[index].throw(task.result)
            else:
                following = calls[index].send(task.result)
        except StopIteration as stop:
            results[index] = stop.value
        except CallFailed as failed:
            failures[index] = failed
        else:
            waiting[index] = following

    for index in range(len(calls)):
        advance(index, None)
    while waiting:
        due, waiting = waiting, {}
        yield from _until_over(context, list(due.values()))
        for index, task in due.items():
            advance(index, task)
    if failures:
        raise failures[min(failures)]
    return results


def _until_over(context: df.DurableOrchestrationContext, tasks: list[Any]) -> Call:
    """Wait until every task has succeeded or failed."""
    while running := [task for task in tasks if not task.is_completed]:
        # `task_all` gives up at the first failure; its tasks keep their outcomes.
        with contextlib.suppress(Exception):
            yield context.task_all(running)
