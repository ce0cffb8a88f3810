"""What the doctor finds."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `advice` is what to do when it is wrong."""

    name: str
    verdict: Literal["ok", "wrong", "skipped"]
    said: str
    advice: str = ""


def ok(name: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(name, "ok", said)


def wrong(name: str, said: str, advice: str) -> Finding:
    """It is not, and this is what to do."""
    return Finding(name, "wrong", said, advice)


def skipped(name: str, said: str) -> Finding:
    """It could not be looked at, or need not be."""
    return Finding(name, "skipped", said)
