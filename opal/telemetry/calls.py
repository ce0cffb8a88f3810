"""What is done, and whom we call: activities, the model endpoint, webhooks.

Each context manager here records one span and one metric of what it wraps. Both carry how it
ended: as the doer says, or by the error that comes out. What an error says is not recorded; its
code is.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from opal.errors import EndpointBusy, EndpointDown, EndpointGarbled, EndpointRefused, OpalError
from opal.telemetry import metrics
from opal.telemetry.spans import name_owner, recorded_here, start_span, within
from opal.telemetry.work import current_work, traced, work_of


class Observed:
    """A piece of work under way; whoever does it may say how it ended."""

    def __init__(self, outcome: str) -> None:
        self.outcome = outcome


@contextmanager
def observe_activity(name: str, request: object) -> Iterator[Observed]:
    """Run an activity inside, for the work that its request names."""
    work = work_of(request)
    with (
        traced(work.trace_id, work.ids),
        _observing(
            start_span(name, SpanKind.CONSUMER, {"opal.stage": name}),
            "done",
            lambda outcome, seconds: metrics.record_stage(name, outcome, seconds),
            lambda error: "retryable" if error.retryable else "failed",
        ) as observed,
    ):
        yield observed


@contextmanager
def observe_endpoint_call(task: str, trace_id: str) -> Iterator[Observed]:
    """Call the model endpoint inside, in this trace; send it `outgoing_headers()`."""
    with (
        traced(trace_id, current_work().ids),
        _observing(
            start_span(f"score {task}", SpanKind.CLIENT, {"opal.task": task}),
            "done",
            lambda outcome, _: metrics.record_endpoint_call(task, outcome),
            _call_outcome,
        ) as observed,
        recorded_here(),
    ):
        yield observed


@contextmanager
def observe_webhook(message: object) -> Iterator[Observed]:
    """Try to deliver a webhook inside, for the work that the message names.

    Send it `outgoing_headers()`, and set `outcome` when it is not `delivered`.
    """
    work = work_of(message)
    with (
        traced(work.trace_id or current_work().trace_id, work.ids),
        _observing(
            start_span("deliver webhook", SpanKind.CLIENT, {}),
            "delivered",
            lambda outcome, _: metrics.record_webhook(outcome),
            lambda error: error.code,
        ) as observed,
        recorded_here(),
    ):
        yield observed


@contextmanager
def _observing(
    span: Span,
    outcome: str,
    record: Callable[[str, float], None],
    outcome_of: Callable[[OpalError], str],
) -> Iterator[Observed]:
    observed, started, code = Observed(outcome), time.perf_counter(), ""
    with within(span):
        try:
            yield observed
        except OpalError as error:
            observed.outcome, code = outcome_of(error), error.code
            raise
        except BaseException:
            observed.outcome, code = "failed", "internal_error"
            raise
        finally:
            record(observed.outcome, time.perf_counter() - started)
            span.set_attribute("opal.outcome", observed.outcome)
            name_owner(span)
            if code:
                span.set_attribute("opal.code", code)
                span.set_status(Status(StatusCode.ERROR, code))


def _call_outcome(error: OpalError) -> str:
    match error:
        case EndpointBusy():
            return "busy"
        case EndpointDown():
            return "timeout" if error.code == "endpoint_timeout" else "unavailable"
        case EndpointGarbled():
            return "garbled"
        case EndpointRefused():
            return "refused"
    return "failed"
