"""Request charges: what operations on the state store cost, in request units.

A store tells every charge to `record_charge`; whoever wants to know collects them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opal.telemetry.metrics import record_request_units


class Charges:
    """What was charged so far; threads may add at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._units: dict[str, float] = {}

    def add(self, operation: str, units: float) -> None:
        """Add the charge of one request."""
        with self._lock:
            self._units[operation] = self._units.get(operation, 0.0) + units

    @property
    def by_operation(self) -> dict[str, float]:
        """Request units by the store's operation: `read`, `write`, `page`, …"""
        with self._lock:
            return dict(self._units)

    @property
    def total(self) -> float:
        """All request units together."""
        return sum(self.by_operation.values())


_collecting: ContextVar[tuple[Charges, ...]] = ContextVar("collecting_charges", default=())


@contextmanager
def collect_charges() -> Iterator[Charges]:
    """Collect what is charged in this context; collectors may be nested.

    A thread begins with a context of its own, so its charges count only where it was started
    with a copy of this one.
    """
    charges = Charges()
    token = _collecting.set((*_collecting.get(), charges))
    try:
        yield charges
    finally:
        _collecting.reset(token)


def record_charge(operation: str, units: float) -> None:
    """Note what one request cost, for everybody who collects and for the metrics."""
    record_request_units(operation, units)
    for charges in _collecting.get():
        charges.add(operation, units)
