"""What the sweeper finds out about the service as a whole, for those who watch it."""

from datetime import datetime, timedelta

from opal.blobs import Blobs
from opal.errors import NotFound
from opal.names import DEAD_LETTERS
from opal.state import StateStore
from opal.telemetry.metrics import set_dead_letters, set_oldest_waiting

DEAD_LETTERS_COUNTED = 1000
"""More are not told apart: one page of a list is one request."""


def look_at_waiting(store: StateStore, now: datetime) -> None:
    """Tell how long the oldest item that is queued or processing has waited."""
    found = store.longest_waiting("item")
    # Its time is all that is asked: an item that can't be read must not fail every sweep.
    waited = now - datetime.fromisoformat(found["waiting_since"]) if found else timedelta()
    set_oldest_waiting(waited.total_seconds())


def look_at_dead_letters(blobs: Blobs) -> None:
    """Tell how many events never arrived."""
    try:
        found, _ = blobs.page(DEAD_LETTERS, None, DEAD_LETTERS_COUNTED)
    except NotFound:
        found = []
    set_dead_letters(len(found))
