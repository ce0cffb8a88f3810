"""Taking photos in: the job of a drop, its items, and when an item has to be made again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from opal.documents import (
    ITEM_FINAL,
    Failure,
    Item,
    ItemStatus,
    Job,
    JobStatus,
    sort_key_of,
)
from opal.errors import EngineUnavailable, ProfileMissing, RecipeInvalid
from opal.names import Drop
from opal.recipe import Recipe
from opal.state.contract import (
    AlreadyExists,
    Create,
    Operation,
    Partition,
    Patch,
    Replace,
    StateStore,
)
from opal.state.transition import (
    Announce,
    get_job,
    ignored_document_id,
    item_document_id,
    job_patch,
    moved_counters,
    next_revision,
    partition_of,
    racing,
    require_item,
)

_UNUSABLE_RECIPE = frozenset({RecipeInvalid.code, EngineUnavailable.code, ProfileMissing.code})


class Source(NamedTuple):
    """A raw blob's version: its ETag, and its size in bytes."""

    etag: str
    bytes: int


def ensure_job(
    store: StateStore,
    drop: Drop,
    recipe: Callable[[], Recipe],
    trace_id: str,
    now: datetime,
    *,
    recipe_etag: str | None = None,
    failure: Failure | None = None,
    announce: Announce = lambda _: (),
) -> Job:
    """The drop's job, created with the recipe if it does not exist yet.

    `recipe_etag` is the version of the `job.json` that the recipe comes from; `failure` is why
    the recipe can't be used, and then the job begins as failed.
    """
    partition = partition_of(drop)
    found = get_job(store, partition)
    if found is not None:
        return found
    chosen = recipe()
    job = Job(
        tenant_id=drop.tenant_id,
        job_id=drop.job_id,
        folder=drop.folder,
        status=JobStatus.FAILED if failure else JobStatus.CREATED,
        recipe=chosen,
        recipe_etag=recipe_etag,
        trace_id=trace_id,
        created_at=now,
        updated_at=now,
        last_item_at=now,
        completed_at=now if failure else None,
        due_at=now,
        error=failure,
        sort_key=sort_key_of(now, drop.job_id),
    )
    try:
        written = store.write(partition, [Create(job.dump()), *announce(job)])
        return Job.parse(written[0].document)
    except AlreadyExists:
        return ensure_job(
            *(store, drop, recipe, trace_id, now),
            recipe_etag=recipe_etag,
            failure=failure,
            announce=announce,
        )


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
    announce: Announce = lambda _: (),
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
        waiting_since=None if failure else now,
        error=failure,
    )

    def attempt() -> Item | None:
        stored = store.read(partition, fresh.id)
        if stored is None:
            write: Operation = Create(fresh.dump())
            moved, item = moved_counters(None, status), fresh
        else:
            known = Item.parse(stored.document)
            if known.source_etag == source.etag:
                return None
            item = fresh.model_copy(
                update={
                    "revision": known.revision + 1,
                    "completions": known.completions,
                    "created_at": known.created_at,
                }
            )
            write, moved = Replace(item.dump(), stored.etag), moved_counters(known, status)
        reopen = job.error is None
        patch = job_patch(moved, now, lease_s, reopen=reopen, uncancel=reopen)
        store.write(partition, [write, patch, *announce(item)])
        return item if status is ItemStatus.QUEUED else None

    return racing(attempt)


def requeue_item(
    store: StateStore,
    job: Job,
    item_id: str,
    now: datetime,
    lease_s: float,
    announce: Announce = lambda _: (),
) -> Item | None:
    """Fit an item to its job's new recipe: the item to start again, or None.

    When the recipe can't be used, what is not final yet fails with its error, and what was
    completed stays.
    """
    partition = partition_of(job)
    status = ItemStatus.FAILED if job.error else ItemStatus.QUEUED

    def attempt() -> Item | None:
        stored, item = require_item(store, partition, item_id)
        if not _needs_recipe(item, job):
            return None
        changed = next_revision(
            *(item, now, lease_s),
            status=status,
            waiting_since=None if job.error else now,
            recipe_digest=job.recipe.digest,
            recipe=None,
            restarts=0,
            error=job.error,
        )
        moved = moved_counters(item, status)
        patch = job_patch(moved, now, lease_s, reopen=job.error is None)
        told = announce(changed)
        store.write(partition, [Replace(changed.dump(), stored.etag), patch, *told])
        return changed if status is ItemStatus.QUEUED else None

    return racing(attempt)


def reopen_item(store: StateStore, partition: Partition, item_id: str, now: datetime) -> bool:
    """Queue a completed item again, due at once; False if it is not completed any more."""

    def attempt() -> bool:
        stored, item = require_item(store, partition, item_id)
        if item.status is not ItemStatus.COMPLETED:
            return False
        changed = next_revision(item, now, 0.0)
        patch = job_patch(moved_counters(item, ItemStatus.QUEUED), now, 0.0, reopen=True)
        store.write(partition, [Replace(changed.dump(), stored.etag), patch])
        return True

    return racing(attempt)


def _needs_recipe(item: Item, job: Job) -> bool:
    if job.error is not None:
        return item.status not in ITEM_FINAL
    failed_by_recipe = item.error is not None and item.error.code in _UNUSABLE_RECIPE
    return failed_by_recipe or item.recipe_digest != job.recipe.digest
