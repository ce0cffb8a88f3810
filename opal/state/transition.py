"""What all transitions share: reading jobs and items, moving counters, and repeating lost races.

A transition is idempotent: done twice, it changes nothing the second time and answers the same.
An item and its job's counters move in one batch. A transition that loses a race against another
writer reads again and decides anew.
"""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from opal.documents import Item, ItemStatus, Job, JobRef, JobStatus, Stage, StoredDocument
from opal.errors import DependencyDown, NotFound
from opal.names import Drop
from opal.state.contract import (
    AlreadyExists,
    ChangedMeanwhile,
    Missing,
    Operation,
    Partition,
    Patch,
    Replace,
    StateStore,
    Stored,
)

T = TypeVar("T")
Announce = Callable[[Item | Job], Sequence[Operation]]
"""What else is written in the transaction that ends an item or a job."""
_RACES = 50
NEVER = -1
"""The `ttl` of a document that stays, where it may have had another one."""


def partition_of(ref: JobRef | Drop | Job | Item) -> Partition:
    """The logical partition of a job."""
    return Partition(ref.tenant_id, ref.job_id)


def item_document_id(item_id: str) -> str:
    """The id of an item's document in its partition."""
    return f"item.{item_id}"


def ignored_document_id(item_id: str) -> str:
    """The id of the note about an ignored file."""
    return f"ignored.{item_id}"


def get_job(store: StateStore, partition: Partition) -> Job | None:
    """A job, or None."""
    stored = store.read(partition, "job")
    return Job.parse(stored.document) if stored else None


def get_item(store: StateStore, partition: Partition, item_id: str) -> Item | None:
    """An item, or None."""
    stored = store.read(partition, item_document_id(item_id))
    return Item.parse(stored.document) if stored else None


def require_item(store: StateStore, partition: Partition, item_id: str) -> tuple[Stored, Item]:
    stored = store.read(partition, item_document_id(item_id))
    if stored is None:
        raise NotFound("The item does not exist.", code="item_missing")
    return stored, Item.parse(stored.document)


def require_job(store: StateStore, partition: Partition) -> tuple[Stored, Job]:
    stored = store.read(partition, "job")
    if stored is None:
        raise NotFound("The job does not exist.", code="job_missing")
    return stored, Job.parse(stored.document)


def moved_counters(
    before: Item | None, after: ItemStatus, stage: Stage | None = None
) -> dict[str, int]:
    """The counters' changes when an item goes into a status, and into a stage of processing."""
    changes: dict[str, int] = {}
    if before is None:
        changes["/counters/total"] = 1
    if before is None or before.status is not after:
        changes[f"/counters/{after.value}"] = 1
        if before is not None:
            changes[f"/counters/{before.status.value}"] = -1
    left = before.stage if before else None
    if left is not stage:
        if left is not None:
            changes[f"/stages/{left.value}"] = -1
        if stage is not None:
            changes[f"/stages/{stage.value}"] = 1
    return changes


def job_patch(
    moved: dict[str, int],
    now: datetime,
    lease_s: float,
    *,
    reopen: bool = False,
    uncancel: bool = False,
) -> Patch:
    """The job's part in an item's move. `reopen` sets a job going that may have ended;
    `uncancel` takes back that it was to be canceled."""
    due_at = (now + timedelta(seconds=lease_s)).isoformat()
    changes: dict[str, object] = {"/updated_at": now.isoformat(), "/due_at": due_at}
    if reopen:
        changes["/last_item_at"] = now.isoformat()
        changes["/status"] = JobStatus.PROCESSING.value
        changes["/completed_at"] = None
        changes["/ttl"] = NEVER
    if uncancel:
        changes["/cancel_requested_at"] = None
    return Patch("job", add=moved, set=changes)


def replace_if_unchanged(
    store: StateStore, partition: Partition, known: StoredDocument, **update: object
) -> bool:
    """Write the document that the caller has read with these fields changed; False, and nothing
    written, if it moved meanwhile or is gone."""
    stored = store.read(partition, known.id)
    if stored is None or type(known).parse(stored.document) != known:
        return False
    changed = known.model_copy(update=update)
    try:
        store.write(partition, [Replace(changed.dump(), stored.etag)])
    except (ChangedMeanwhile, Missing):
        return False
    return True


def next_revision(item: Item, now: datetime, lease_s: float, **update: object) -> Item:
    """The item as it is queued again: of its last run only what `update` does not change."""
    return item.model_copy(
        update={
            "status": ItemStatus.QUEUED,
            "stage": None,
            "revision": item.revision + 1,
            "ttl": None,
            "processing_started_at": None,
            "processing_completed_at": None,
            "updated_at": now,
            "due_at": now + timedelta(seconds=lease_s),
            "waiting_since": now,
            **update,
        }
    )


def racing(attempt: Callable[[], T]) -> T:
    """Repeat an attempt that lost a race against another writer."""
    for turn in range(_RACES):
        try:
            return attempt()
        except (AlreadyExists, ChangedMeanwhile):
            time.sleep(random.uniform(0, 0.01 * min(turn + 1, 10)))
    raise DependencyDown("Too many writers compete for this document.")
