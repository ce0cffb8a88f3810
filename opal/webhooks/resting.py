"""Endpoints that are left alone for a while, because they let an attempt run out of time.

An attempt holds one of the few activities that run at once. A receiver that takes connections
and never answers would hold all of them, one delivery after the other, and no photo would get
on. So after a timeout its other deliveries count as tried without being sent, and then one
attempt at a time finds out whether it answers again. What is known is this process's own.
"""

import threading
from datetime import datetime, timedelta
from functools import cache

REST = timedelta(seconds=30)


class Resting:
    """Who may be tried; every `enter` that says yes is followed by a `leave`."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._probed: set[str] = set()
        self._lock = threading.Lock()

    def enter(self, endpoint_id: str, now: datetime) -> bool:
        """Whether the endpoint may be tried now."""
        with self._lock:
            until = self._until.get(endpoint_id)
            if until is None:
                return True
            if now < until or endpoint_id in self._probed:
                return False
            self._probed.add(endpoint_id)
            return True

    def leave(self, endpoint_id: str, now: datetime, *, timed_out: bool) -> None:
        """The attempt is over."""
        with self._lock:
            self._probed.discard(endpoint_id)
            if timed_out:
                self._until[endpoint_id] = now + REST
            else:
                self._until.pop(endpoint_id, None)


@cache
def resting_endpoints() -> Resting:
    """What this process knows."""
    return Resting()
