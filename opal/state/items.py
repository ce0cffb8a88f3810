"""The transitions of jobs and items, written once over the store's contract.

Each is idempotent: done twice, it changes nothing the second time and answers the same. An
item and its job's counters move in one transaction. A transition that loses a race reads again
and decides anew.
"""

import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from opal.documents import (
    ITEM_FINAL,
    CompleteItem,
    Failure,
    Item,
    ItemOutcome,
    ItemRef,
    ItemStatus,
    Job,
    JobRef,
    JobStatus,
)
from opal.errors import DependencyDown, NotFound, RecipeInvalid
from opal.names import Drop
from opal.recipe import Recipe
from opal.state.contract import (
    AlreadyExists,
    ChangedMeanwhile,
    Create,
    Missing,
    Operation,
    Partition,
    Patch,
    Replace,
    StateStore,
    Stored,
)

T = TypeVar("T")
_RACES = 50


class Source(NamedTuple):
    """A raw blob's version: its ETag, and its size in bytes."""

    etag: str
    bytes: int


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


def ensure_job(
    store: StateStore, drop: Drop, recipe: Callable[[], Recipe], trace_id: str, now: datetime
) -> Job:
    """The drop's job, created with the recipe if it does not exist yet."""
    partition = partition_of(drop)
    found = get_job(store, partition)
    if found is not None:
        return found
    job = Job(
        tenant_id=drop.tenant_id,
        job_id=drop.job_id,
        folder=drop.folder,
        recipe=recipe(),
        trace_id=trace_id,
        created_at=now,
        updated_at=now,
        last_item_at=now,
        due_at=now,
    )
    try:
        return Job.parse(store.write(partition, [Create(job.dump())])[0].document)
    except AlreadyExists:
        return ensure_job(store, drop, recipe, trace_id, now)


def record_ignored(store: StateStore, drop: Drop, now: datetime) -> None:
    """Note once that a file of the folder was ignored, and why."""
    document = {
        "id": ignored_document_id(drop.item_id),
        "kind": "ignored",
        "tenant_id": drop.tenant_id,
        "job_id": drop.job_id,
        "filename": drop.filename,
        "reason": drop.reason,
        "created_at": now.isoformat(),
    }
    try:
        store.write(
            partition_of(drop),
            [Create(document), Patch("job", add={"/counters/ignored": 1})],
        )
    except AlreadyExists:
        return


def claim_item(
    store: StateStore,
    job: Job,
    drop: Drop,
    source: Source,
    now: datetime,
    lease_s: float,
    failure: Failure | None = None,
) -> Item | None:
    """Take a photo in: the queued item to start, or None if there is nothing to start.

    The same content delivered again is nothing new. New content under a known name is a new
    revision of its item. With a failure, or in a job whose recipe can't be used, the item is
    recorded as failed.
    """
    partition = partition_of(drop)
    failure = failure or job.error
    status = ItemStatus.FAILED if failure else ItemStatus.QUEUED
    fresh = Item(
        id=item_document_id(drop.item_id),
        tenant_id=drop.tenant_id,
        job_id=drop.job_id,
        item_id=drop.item_id,
        filename=drop.filename,
        status=status,
        raw_path=drop.path,
        source_etag=source.etag,
        source_bytes=source.bytes,
        recipe_digest=job.recipe.digest,
        trace_id=job.trace_id,
        created_at=now,
        updated_at=now,
        due_at=now + timedelta(seconds=lease_s),
        error=failure,
    )

    def attempt() -> Item | None:
        stored = store.read(partition, fresh.id)
        if stored is None:
            write: Operation = Create(fresh.dump())
            moved, item = _moved(None, status), fresh
        else:
            known = Item.parse(stored.document)
            if known.source_etag == source.etag:
                return None
            item = fresh.model_copy(
                update={"revision": known.revision + 1, "created_at": known.created_at}
            )
            write, moved = Replace(item.dump(), stored.etag), _moved(known.status, status)
        reopen = job.error is None
        store.write(partition, [write, _job_patch(moved, now, lease_s, reopen=reopen)])
        return item if status is ItemStatus.QUEUED else None

    return _racing(attempt)


def requeue_item(
    store: StateStore, job: Job, item_id: str, now: datetime, lease_s: float
) -> Item | None:
    """Fit an item to its job's new recipe: the item to start again, or None.

    When the recipe can't be used, what is not final yet fails with its error, and what was
    completed stays.
    """
    partition = partition_of(job)
    status = ItemStatus.FAILED if job.error else ItemStatus.QUEUED

    def attempt() -> Item | None:
        stored, item = _require(store, partition, item_id)
        if not _needs_recipe(item, job):
            return None
        changed = item.model_copy(
            update={
                "status": status,
                "revision": item.revision + 1,
                "recipe_digest": job.recipe.digest,
                "restarts": 0,
                "error": job.error,
                "processing_started_at": None,
                "processing_completed_at": None,
                "updated_at": now,
                "due_at": now + timedelta(seconds=lease_s),
            }
        )
        moved = _moved(item.status, status)
        patch = _job_patch(moved, now, lease_s, reopen=job.error is None)
        store.write(partition, [Replace(changed.dump(), stored.etag), patch])
        return changed if status is ItemStatus.QUEUED else None

    return _racing(attempt)


def reopen_item(store: StateStore, partition: Partition, item_id: str, now: datetime) -> bool:
    """Queue a completed item again, due at once; False if it is not completed any more."""

    def attempt() -> bool:
        stored, item = _require(store, partition, item_id)
        if item.status is not ItemStatus.COMPLETED:
            return False
        changed = item.model_copy(
            update={
                "status": ItemStatus.QUEUED,
                "revision": item.revision + 1,
                "processing_started_at": None,
                "processing_completed_at": None,
                "updated_at": now,
                "due_at": now,
            }
        )
        patch = _job_patch(_moved(item.status, ItemStatus.QUEUED), now, 0.0, reopen=True)
        store.write(partition, [Replace(changed.dump(), stored.etag), patch])
        return True

    return _racing(attempt)


def _needs_recipe(item: Item, job: Job) -> bool:
    if job.error is not None:
        return item.status not in ITEM_FINAL
    failed_by_recipe = item.error is not None and item.error.code == RecipeInvalid.code
    return failed_by_recipe or item.recipe_digest != job.recipe.digest


def begin_item(store: StateStore, ref: ItemRef, now: datetime, lease_s: float) -> str | None:
    """Mark the item as processing and renew its lease; a text says why there is nothing to do."""
    partition = partition_of(ref)

    def attempt() -> str | None:
        stored, item = _require(store, partition, ref.item_id)
        if item.revision != ref.revision:
            return "superseded by a newer revision"
        if item.status in ITEM_FINAL:
            return f"already {item.status.value}"
        changed = item.model_copy(
            update={
                "status": ItemStatus.PROCESSING,
                "processing_started_at": item.processing_started_at or now,
                "updated_at": now,
                "due_at": now + timedelta(seconds=lease_s),
            }
        )
        moved = _moved(item.status, ItemStatus.PROCESSING)
        store.write(
            partition,
            [Replace(changed.dump(), stored.etag), _job_patch(moved, now, lease_s)],
        )
        return None

    return _racing(attempt)


def complete_item(
    store: StateStore, done: CompleteItem, now: datetime, lease_s: float
) -> ItemOutcome:
    """Store what was made of the item and count it as completed."""
    changes = {
        "photo": {**done.photo.facts, "sha256": done.photo.sha256},
        "stages": {name: stage.path for name, stage in done.stages.items()},
        "outputs": done.outputs,
        "quality": {name: stage.quality for name, stage in done.stages.items()},
        "ai_metadata": {name: stage.model for name, stage in done.stages.items() if stage.model},
        "timings_ms": {
            "inspect": done.photo.elapsed_ms,
            **{name: _total_ms(stage.timings_ms) for name, stage in done.stages.items()},
        },
        "error": None,
        "failed_stage": None,
    }
    return _finish_item(store, done.item, ItemStatus.COMPLETED, changes, now, lease_s)


def fail_item(
    store: StateStore, ref: ItemRef, failure: Failure, stage: str, now: datetime, lease_s: float
) -> ItemOutcome:
    """Store why and in which stage the item failed, and count it as failed."""
    changes = {"error": failure, "failed_stage": stage}
    return _finish_item(store, ref, ItemStatus.FAILED, changes, now, lease_s)


def _finish_item(
    store: StateStore,
    ref: ItemRef,
    status: ItemStatus,
    changes: Mapping[str, object],
    now: datetime,
    lease_s: float,
) -> ItemOutcome:
    partition = partition_of(ref)

    def attempt() -> ItemOutcome:
        stored, item = _require(store, partition, ref.item_id)
        if item.revision != ref.revision:
            return ItemOutcome(superseded=True)
        if item.status in ITEM_FINAL:
            job = get_job(store, partition)
            return ItemOutcome(job_settled=job is not None and job.counters.settled)
        changed = item.model_copy(
            update={
                **changes,
                "status": status,
                "processing_completed_at": now,
                "updated_at": now,
            }
        )
        _, job_after = store.write(
            partition,
            [
                Replace(changed.dump(), stored.etag),
                _job_patch(_moved(item.status, status), now, lease_s),
            ],
        )
        return ItemOutcome(job_settled=Job.parse(job_after.document).counters.settled)

    return _racing(attempt)


def renew_item(
    store: StateStore, item: Item, now: datetime, lease_s: float, *, restart: bool
) -> bool:
    """Push the item's lease ahead; with `restart`, count it. False if it moved meanwhile."""
    stored = store.read(partition_of(item), item.id)
    if stored is None or Item.parse(stored.document) != item:
        return False
    changed = item.model_copy(
        update={
            "due_at": now + timedelta(seconds=lease_s),
            "restarts": item.restarts + int(restart),
        }
    )
    try:
        store.write(partition_of(item), [Replace(changed.dump(), stored.etag)])
    except (ChangedMeanwhile, Missing):
        return False
    return True


def _require(store: StateStore, partition: Partition, item_id: str) -> tuple[Stored, Item]:
    stored = store.read(partition, item_document_id(item_id))
    if stored is None:
        raise NotFound("The item does not exist.", code="item_missing")
    return stored, Item.parse(stored.document)


def _moved(before: ItemStatus | None, after: ItemStatus) -> dict[str, int]:
    """The counters' changes when an item goes from one status to another."""
    if before == after:
        return {}
    changes = {f"/counters/{after.value}": 1}
    if before is None:
        changes["/counters/total"] = 1
    else:
        changes[f"/counters/{before.value}"] = -1
    return changes


def _job_patch(
    moved: dict[str, int], now: datetime, lease_s: float, *, reopen: bool = False
) -> Patch:
    due_at = (now + timedelta(seconds=lease_s)).isoformat()
    changes: dict[str, object] = {"/updated_at": now.isoformat(), "/due_at": due_at}
    if reopen:
        changes["/last_item_at"] = now.isoformat()
        changes["/status"] = JobStatus.PROCESSING.value
        changes["/completed_at"] = None
    return Patch("job", add=moved, set=changes)


def _total_ms(timings: dict[str, float]) -> float:
    return timings.get("total", 0.0)


def _racing(attempt: Callable[[], T]) -> T:
    """Repeat an attempt that lost a race against another writer."""
    for turn in range(_RACES):
        try:
            return attempt()
        except (AlreadyExists, ChangedMeanwhile):
            time.sleep(random.uniform(0, 0.01 * min(turn + 1, 10)))
    raise DependencyDown("Too many writers compete for this document.")
