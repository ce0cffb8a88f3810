"""A person's look at an item: asked for, waited for, and acted upon.

The stored item alone says what was asked and decided. Whoever waits for a decision is only woken,
and reads it here; so an event that is lost, doubled or late changes nothing.
"""

from datetime import datetime, timedelta

from opal.documents import (
    ITEM_FINAL,
    Decision,
    Failure,
    Item,
    ItemStatus,
    Review,
    ReviewRequest,
    Settlement,
    Stage,
    review_id_of,
)
from opal.documents.reviews import Verdict
from opal.errors import RunEnded
from opal.state.contract import Replace, StateStore, Stored
from opal.state.transition import (
    Announce,
    job_patch,
    moved_counters,
    partition_of,
    racing,
    require_item,
)

_KEPT = 10
_LOOK_AGAIN_S = 6 * 3600.0
"""Long timers are not for every backend, and a run that nobody wakes must end some time."""
_STAGE = {"cutout": Stage.SEGMENT, "fidelity": Stage.EXPORT}


def ask_for_review(
    store: StateStore,
    asked: ReviewRequest,
    now: datetime,
    deadline: datetime,
    lease_s: float,
    announce: Announce = lambda _: (),
) -> None:
    """Have the item wait for a person; asked again, also by another run, it changes nothing.

    Whatever was approved before is not asked about. Raises `RunEnded` when the run has nothing
    more to do.
    """
    partition = partition_of(asked.item)

    def attempt() -> None:
        stored, item = _running(store, asked)
        known = _known(item, asked)
        if _is_approved(item, asked) or (known is not None and known.decision is not None):
            return
        if known is not None and item.status is ItemStatus.REVIEW:
            return
        review = known or Review(
            **asked.model_dump(include={"about", "subject", "reasons", "pictures"}),
            review_id=review_id_of(item.revision, asked.about, asked.subject),
            revision=item.revision,
            asked_at=now,
            deadline=deadline,
        )
        changed = with_review(item, review).model_copy(
            update={
                "status": ItemStatus.REVIEW,
                "stage": None,
                "updated_at": now,
                "due_at": review.deadline,
                "waiting_since": None,
            }
        )
        patch = job_patch(moved_counters(item, ItemStatus.REVIEW), now, lease_s)
        told = announce(changed) if known is None else ()
        store.write(partition, [Replace(changed.dump(), stored.etag), patch, *told])

    racing(attempt)


def settle_review(
    store: StateStore, asked: ReviewRequest, now: datetime, lease_s: float, *, approve_late: bool
) -> Settlement:
    """How the review ended, or how long to wait before asking again.

    Nothing decided until the deadline is decided now, by `approve_late`. An item that is approved
    goes on as processing. Raises `RunEnded` when the run has nothing more to do.
    """
    partition = partition_of(asked.item)
    verdict: Verdict = "approve" if approve_late else "reject"
    late = Decision(verdict=verdict, by="deadline", decided_at=now)

    def attempt() -> Settlement:
        stored, item = _running(store, asked)
        review = _known(item, asked)
        if review is not None and review.decision is None:
            open_s = (review.deadline - now).total_seconds()
            if open_s > 0:
                return Settlement(verdict="wait", wait_s=min(open_s, _LOOK_AGAIN_S))
            review = review.model_copy(update={"decision": late})
            item = with_review(item, review)
        approved = _is_approved(item, asked)
        changed = _resumed(item, asked, now, lease_s) if approved else item
        patch = job_patch(moved_counters(item, changed.status, changed.stage), now, lease_s)
        store.write(partition, [Replace(changed.dump(), stored.etag), patch])
        if approved:
            return Settlement(verdict="approved")
        assert review is not None, "what is settled was asked for"
        return Settlement(verdict="refused", failure=_failure(review))

    return racing(attempt)


def _running(store: StateStore, asked: ReviewRequest) -> tuple[Stored, Item]:
    stored, item = require_item(store, partition_of(asked.item), asked.item.item_id)
    if item.revision != asked.item.revision or item.status in ITEM_FINAL:
        raise RunEnded(f"The item is {item.status.value}, in revision {item.revision}.")
    return stored, item


def _known(item: Item, asked: ReviewRequest) -> Review | None:
    """The review that was asked for with the same question, if there is one."""
    id = review_id_of(item.revision, asked.about, asked.subject)
    return next((review for review in item.reviews if review.review_id == id), None)


def _is_approved(item: Item, asked: ReviewRequest) -> bool:
    """In whichever revision: who has approved a cut-out need not do so again for a new scene."""
    return any(review.approves(asked.about, asked.subject) for review in item.reviews)


def with_review(item: Item, review: Review) -> Item:
    """The item with this review as its latest."""
    others = (other for other in item.reviews if other.review_id != review.review_id)
    return item.model_copy(update={"reviews": (*others, review)[-_KEPT:]})


def _resumed(item: Item, asked: ReviewRequest, now: datetime, lease_s: float) -> Item:
    return item.model_copy(
        update={
            "status": ItemStatus.PROCESSING,
            "stage": _STAGE[asked.about],
            "updated_at": now,
            "due_at": now + timedelta(seconds=lease_s),
            "waiting_since": item.waiting_since or now,
        }
    )


def _failure(review: Review) -> Failure:
    decision = review.decision
    if decision is None or decision.by == "deadline":
        return Failure(code="review_timed_out", message="Nobody decided until the deadline.")
    note = f": {decision.note}" if decision.note else "."
    return Failure(code="rejected_in_review", message=f"A person rejected it{note}")
