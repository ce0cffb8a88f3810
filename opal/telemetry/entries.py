"""How work begins: an HTTP request, an event, the start of an orchestration.

Each context manager here traces what it wraps, and records its span. What an exception says is
not recorded: a text may say more than a trace should.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.trace import SpanKind, Status, StatusCode

from opal.telemetry.metrics import record_request, record_sweep
from opal.telemetry.spans import name_owner, parent_in, start_span, trace_id_here, within
from opal.telemetry.work import Work, current_work, given_trace_id, new_trace_id, traced, work_of


class ObservedRequest:
    """A request under way: the trace id that its answer names, and the status it answers with."""

    def __init__(self, trace_id: str) -> None:
        self.trace_id = trace_id
        self.status = 500


class ObservedEvent:
    """An event being taken in; `about` tells whose it was, as soon as that is known."""

    def __init__(self) -> None:
        self.work: Work | None = None

    def about(self, *messages: object) -> None:
        """The event led to the work of these messages, which share a trace."""
        found = [work_of(message) for message in messages]
        if found:
            trace_id, ids = found[0]
            shared = {n: v for n, v in ids.items() if all(w.ids.get(n) == v for w in found)}
            self.work = Work(trace_id, shared)


@contextmanager
def observe_request(
    route: str, method: str, headers: Mapping[str, str]
) -> Iterator[ObservedRequest]:
    """Answer an HTTP request inside; set `status` before leaving, or it counts as a 500.

    `route` is the path's template. The trace is the caller's by `traceparent` or `X-Trace-Id`,
    the host's, or a new one; everything inside is traced and logged under it.
    """
    given, here = given_trace_id(headers), trace_id_here()
    attributes = {"http.request.method": method, "http.route": route}
    with traced(given or ""):
        parent = parent_in(headers) if given and given != here else None
        span = start_span(f"{method} /{route}", SpanKind.SERVER, attributes, parent=parent)
    trace_id = given or trace_id_here(span) or new_trace_id()
    observed, started = ObservedRequest(trace_id), time.perf_counter()
    with traced(trace_id), within(span):
        try:
            yield observed
        finally:
            record_request(route, method, observed.status, time.perf_counter() - started)
            span.set_attribute("http.response.status_code", observed.status)
            name_owner(span)
            if observed.status >= 500:
                span.set_status(Status(StatusCode.ERROR))


@contextmanager
def observe_event(source: str) -> Iterator[ObservedEvent]:
    """Take an event in inside; `source` names the function that received it.

    Whose photo it is shows only while it is taken in, so the span is made at the end.
    """
    event, started_ns, failed = ObservedEvent(), time.time_ns(), True
    with traced(trace_id_here() or new_trace_id()):
        try:
            yield event
            failed = False
        finally:
            work = event.work or current_work()
            with traced(work.trace_id, work.ids):
                name = f"take in {source}"
                span = start_span(name, SpanKind.CONSUMER, {}, started_ns=started_ns)
                if failed:
                    span.set_status(Status(StatusCode.ERROR))
                span.end()


@contextmanager
def observe_start(orchestration: str, payload: object) -> Iterator[None]:
    """Start an orchestration inside, in the trace of the work that it is given."""
    work = work_of(payload)
    with (
        traced(work.trace_id, work.ids),
        within(start_span(f"start {orchestration}", SpanKind.PRODUCER, {})),
    ):
        yield


@contextmanager
def observe_sweep() -> Iterator[None]:
    """Sweep inside; the count of sweeps is how one sees that the sweeper lives."""
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        record_sweep(outcome)
