"""Items that wait for credit: out of the way until there is some, and then queued again.

Waiting is no fault of the item: it keeps its revision, and its restarts are counted anew.
"""

from datetime import datetime, timedelta

from opal.documents import ITEM_FINAL, Failure, Item, ItemRef, ItemStatus
from opal.state.contract import Replace, StateStore
from opal.state.transition import (
    job_patch,
    moved_counters,
    partition_of,
    racing,
    require_item,
)


def block_item(
    store: StateStore, ref: ItemRef, why: Failure, now: datetime, retry_s: float, lease_s: float
) -> bool:
    """Have the item wait, to be looked at again after `retry_s` seconds; False if this revision
    is over."""
    partition = partition_of(ref)

    def attempt() -> bool:
        stored, item = require_item(store, partition, ref.item_id)
        if item.revision != ref.revision or item.status in ITEM_FINAL:
            return False
        changed = item.model_copy(
            update={
                "status": ItemStatus.BLOCKED,
                "stage": None,
                "error": why,
                "updated_at": now,
                "due_at": now + timedelta(seconds=retry_s),
                "waiting_since": None,
            }
        )
        patch = job_patch(moved_counters(item, ItemStatus.BLOCKED), now, lease_s)
        store.write(partition, [Replace(changed.dump(), stored.etag), patch])
        return True

    return racing(attempt)


def unblock_item(store: StateStore, blocked: Item, now: datetime, lease_s: float) -> bool:
    """Queue a waiting item, due at once; False if it does not wait any more."""
    partition = partition_of(blocked)

    def attempt() -> bool:
        stored, item = require_item(store, partition, blocked.item_id)
        if item.revision != blocked.revision or item.status is not ItemStatus.BLOCKED:
            return False
        changed = item.model_copy(
            update={
                "status": ItemStatus.QUEUED,
                "restarts": 0,
                "error": None,
                "updated_at": now,
                "due_at": now,
                "waiting_since": now,
            }
        )
        patch = job_patch(moved_counters(item, ItemStatus.QUEUED), now, lease_s)
        store.write(partition, [Replace(changed.dump(), stored.etag), patch])
        return True

    return racing(attempt)
