"""What lists have in common in every store: continuations, and times whose text can be ordered."""

from datetime import UTC, datetime

from opal.state.contract import ContinuationInvalid

_PREFIX = "after:"


def continuation_after(position: str) -> str:
    """The continuation of a list whose last document stands at `position` in its order."""
    return _PREFIX + position


def read_continuation(continuation: str | None) -> str | None:
    """The position after which a list goes on; raises `ContinuationInvalid`."""
    if continuation is None:
        return None
    position = continuation.removeprefix(_PREFIX)
    if not position or position == continuation:
        raise ContinuationInvalid("this is not a continuation of this list")
    return position


def sortable(moment: str) -> str:
    """An ISO 8601 time in one form, so that text order is time order."""
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat(timespec="microseconds")
