"""Injected faults: the next requests of a kind fail, stall, or lose their answer."""

import re
import threading
from dataclasses import dataclass
from typing import Literal

from tests.cosmos_server.routing import Request, Route


@dataclass
class Fault:
    """What happens to the next `times` requests that match.

    `operation` is a `Route.operation`, `path` a regular expression searched in the path, `text`
    a text in the body; None matches everything. The request is delayed by `delay_s`, then
    answered with `status`, or its connection is dropped `before` or `after` it was applied. In a
    batch, `status` with `inside` is one operation's status instead of the whole request's.
    """

    operation: str | None = None
    path: str | None = None
    text: str | None = None
    times: int = 1
    delay_s: float = 0.0
    status: int | None = None
    substatus: int = 0
    retry_after_ms: int | None = None
    drop: Literal["before", "after"] | None = None
    inside: bool = False

    def matches(self, request: Request, route: Route) -> bool:
        """True when the request is one that this fault waits for."""
        return (
            self.times > 0
            and self.operation in (None, route.operation)
            and (self.path is None or re.search(self.path, request.target) is not None)
            and (self.text is None or self.text.encode() in request.body)
        )


class Faults:
    """The faults that wait for their requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def inject(self, fault: Fault) -> None:
        """Let the fault befall the next matching requests."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._waiting.clear()

    def take(self, request: Request, route: Route) -> Fault | None:
        """The first fault that matches, used up by one."""
        with self._lock:
            for fault in self._waiting:
                if fault.matches(request, route):
                    fault.times -= 1
                    return fault
        return None
