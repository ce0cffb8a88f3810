"""Whether what OPAL depends on answers."""

from typing import Literal

from opal.documents.base import Document


class Check(Document):
    """Whether a dependency answered, in how many milliseconds, and with which error if not."""

    ok: bool
    ms: float
    code: str | None = None


class Readiness(Document):
    """Whether everything answers that OPAL depends on, and what does not."""

    status: Literal["ready", "unready"]
    checks: dict[str, Check]
