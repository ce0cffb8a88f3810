"""Reviews: what a person is shown, and what follows from a decision."""

from datetime import timedelta

from opal.api.admission import Call
from opal.api.reviews import DecidedReview, ItemReview, ReviewDecision, SignedPicture
from opal.blobs import Blobs
from opal.credits.items import settle_credits
from opal.documents import ITEM_FINAL, Decision, ItemRef, ItemStatus
from opal.errors import InvalidInput, NotFound
from opal.intake import start_of_item, start_or_wake
from opal.retry_options import RetryOptions
from opal.settings import Settings
from opal.starting import Start
from opal.state import StateStore
from opal.state.contract import Partition
from opal.state.deciding import Decided, decide_review
from opal.state.transition import require_item


def show_review(store: StateStore, blobs: Blobs, settings: Settings, call: Call) -> ItemReview:
    """The latest review of the item that the call names; raises `NotFound`."""
    partition = Partition(call.tenant_id, call.path["job_id"])
    _, item = require_item(store, partition, call.path["item_id"])
    if not item.reviews:
        raise NotFound("No person was asked about this photo.", code="review_missing")
    review, lifetime_s = item.reviews[-1], settings.download_lifetime_s
    return ItemReview(
        **item.model_dump(include={"job_id", "item_id", "filename", "status", "revision"}),
        review=review,
        pictures=tuple(
            SignedPicture(**picture.model_dump(), url=blobs.read_url(picture.path, lifetime_s))
            for picture in review.pictures
        ),
        photo_url=blobs.read_url(item.raw_path, lifetime_s),
        expires_at=call.now + timedelta(seconds=lifetime_s),
    )


def decide(store: StateStore, settings: Settings, call: Call) -> tuple[DecidedReview, list[Start]]:
    """Store the call's decision; answers it, and whom to start or wake.

    Raises `NotFound`, `Conflict`, or `InvalidInput` for options that nothing is made with.
    """
    wanted = call.body(ReviewDecision)
    retry = wanted.decision == "retry"
    if wanted.options is not None and not retry:
        raise InvalidInput("options go with a retry alone.", code="review_options_unused")
    options = wanted.options or RetryOptions()
    decided = decide_review(
        store,
        Partition(call.tenant_id, call.path["job_id"]),
        call.path["item_id"],
        Decision(
            verdict=wanted.decision,
            note=wanted.note,
            options_digest=options.digest if retry else None,
            decided_at=call.now,
        ),
        settings.lease_s,
        review_id=wanted.review_id,
        revise=options.applied_to,
    )
    settle_credits(store, settings, ItemRef.of(decided.before), call.now)
    item = decided.item
    answer = DecidedReview(
        **item.model_dump(include={"job_id", "item_id", "status", "revision"}),
        review=decided.review,
    )
    return answer, _starts(settings, decided)


def _starts(settings: Settings, decided: Decided) -> list[Start]:
    """A run that waits is woken, also by a decision that is sent again: the first may have been
    lost on the way to it."""
    job, before, item = decided.job, decided.before, decided.item
    starts = []
    if before.review is not None and before.status not in ITEM_FINAL:
        starts.append(start_or_wake(settings, job, before))
    if item.status is ItemStatus.QUEUED:
        starts.append(start_of_item(settings, job, item))
    return starts
