"""Reviews over HTTP: what is asked and answered."""

from datetime import datetime

from pydantic import ConfigDict, Field

from opal.api.operation import Operation
from opal.documents import Document, ItemStatus, Picture, Review
from opal.documents.reviews import Verdict
from opal.keys import Role
from opal.retry_options import RetryOptions
from opal.texts import LongText


class ReviewDecision(Document):
    """What a person decided: `approve` and it goes on, `reject` and it fails, `retry` and it is
    made again with other `options`.

    With a `review_id` the decision is about that review and no later one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision: Verdict
    review_id: str | None = Field(default=None, pattern=r"^[0-9a-f]{16}$")
    options: RetryOptions | None = None
    note: LongText | None = None


class SignedPicture(Picture):
    """A picture to look at, and an address that reads it and nothing else."""

    url: str


class ItemReview(Document):
    """The latest question to a person about a photo. `photo_url` is the photo itself; the
    addresses work until `expires_at`."""

    job_id: str
    item_id: str
    filename: str
    status: ItemStatus
    revision: int
    review: Review
    pictures: tuple[SignedPicture, ...]
    photo_url: str
    expires_at: datetime


class DecidedReview(Document):
    """A decision as it is stored, and what the item is now; what it leads to follows."""

    job_id: str
    item_id: str
    status: ItemStatus
    revision: int
    review: Review


GET_REVIEW = Operation(
    id="get_review",
    method="GET",
    path="/v1/jobs/{job_id}/items/{item_id}/review",
    tag="Reviews",
    summary="Why a photo waits for a person, and the pictures to look at, with signed addresses",
    role=Role.READ,
    answers={200: ItemReview},
    failures=("item_missing", "job_missing", "review_missing"),
)
DECIDE_REVIEW = Operation(
    id="decide_review",
    method="POST",
    path="/v1/jobs/{job_id}/items/{item_id}/review",
    tag="Reviews",
    summary="Approve a photo that waits for a person, reject it, or have it made otherwise",
    role=Role.WRITE,
    body=ReviewDecision,
    answers={202: DecidedReview},
    failures=(
        *("item_missing", "job_missing", "item_not_in_review", "review_decided"),
        "review_options_unused",
    ),
    answer_headers=("Location", "Retry-After"),
)
OPERATIONS = (GET_REVIEW, DECIDE_REVIEW)
