"""Intake: what happens when a file appears in the raw container.

A photo becomes a claimed item, a `job.json` the recipe of its folder's job, anything else a
note. The answer is the orchestrations to start; whoever calls starts them. The claim comes
first and is conditional, so an event that is delivered again finds nothing to do.
"""

from datetime import datetime

from opal.blobs import Blobs
from opal.documents import FinishJob, Item, ItemRef, Job, JobRef, ProcessItem, event_of_review
from opal.errors import NameRejected
from opal.folder_recipes import ensure_folder_job, take_job_json
from opal.job_options import default_recipe
from opal.names import (
    RAW,
    ROOT_JOB,
    UNASSIGNED,
    Drop,
    DropKind,
    instance_id_of,
    item_id_of,
    understand_drop,
    upload_target,
)
from opal.settings import Settings
from opal.starting import Start
from opal.state import StateStore
from opal.state.claims import Source, claim_item, ensure_job, record_ignored, requeue_item
from opal.state.contract import Partition
from opal.state.transition import get_job, partition_of
from opal.state.uploads import claim_upload
from opal.telemetry import observe_event, trace_id_at_hand
from opal.webhooks.outbox import Outbox


def take_in(
    store: StateStore,
    blobs: Blobs,
    settings: Settings,
    path: str,
    source: Source,
    now: datetime,
    *,
    what: str = "blob",
) -> list[Start]:
    """Handle the blob at `path` inside the raw container; its span is named after `what`."""
    with observe_event(what) as event:
        starts = _take_in(store, blobs, settings, path, source, now)
        event.about(*(start.payload for start in starts))
        return starts


def _take_in(
    store: StateStore, blobs: Blobs, settings: Settings, path: str, source: Source, now: datetime
) -> list[Start]:
    try:
        drop = understand_drop(path)
    except NameRejected as error:
        _record_rejected(store, settings, path, source, error, now)
        return []
    uploaded = _take_upload(store, settings, drop, source, now)
    if uploaded is not None:
        return uploaded
    outbox = Outbox(store, settings, drop.tenant_id, now)
    tell, lease_s = outbox.operations, settings.lease_s
    if drop.kind is DropKind.RECIPE:
        job, items = take_job_json(store, blobs, settings, drop, source, now, tell)
        return [*(start_of_item(settings, job, item) for item in items), *outbox.starts]
    job = ensure_folder_job(store, blobs, settings, drop, now, tell)
    if drop.kind is DropKind.IGNORED:
        record_ignored(store, drop, now)
        return outbox.starts
    item = claim_item(store, job, drop, source, now, lease_s, announce=tell)
    latest = get_job(store, partition_of(drop)) or job
    if latest.recipe.digest != job.recipe.digest or latest.error != job.error:
        # A job.json came between reading the job and claiming the photo.
        item = requeue_item(store, latest, drop.item_id, now, lease_s, tell)
    begin = [start_of_item(settings, latest, item)] if item else []
    return [*begin, *outbox.starts]


def _take_upload(
    store: StateStore, settings: Settings, drop: Drop, source: Source, now: datetime
) -> list[Start] | None:
    """What to start for the photo of an API job's item; None for a file that is not one."""
    target = upload_target(drop)
    if target is None:
        return None
    job_id, item_id = target
    claimed = claim_upload(
        store,
        Partition(drop.tenant_id, job_id),
        item_id,
        drop.path,
        source,
        now,
        settings.lease_s,
    )
    if claimed is None:
        return None
    job, item = claimed
    return [start_of_item(settings, job, item)] if item else []


def start_of_item(settings: Settings, job: Job, item: Item) -> Start:
    """The orchestration of an item's revision."""
    work = ProcessItem(
        item=ItemRef.of(item),
        raw_path=item.raw_path,
        source_etag=item.source_etag,
        recipe=item.recipe_in(job),
        retry=settings.retry,
    )
    instance_id = instance_id_of(item.tenant_id, item.job_id, item.item_id, item.revision)
    return Start(orchestration="process_item", instance_id=instance_id, payload=work.dump())


def start_or_wake(settings: Settings, job: Job, item: Item) -> Start:
    """The same for an item that a person looks at: if it runs, it waits for this event."""
    start = start_of_item(settings, job, item)
    review = item.review
    return start.model_copy(update={"event": event_of_review(review.review_id) if review else None})


def start_of_finish(settings: Settings, job: Job) -> Start:
    """The orchestration that finishes a job whose own finish was lost."""
    ref = JobRef(tenant_id=job.tenant_id, job_id=job.job_id, trace_id=job.trace_id)
    work = FinishJob(job=ref, retry=settings.retry)
    instance_id = instance_id_of(job.tenant_id, job.job_id, "finish", 0)
    return Start(orchestration="finish_job", instance_id=instance_id, payload=work.dump())


def _record_rejected(
    store: StateStore,
    settings: Settings,
    path: str,
    source: Source,
    error: NameRejected,
    now: datetime,
) -> None:
    """Keep a drop that belongs to nobody where the operator finds it, as a failed item."""
    drop = Drop(
        kind=DropKind.PHOTO,
        tenant_id=UNASSIGNED,
        job_id=ROOT_JOB,
        folder="",
        filename=path[-200:],
        item_id=item_id_of(path),
        path=f"{RAW}/{path}",
    )
    job = ensure_job(store, drop, default_recipe, trace_id_at_hand(), now)
    claim_item(store, job, drop, source, now, settings.lease_s, failure=error.failure)
