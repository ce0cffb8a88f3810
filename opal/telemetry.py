"""Logging: every line carries the trace id of the work that it belongs to.

The trace id is the 32 hex digits of a W3C `traceparent`, so that it joins with what
Application Insights records. It lives in a context variable; a filter puts it on each record.
"""

import logging
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_trace_id: ContextVar[str] = ContextVar("trace_id", default="")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")


def new_trace_id() -> str:
    """A fresh trace id: 32 hex digits."""
    return secrets.token_hex(16)


def trace_id_of(headers: Mapping[str, str]) -> str:
    """The caller's trace id from `traceparent` or `X-Trace-Id`, or a fresh one."""
    lowered = {name.lower(): value for name, value in headers.items()}
    parent = _TRACEPARENT.fullmatch(lowered.get("traceparent", "").strip())
    if parent and parent.group(1) != "0" * 32:
        return parent.group(1)
    given = lowered.get("x-trace-id", "").strip().lower()
    return given if _TRACE_ID.fullmatch(given) else new_trace_id()


def current_trace_id() -> str:
    """The trace id of the work at hand, or an empty text."""
    return _trace_id.get()


@contextmanager
def traced(trace_id: str) -> Iterator[None]:
    """Do the work inside under this trace id."""
    token = _trace_id.set(trace_id)
    try:
        yield
    finally:
        _trace_id.reset(token)


class TraceFilter(logging.Filter):
    """Adds `trace_id` to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.trace_id = current_trace_id()
        return True
