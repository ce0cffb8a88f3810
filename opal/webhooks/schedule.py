"""When a webhook is tried again."""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field

MAX_RETRY_AFTER_S = 86_400.0
"""The longest that a receiver's `Retry-After` is obeyed: a day."""

RECOMMENDED = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Seconds between attempts as Standard Webhooks recommends them, over three days in all."""

Schedule = Annotated[
    tuple[Annotated[float, Field(ge=0, le=518_400, allow_inf_nan=False)], ...],
    Field(max_length=20),
    BeforeValidator(lambda given: given.split(",") if isinstance(given, str) else given),
]
"""Seconds after each failed attempt, each at most six days; as text, separated by commas."""


def wait_after(
    schedule: Sequence[float], tries: int, retry_after_s: float | None, seed: str
) -> float | None:
    """Seconds to wait after the n-th failed attempt (from 1), or None after the last.

    A quarter is jitter, drawn from the seed, so that what failed together is not tried again
    together. It is never less than what the receiver asked for, up to a day.
    """
    if tries > len(schedule):
        return None
    digest = hashlib.sha256(f"{seed}/{tries}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    jittered = schedule[tries - 1] * (0.75 + 0.25 * share)
    return max(jittered, min(retry_after_s or 0.0, MAX_RETRY_AFTER_S))
