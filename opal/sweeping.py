"""What the sweeper looks for, and what it does about it; starting is the caller's."""

import logging
from datetime import datetime, timedelta
from typing import Any

from opal.blobs import Blobs, etag_of
from opal.canceling import start_of_stop
from opal.documents import (
    Failure,
    Item,
    ItemRef,
    ItemStatus,
    Job,
    JobStatus,
)
from opal.errors import NameRejected
from opal.intake import start_of_finish, start_of_item, start_or_wake, take_in
from opal.names import RAW, DropKind, instance_id_of, understand_drop, upload_target
from opal.settings import Settings
from opal.starting import Start
from opal.state import StateStore
from opal.state.claims import Source
from opal.state.contract import AlreadyExists, ChangedMeanwhile, Create, Partition, Replace
from opal.state.iterating import readable
from opal.state.jobs import postpone_job
from opal.state.progress import fail_item, renew_item
from opal.state.transition import get_item, get_job, ignored_document_id, partition_of
from opal.webhooks.outbox import Outbox

_log = logging.getLogger(__name__)
_BATCH = 500
_BLOB_PAGES = 10
_BLOB_PAGE = 500
_CURSOR = Partition("_system", "sweep")


def items_past_lease(store: StateStore, now: datetime, *, waiting: bool = False) -> list[Item]:
    """Items that are queued or processing and have not been heard of for a lease, and items in
    review of which it is decided, or whose deadline has passed; with `waiting` those too that
    waited for credit when it was still asked for."""
    statuses = [ItemStatus.QUEUED.value, ItemStatus.PROCESSING.value, ItemStatus.REVIEW.value]
    statuses += [ItemStatus.BLOCKED.value] * waiting
    return list(readable(Item, store.due("item", statuses, now, _BATCH)))


def instance_of(item: Item) -> str:
    """The instance id of the item's orchestration."""
    return instance_id_of(item.tenant_id, item.job_id, item.item_id, item.revision)


def renew(store: StateStore, settings: Settings, item: Item, now: datetime) -> list[Start]:
    """The item's orchestration lives: look again a lease later. One that waits for a person is
    woken, because its event may have been lost."""
    renewed = renew_item(store, item, now, settings.lease_s, restart=False)
    job = get_job(store, partition_of(item)) if item.status is ItemStatus.REVIEW else None
    return [start_or_wake(settings, job, item)] if job is not None and renewed else []


def restart(store: StateStore, settings: Settings, item: Item, now: datetime) -> list[Start]:
    """The item's orchestration is gone: start it again, unless that was tried too often."""
    job = get_job(store, partition_of(item))
    if job is None:
        return []
    if item.restarts >= settings.max_restarts:
        return _give_up(store, settings, job, item, now)
    if not renew_item(store, item, now, settings.lease_s, restart=True):
        return []
    named = item.model_dump(include={"trace_id", "tenant_id", "job_id", "item_id"})
    _log.warning("restarting %s/%s/%s", item.tenant_id, item.job_id, item.item_id, extra=named)
    return [start_of_item(settings, job, item)]


def jobs_to_finish(store: StateStore, settings: Settings, now: datetime) -> list[Start]:
    """Jobs whose items are all final, or that are to be canceled, but that nobody finished."""
    starts: list[Start] = []
    statuses = [JobStatus.CREATED.value, JobStatus.PROCESSING.value]
    for job in readable(Job, store.due("job", statuses, now, _BATCH)):
        if job.cancel_requested_at is not None:
            starts.append(start_of_stop(settings, job))
        elif job.settled:
            starts.append(start_of_finish(settings, job))
        postpone_job(store, job, now + timedelta(seconds=settings.lease_s))
    return starts


def take_in_missed(
    store: StateStore, blobs: Blobs, settings: Settings, now: datetime
) -> list[Start]:
    """Raw blobs that no item stands for, some thousands a sweep, going on where the last ended."""
    starts: list[Start] = []
    continuation, etag = _read_cursor(store)
    for _ in range(_BLOB_PAGES):
        found, continuation = blobs.page(RAW, continuation, _BLOB_PAGE)
        for blob in found:
            if not _is_of_interest(settings, now - blob.last_modified):
                continue
            source = Source(etag_of(blob), int(blob.size))
            try:
                if not _is_known(store, blob.name, source):
                    known = (store, blobs, settings, blob.name, source, now)
                    starts.extend(take_in(*known, what="missed blob"))
            except Exception:
                # The cursor must get past it; the blob's turn comes again.
                _log.exception("a missed blob could not be taken in")
        if continuation is None:
            break
    _write_cursor(store, continuation, etag)
    return starts


def _is_of_interest(settings: Settings, age: timedelta) -> bool:
    """False for a blob whose event may still come, and for one whose item may be forgotten."""
    oldest_s = settings.job_ttl_s
    return age >= timedelta(seconds=settings.sweep_grace_s) and (
        oldest_s is None or age < timedelta(seconds=oldest_s)
    )


def _give_up(
    store: StateStore, settings: Settings, job: Job, item: Item, now: datetime
) -> list[Start]:
    ref = ItemRef.of(item)
    failure = Failure(
        code="item_stuck",
        message=f"The item was restarted {item.restarts} times and never finished.",
    )
    outbox = Outbox(store, settings, item.tenant_id, now)
    outcome = fail_item(
        store,
        ref,
        failure,
        "process_item",
        now,
        settings.lease_s,
        outbox.operations,
        settings.job_ttl_s,
    )
    finish = [start_of_finish(settings, job)] if outcome.job_settled else []
    return [*outbox.starts, *finish]


def _is_known(store: StateStore, name: str, source: Source) -> bool:
    """True when this version of the blob was taken in already, told by one small read."""
    try:
        drop = understand_drop(name)
    except NameRejected:
        return False
    target = upload_target(drop)
    if target is not None:
        announced = get_item(store, Partition(drop.tenant_id, target[0]), target[1])
        if announced is not None and announced.source_etag == source.etag:
            return True
    partition = partition_of(drop)
    if drop.kind is DropKind.RECIPE:
        job = get_job(store, partition)
        return job is not None and job.recipe_etag == source.etag and not job.refitting
    if drop.kind is DropKind.IGNORED:
        return store.read(partition, ignored_document_id(drop.item_id)) is not None
    item = get_item(store, partition, drop.item_id)
    return item is not None and item.source_etag == source.etag


def _read_cursor(store: StateStore) -> tuple[str | None, str | None]:
    stored = store.read(_CURSOR, "cursor")
    return (stored.document["continuation"], stored.etag) if stored else (None, None)


def _write_cursor(store: StateStore, continuation: str | None, etag: str | None) -> None:
    document: dict[str, Any] = {
        "id": "cursor",
        "kind": "cursor",
        **_CURSOR._asdict(),
        "continuation": continuation,
    }
    try:
        store.write(_CURSOR, [Replace(document, etag) if etag else Create(document)])
    except (AlreadyExists, ChangedMeanwhile):
        _log.info("another sweep is under way")
