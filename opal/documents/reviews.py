"""A person's look at an item: what it is about, what was decided, and what runs hand each other."""

import hashlib
from datetime import datetime
from typing import Literal

from opal.documents.base import Document
from opal.documents.failure import Failure
from opal.documents.webhooks import DeliveryRef

About = Literal["cutout", "fidelity"]
Verdict = Literal["approve", "reject", "retry"]
REVIEW_EVENT = "review"


class Picture(Document):
    """A picture to look at: `cutout`, or an output as `scene/preset`; and its blob path."""

    name: str
    path: str


class Decision(Document):
    """What was decided; `by` says whether a person did, or nobody until the deadline.

    `options_digest` tells the options of a retry from others.
    """

    verdict: Verdict
    by: Literal["person", "deadline"] = "person"
    note: str | None = None
    options_digest: str | None = None
    decided_at: datetime


class Review(Document):
    """A question to a person about one revision of an item, and its answer once there is one.

    `subject` is a digest of what is looked at: an approval holds for that and nothing else.
    """

    review_id: str
    revision: int
    about: About
    subject: str
    reasons: tuple[str, ...]
    pictures: tuple[Picture, ...]
    asked_at: datetime
    deadline: datetime
    decision: Decision | None = None

    def approves(self, about: About, subject: str) -> bool:
        """Whether this is the approval of the same pictures."""
        approved = self.decision is not None and self.decision.verdict == "approve"
        return approved and (self.about, self.subject) == (about, subject)


def review_id_of(revision: int, about: About, subject: str) -> str:
    """The same for the same question, so that it is asked once."""
    return hashlib.sha256(f"{revision}/{about}/{subject}".encode()).hexdigest()[:16]


def event_of_review(review_id: str) -> str:
    """The name of the external event that wakes whoever waits for the review.

    Each review has its own, because a context of Durable Functions for Python that has kept an
    event for later gives it to every wait of that name.
    """
    return f"{REVIEW_EVENT}-{review_id}"


class Asked(Document):
    """Answer of `ask_for_review`: the webhooks to start about it."""

    deliveries: tuple[DeliveryRef, ...] = ()


class Settlement(Document):
    """Answer of `settle_review`: look again after `wait_s` seconds, or how it ended.

    `failure` is of an item that is not to go on.
    """

    verdict: Literal["wait", "approved", "refused"]
    wait_s: float = 0.0
    failure: Failure | None = None
