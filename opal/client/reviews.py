"""Photos that wait for a person: look and decide."""

from opal.api.reviews import (
    DECIDE_REVIEW,
    GET_REVIEW,
    DecidedReview,
    ItemReview,
    ReviewDecision,
)
from opal.client.transport import Transport


class ReviewCalls(Transport):
    """Every method raises `ApiError`, `AnswerInvalid` or `Unreachable`.

    Which photos of a job wait, `items(job_id, ItemStatus.REVIEW)` tells.
    """

    def review(self, job_id: str, item_id: str) -> ItemReview:
        """The latest question about a photo, with addresses of the pictures to look at."""
        path = {"job_id": job_id, "item_id": item_id}
        return self._ask(GET_REVIEW, ItemReview, path=path)

    def decide_review(self, job_id: str, item_id: str, decision: ReviewDecision) -> DecidedReview:
        """Approve or reject a photo, or have it made again with other options.

        Only a decision that names its review is sent again when no answer comes: another one
        could meet the next question about the photo.
        """
        path = {"job_id": job_id, "item_id": item_id}
        once = decision.review_id is None
        return self._ask(DECIDE_REVIEW, DecidedReview, path=path, body=decision, once=once)
