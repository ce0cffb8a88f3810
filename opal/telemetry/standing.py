"""A figure about the whole service that one instance at a time finds out.

The sweeper is a timer that runs on one instance, and not always on the same. A gauge would stay
at its last value on the instance that ran it before, for as long as that lives, and an exporter
would go on sending it beside the new one. So a figure stands for a while only, and then there is
none until it is found out again. To send it once, in the moment it is found out, would not do for
a scrape, which comes when it comes.
"""

import threading
import time
from collections.abc import Callable, Iterator

from opentelemetry.metrics import CallbackOptions, Observation

KEPT_S = 360.0
"""Seconds that a figure stands: longer than from one sweep to the next, where they are rarest."""


class Standing:
    """The figure, as an observable gauge asks for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found: tuple[float, float] | None = None

    def set(self, value: float) -> None:
        """It was found out now."""
        with self._lock:
            self._found = (self._clock(), value)

    def observe(self, _: CallbackOptions) -> Iterator[Observation]:
        """The figure, while it stands."""
        with self._lock:
            found = self._found
        if found is not None and self._clock() - found[0] < KEPT_S:
            yield Observation(found[1])
