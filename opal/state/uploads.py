"""Items of API jobs: announced before their photo is there, and queued when it has come."""

from datetime import datetime, timedelta

from opal.documents import Item, ItemStatus, Job
from opal.state.claims import Source
from opal.state.contract import Create, Operation, Partition, Replace, StateStore
from opal.state.transition import (
    item_document_id,
    job_patch,
    moved_counters,
    partition_of,
    racing,
    require_job,
)

_ITEMS_A_BATCH = 99


def create_job(store: StateStore, job: Job, items: list[Item]) -> Job:
    """Store an announced job with its items; the job as stored, which may be an earlier one.

    A batch holds the job's document and 99 items, so a large job takes several. The job counts
    what is there, and a repeated call goes on where the last one ended.
    """
    partition = partition_of(job)

    def attempt() -> Job:
        stored = store.read(partition, job.id)
        known = Job.parse(stored.document) if stored else None
        if known is not None and known.request_digest != job.request_digest:
            return known
        begun = known.counters.total if known else 0
        if known is not None and begun >= known.declared:
            return known
        batch = items[begun : begun + _ITEMS_A_BATCH]
        creates: list[Operation] = [Create(item.dump()) for item in batch]
        if known is None:
            counters = job.counters.model_copy(update={"total": len(batch), "created": len(batch)})
            head: Operation = Create(job.model_copy(update={"counters": counters}).dump())
        else:
            assert stored is not None
            counters = known.counters.model_copy(
                update={
                    "total": begun + len(batch),
                    "created": known.counters.created + len(batch),
                }
            )
            head = Replace(known.model_copy(update={"counters": counters}).dump(), stored.etag)
        written = Job.parse(store.write(partition, [head, *creates])[0].document)
        return written if written.counters.total >= written.declared else attempt()

    return racing(attempt)


def claim_upload(
    store: StateStore,
    partition: Partition,
    item_id: str,
    path: str,
    source: Source,
    now: datetime,
    lease_s: float,
) -> tuple[Job, Item | None] | None:
    """Queue an announced item whose photo has come: its job, and the item if it is to start.

    None when there is no such item, or its photo lies elsewhere. The same photo delivered again,
    or one that comes for a canceled item, starts nothing; another photo is a new revision.
    """

    def attempt() -> tuple[Job, Item | None] | None:
        stored = store.read(partition, item_document_id(item_id))
        if stored is None:
            return None
        item = Item.parse(stored.document)
        if item.raw_path != path:
            return None
        _, job = require_job(store, partition)
        canceled = item.status is ItemStatus.CANCELED or job.cancel_requested_at is not None
        if canceled or item.source_etag == source.etag:
            return job, None
        first = item.status in {ItemStatus.CREATED, ItemStatus.UPLOADED}
        queued = Item(
            **item.model_dump(
                include={"id", "tenant_id", "job_id", "item_id", "filename", "content_type"}
                | {"raw_path", "recipe_digest", "trace_id", "created_at", "completions"}
            ),
            status=ItemStatus.QUEUED,
            source_etag=source.etag,
            source_bytes=source.bytes,
            revision=item.revision if first else item.revision + 1,
            updated_at=now,
            due_at=now + timedelta(seconds=lease_s),
            waiting_since=now,
        )
        moved = moved_counters(item, ItemStatus.QUEUED)
        patch = job_patch(moved, now, lease_s, reopen=True)
        store.write(partition, [Replace(queued.dump(), stored.etag), patch])
        return job, queued

    return racing(attempt)
