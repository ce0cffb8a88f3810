"""Canceling a job, one item after the other, and taking an item up again."""

from datetime import datetime

from opal.documents import ITEM_FINAL, JOB_FINAL, Item, ItemStatus, Job, JobStatus
from opal.errors import Conflict
from opal.state.contract import Partition, Replace, StateStore
from opal.state.transition import (
    Announce,
    job_patch,
    moved_counters,
    next_revision,
    racing,
    require_item,
    require_job,
)


def request_cancel(store: StateStore, partition: Partition, now: datetime) -> Job:
    """Note that the job is to be canceled; asked again, it changes nothing.

    Raises `NotFound`, or `Conflict` (`job_final`) for a job that has ended otherwise.
    """

    def attempt() -> Job:
        stored, job = require_job(store, partition)
        if job.cancel_requested_at is not None:
            return job
        if job.status in JOB_FINAL:
            raise Conflict(f"The job is {job.status.value} already.", code="job_final")
        changed = job.model_copy(
            update={
                "status": JobStatus.PROCESSING,
                "cancel_requested_at": now,
                "updated_at": now,
                "due_at": now,
            }
        )
        return Job.parse(store.write(partition, [Replace(changed.dump(), stored.etag)])[0].document)

    return racing(attempt)


def cancel_item(
    store: StateStore,
    partition: Partition,
    item_id: str,
    now: datetime,
    lease_s: float,
    announce: Announce = lambda _: (),
    ttl_s: int | None = None,
) -> Item | None:
    """End an item that is not final yet, and count it as canceled; None if it is final.

    A run that is under way meets the new status at its next stage, and stops there.
    """

    def attempt() -> Item | None:
        stored, item = require_item(store, partition, item_id)
        if item.status in ITEM_FINAL:
            return None
        changed = item.model_copy(
            update={
                "status": ItemStatus.CANCELED,
                "stage": None,
                "processing_completed_at": now,
                "updated_at": now,
                "waiting_since": None,
                "ttl": ttl_s,
            }
        )
        moved = moved_counters(item, ItemStatus.CANCELED)
        patch = job_patch(moved, now, lease_s)
        store.write(partition, [Replace(changed.dump(), stored.etag), patch, *announce(changed)])
        return changed

    return racing(attempt)


def retry_item(
    store: StateStore, partition: Partition, item_id: str, now: datetime, lease_s: float
) -> tuple[Job, Item]:
    """Queue a failed or canceled item again, as a new revision; its finished stages are found.

    Raises `NotFound`, or `Conflict`: `item_not_final` while it still moves, `item_completed`,
    `upload_missing` when its photo never came.
    """

    def attempt() -> tuple[Job, Item]:
        stored, item = require_item(store, partition, item_id)
        _, job = require_job(store, partition)
        _refuse_retry(item)
        changed = next_revision(
            *(item, now, lease_s),
            recipe_digest=job.recipe.digest,
            restarts=0,
            error=None,
            failed_stage=None,
        )
        moved = moved_counters(item, ItemStatus.QUEUED)
        patch = job_patch(moved, now, lease_s, reopen=True, uncancel=True)
        store.write(partition, [Replace(changed.dump(), stored.etag), patch])
        return job, changed

    return racing(attempt)


def _refuse_retry(item: Item) -> None:
    if item.status is ItemStatus.COMPLETED:
        raise Conflict("The item is completed.", code="item_completed")
    if item.status not in ITEM_FINAL:
        raise Conflict(f"The item is {item.status.value}.", code="item_not_final")
    if not item.source_etag:
        raise Conflict("The item's photo was never uploaded.", code="upload_missing")
