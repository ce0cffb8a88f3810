"""What a person decides about an item that waits for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from opal.documents import ITEM_FINAL, Decision, Item, ItemStatus, Job, Review
from opal.errors import Conflict
from opal.recipe import Recipe
from opal.state.contract import Partition, Replace, StateStore
from opal.state.reviews import with_review
from opal.state.transition import (
    job_patch,
    moved_counters,
    next_revision,
    racing,
    require_item,
    require_job,
)


class Decided(NamedTuple):
    """A decision: the item that it was about, and what it is now."""

    job: Job
    before: Item
    item: Item
    review: Review


def decide_review(
    store: StateStore,
    partition: Partition,
    item_id: str,
    decision: Decision,
    lease_s: float,
    *,
    review_id: str | None = None,
    revise: Callable[[Recipe], Recipe] = lambda recipe: recipe,
) -> Decided:
    """Note what a person decided; a retry queues the item at once, as a new revision with the
    revised recipe. The same decision again changes nothing.

    Raises `NotFound`, or `Conflict`: `item_not_in_review`, or `review_decided` when it was decided
    otherwise before.
    """

    def attempt() -> Decided:
        stored, item = require_item(store, partition, item_id)
        _, job = require_job(store, partition)
        review = _named(item, review_id)
        if review.decision is not None:
            _require_same(review.decision, decision)
            return Decided(job, item, item, review)
        if review.revision != item.revision or item.status in ITEM_FINAL:
            raise _not_in_review(item)
        review = review.model_copy(update={"decision": decision})
        changed = with_review(item, review).model_copy(
            update={
                "restarts": 0,
                "updated_at": decision.decided_at,
                "due_at": decision.decided_at + timedelta(seconds=lease_s),
            }
        )
        if decision.verdict != "retry":
            store.write(partition, [Replace(changed.dump(), stored.etag)])
            return Decided(job, item, changed, review)
        again = next_revision(
            *(changed, decision.decided_at, lease_s), recipe=_own(job, item, revise)
        )
        moved = moved_counters(item, ItemStatus.QUEUED)
        patch = job_patch(moved, decision.decided_at, lease_s, reopen=True)
        store.write(partition, [Replace(again.dump(), stored.etag), patch])
        return Decided(job, item, again, review)

    return racing(attempt)


def _own(job: Job, item: Item, revise: Callable[[Recipe], Recipe]) -> Recipe | None:
    """The recipe of the item itself; None if it is its job's."""
    base = item.recipe or job.recipe
    revised = revise(base)
    return None if revised == job.recipe else revised


def _named(item: Item, review_id: str | None) -> Review:
    """The review that a decision names, else the latest."""
    wanted = [r for r in item.reviews if review_id in (None, r.review_id)]
    if not wanted:
        raise _not_in_review(item)
    return wanted[-1]


def _require_same(before: Decision, now: Decision) -> None:
    same = (before.verdict, before.options_digest) == (now.verdict, now.options_digest)
    if not same or before.by != now.by:
        who = "a person" if before.by == "person" else "the deadline"
        raise Conflict(f"It was decided by {who}: {before.verdict}.", code="review_decided")


def _not_in_review(item: Item) -> Conflict:
    return Conflict(
        f"The item is {item.status.value} and waits for no decision.", code="item_not_in_review"
    )
