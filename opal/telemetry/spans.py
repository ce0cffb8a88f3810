"""Spans of OpenTelemetry, in the trace of the work that they are about.

An orchestration breaks the chain of contexts: what it starts runs later, elsewhere. Its
documents carry the trace id instead, and a span that finds itself in another trace, or in none,
is given a remote parent in the right one. On Azure the Functions host records requests and
activities itself and hands its context to the worker; a span below it is an inner one then, so
that nothing is counted twice. Without an exporter a span costs next to nothing.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from opal.telemetry.work import current_work, is_trace_id

_tracer = trace.get_tracer("opal")
_propagator = TraceContextTextMapPropagator()


def start_span(
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, str | int],
    *,
    parent: Context | None = None,
    started_ns: int | None = None,
) -> Span:
    """Start a span of the work at hand.

    `parent` is where it came from, if that is known; else it is what runs here, when that is in
    the work's trace, or the work's own remote parent.
    """
    here = trace.get_current_span().get_span_context()
    elsewhere = parent or _parent_elsewhere(here)
    if here.is_valid and kind in (SpanKind.SERVER, SpanKind.CONSUMER):
        kind = SpanKind.INTERNAL
    return _tracer.start_span(
        name,
        elsewhere,
        kind,
        {**_owner(), **attributes},
        links=[Link(here)] if elsewhere is not None and here.is_valid else None,
        start_time=started_ns,
    )


@contextmanager
def within(span: Span) -> Iterator[None]:
    """Do the work inside under the span, and end it. What is raised is not recorded: a text or a
    traceback may say more than a trace should."""
    with trace.use_span(
        span, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ):
        yield


def parent_in(headers: Mapping[str, str]) -> Context | None:
    """The caller's span, from its `traceparent`; None without a valid one."""
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    context = _propagator.extract(lowered, Context())
    return context if trace.get_current_span(context).get_span_context().is_valid else None


def trace_id_here(span: Span | None = None) -> str | None:
    """The trace id of a span, or of the one that runs here; None if there is none."""
    context = (span or trace.get_current_span()).get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def name_owner(span: Span) -> None:
    """Give the span the ids that became known since it was started."""
    span.set_attributes(_owner())


def outgoing_headers() -> dict[str, str]:
    """What tells another service the trace: `X-Trace-Id`, and `traceparent` of the span at hand.

    Empty outside of any work.
    """
    trace_id = current_work().trace_id or trace_id_here()
    if not trace_id:
        return {}
    headers = {"X-Trace-Id": trace_id}
    here = trace.get_current_span().get_span_context()
    _propagator.inject(headers, _parent_elsewhere(here))
    return headers


@contextmanager
def recorded_here() -> Iterator[None]:
    """Keep instrumented HTTP libraries from recording the calls inside again."""
    key = contexts._SUPPRESS_HTTP_INSTRUMENTATION_KEY
    token = contexts.attach(contexts.set_value(key, True))
    try:
        yield
    finally:
        contexts.detach(token)


def _owner() -> dict[str, str]:
    return {f"opal.{name}": value for name, value in current_work().ids.items()}


def _parent_elsewhere(here: SpanContext) -> Context | None:
    """The work's remote parent; None when what runs here is in the work's trace already.

    The parent's id is the same for all that is done for an item, so that its spans stand side
    by side.
    """
    work = current_work()
    if not is_trace_id(work.trace_id):
        return None
    if here.is_valid and trace.format_trace_id(here.trace_id) == work.trace_id:
        return None
    seed = "\n".join([work.trace_id, *work.ids.values()])
    span_id = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    remote = SpanContext(
        int(work.trace_id, 16), span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )
    return trace.set_span_in_context(NonRecordingSpan(remote), Context())
