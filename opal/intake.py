"""Intake: what happens when a file appears in the raw container.

A photo becomes a claimed item, a `job.json` the recipe of its folder's job, anything else a
note. The answer is the orchestrations to start; whoever calls starts them. The claim comes
first and is conditional, so an event that is delivered again finds nothing to do.
"""

from datetime import datetime

from opal.blobs import Blobs
from opal.documents import FinishJob, Item, ItemRef, Job, JobRef, ProcessItem
from opal.documents.base import Document
from opal.errors import NameRejected, NotFound, RecipeInvalid
from opal.job_options import default_recipe, read_job_options
from opal.names import (
    RAW,
    RECIPE_FILE,
    ROOT_JOB,
    UNASSIGNED,
    Drop,
    DropKind,
    instance_id_of,
    item_id_of,
    understand_drop,
)
from opal.recipe import Recipe
from opal.settings import Settings
from opal.state import StateStore
from opal.state.claims import Source, claim_item, ensure_job, record_ignored, requeue_item
from opal.state.jobs import set_recipe
from opal.state.transition import get_job, partition_of
from opal.telemetry import new_trace_id

_MAX_OPTIONS_BYTES = 256 * 1024
_PAGE = 100


class Start(Document):
    """An orchestration to start."""

    orchestration: str
    instance_id: str
    payload: dict[str, object]


def take_in(
    store: StateStore, blobs: Blobs, settings: Settings, path: str, source: Source, now: datetime
) -> list[Start]:
    """Handle the blob at `path` inside the raw container."""
    try:
        drop = understand_drop(path)
    except NameRejected as error:
        _record_rejected(store, settings, path, source, error, now)
        return []
    if drop.kind is DropKind.RECIPE:
        return _take_recipe(store, blobs, settings, drop, source, now)
    job = ensure_job(store, drop, lambda: _folder_recipe(blobs, drop), new_trace_id(), now)
    if drop.kind is DropKind.IGNORED:
        record_ignored(store, drop, now)
        return []
    item = claim_item(store, job, drop, source, now, settings.lease_s)
    latest = get_job(store, partition_of(drop)) or job
    if latest.recipe.digest != job.recipe.digest or latest.error != job.error:
        # A job.json came between reading the job and claiming the photo.
        item = requeue_item(store, latest, drop.item_id, now, settings.lease_s)
    return [start_of_item(settings, latest, item)] if item else []


def start_of_item(settings: Settings, job: Job, item: Item) -> Start:
    """The orchestration of an item's revision."""
    ref = ItemRef(
        tenant_id=item.tenant_id,
        job_id=item.job_id,
        item_id=item.item_id,
        revision=item.revision,
        trace_id=item.trace_id,
    )
    work = ProcessItem(
        item=ref,
        raw_path=item.raw_path,
        source_etag=item.source_etag,
        recipe=job.recipe,
        retry=settings.retry,
    )
    instance_id = instance_id_of(item.tenant_id, item.job_id, item.item_id, item.revision)
    return Start(orchestration="process_item", instance_id=instance_id, payload=work.dump())


def start_of_finish(settings: Settings, job: Job) -> Start:
    """The orchestration that finishes a job whose own finish was lost."""
    ref = JobRef(tenant_id=job.tenant_id, job_id=job.job_id, trace_id=job.trace_id)
    work = FinishJob(job=ref, retry=settings.retry)
    instance_id = instance_id_of(job.tenant_id, job.job_id, "finish", 0)
    return Start(orchestration="finish_job", instance_id=instance_id, payload=work.dump())


def _folder_recipe(blobs: Blobs, drop: Drop) -> Recipe:
    """The folder's job.json if it is there and usable already, else the defaults.

    An unusable one is left to its own event, which fails the job with the reason.
    """
    folder = f"{drop.folder}/" if drop.folder else ""
    try:
        return read_job_options(blobs.read(f"{RAW}/{drop.tenant_id}/{folder}{RECIPE_FILE}"))
    except (NotFound, RecipeInvalid):
        return default_recipe()


def _take_recipe(
    store: StateStore,
    blobs: Blobs,
    settings: Settings,
    drop: Drop,
    source: Source,
    now: datetime,
) -> list[Start]:
    recipe: Recipe | None = None
    failure = None
    try:
        if source.bytes > _MAX_OPTIONS_BYTES:
            raise RecipeInvalid(f"job.json: larger than {_MAX_OPTIONS_BYTES} bytes")
        recipe = read_job_options(blobs.read(drop.path))
    except RecipeInvalid as error:
        failure = error.failure
    ensure_job(store, drop, lambda: recipe or default_recipe(), new_trace_id(), now)
    partition = partition_of(drop)
    job = set_recipe(store, partition, recipe, failure, source.etag, now)
    starts: list[Start] = []
    continuation: str | None = None
    while True:
        page = store.page(partition, "item", _PAGE, continuation)
        for document in page.documents:
            item = requeue_item(store, job, document["item_id"], now, settings.lease_s)
            if item is not None:
                starts.append(start_of_item(settings, job, item))
        continuation = page.continuation
        if continuation is None:
            return starts


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
    job = ensure_job(store, drop, default_recipe, new_trace_id(), now)
    claim_item(store, job, drop, source, now, settings.lease_s, failure=error.failure)
