"""The work at hand: its trace id, and whose it is.

The trace id is the 32 hex digits of a W3C `traceparent`, so that it joins with what
Application Insights records. It lives in a context variable, together with the ids of the
tenant, job and item, so that whatever is logged or called meanwhile can carry them.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import NamedTuple

IDS = ("tenant_id", "job_id", "item_id")
"""What says whose work it is, in log lines and (with `opal.` before it) in spans."""

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_NO_TRACE = "0" * 32
_LONGEST_ID = 200


class Work(NamedTuple):
    """A trace id, and those of `IDS` that are known."""

    trace_id: str = ""
    ids: Mapping[str, str] = MappingProxyType({})


_NOTHING = Work()
_work: ContextVar[Work] = ContextVar("work", default=_NOTHING)


def new_trace_id() -> str:
    """A fresh trace id: 32 hex digits."""
    return secrets.token_hex(16)


def trace_id_at_hand() -> str:
    """The trace id of the work at hand, or a fresh one."""
    return current_trace_id() or new_trace_id()


def is_trace_id(text: str) -> bool:
    """True for 32 lower-case hex digits that are not all zero."""
    return _TRACE_ID.fullmatch(text) is not None and text != _NO_TRACE


def given_trace_id(headers: Mapping[str, str]) -> str | None:
    """The caller's trace id from `traceparent` or `X-Trace-Id`, if it is well formed."""
    lowered = {name.lower(): value for name, value in headers.items()}
    parent = _TRACEPARENT.fullmatch(lowered.get("traceparent", "").strip())
    if parent and is_trace_id(parent.group(1)):
        return parent.group(1)
    given = lowered.get("x-trace-id", "").strip().lower()
    return given if is_trace_id(given) else None


def trace_id_of(headers: Mapping[str, str]) -> str:
    """The caller's trace id from `traceparent` or `X-Trace-Id`, or a fresh one."""
    return given_trace_id(headers) or new_trace_id()


def current_work() -> Work:
    """What is being done now."""
    return _work.get()


def current_trace_id() -> str:
    """The trace id of the work at hand, or an empty text."""
    return _work.get().trace_id


def work_of(document: object) -> Work:
    """The trace id and the ids in a message: its own, or those of its `item` or `job`."""
    if not isinstance(document, Mapping):
        return _NOTHING
    for holder in (document, document.get("item"), document.get("job")):
        if isinstance(holder, Mapping) and isinstance(holder.get("trace_id"), str):
            found = {name: holder[name] for name in IDS if isinstance(holder.get(name), str)}
            return Work(holder["trace_id"], found)
    return _NOTHING


@contextmanager
def traced(trace_id: str, ids: Mapping[str, str] | None = None) -> Iterator[None]:
    """Do the work inside under this trace id, for these ids and no others."""
    token = _work.set(Work(trace_id, _bounded(ids or {})))
    try:
        yield
    finally:
        _work.reset(token)


def identify(**ids: str) -> None:
    """Say whose the work at hand is, once that is known: `tenant_id`, `job_id`, `item_id`."""
    work = _work.get()
    _work.set(Work(work.trace_id, {**work.ids, **_bounded(ids)}))


def _bounded(ids: Mapping[str, str]) -> dict[str, str]:
    return {name: ids[name][:_LONGEST_ID] for name in IDS if ids.get(name)}
