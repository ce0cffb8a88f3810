"""How a failure crosses the durable boundary.

Durable Functions hands an orchestrator nothing but an exception's text, wrapped in text of the
host's own. The failure therefore rides inside the text as one JSON object behind a marker.
"""

import json
import re
from typing import Self

from opal.documents.base import Document

_MARKER = "opal-failure:"


class Failure(Document):
    """What went wrong: a stable code, words for a person, and whether trying again can help."""

    code: str
    message: str
    retryable: bool = False
    retry_after_s: float | None = None

    def to_text(self) -> str:
        """The failure as exception text: the message, then the marked JSON."""
        return f"{self.message} [{_MARKER}{json.dumps(self.dump())}]"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Find the failure inside an exception's text.

        Text without a marker comes from the host (a worker that died, a lost connection):
        nothing is known but that it was not a verdict of ours, so it may heal.
        """
        # From the end, because the message comes first and may hold a marker of its own.
        for mark in reversed(list(re.finditer(_MARKER, text))):
            try:
                found, _ = json.JSONDecoder().raw_decode(text, mark.end())
                return cls.parse(found)
            except ValueError:
                continue
        return cls(
            code="worker_lost",
            message="The work stopped without an answer; its worker may have been lost.",
            retryable=True,
        )
