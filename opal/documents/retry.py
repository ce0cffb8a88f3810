"""How often and how patiently a call is repeated."""

from pydantic import Field

from opal.documents.base import Document


class RetryPolicy(Document):
    """Exponential backoff: attempt n waits `first_s · factor^(n-1)`, at most `cap_s` seconds."""

    attempts: int = Field(default=5, ge=1, le=50)
    first_s: float = Field(default=2.0, gt=0)
    factor: float = Field(default=2.0, ge=1)
    cap_s: float = Field(default=60.0, gt=0)
