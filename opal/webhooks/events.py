"""What webhooks tell about: that an item or a job has come to an end, or waits for a person.

An event is made from the stored document alone, so that whoever looks at the same end or
question again finds the same event, with the same id.
"""

import hashlib
from datetime import datetime
from enum import StrEnum

from opal.documents import (
    ITEM_FINAL,
    JOB_FINAL,
    Document,
    Failure,
    Item,
    ItemStatus,
    Job,
    JobStatus,
    Json,
    Review,
)


class EventType(StrEnum):
    """What can be told, by Standard Webhooks' naming."""

    ITEM_COMPLETED = "item.completed"
    ITEM_FAILED = "item.failed"
    ITEM_CANCELED = "item.canceled"
    ITEM_REVIEW = "item.review"
    JOB_COMPLETED = "job.completed"
    JOB_PARTIAL = "job.partial"
    JOB_FAILED = "job.failed"
    JOB_CANCELED = "job.canceled"


class Event(Document):
    """Something to tell; `payload` is the body that receivers get."""

    id: str
    type: EventType
    tenant_id: str
    job_id: str
    item_id: str | None = None
    trace_id: str
    payload: Json


def event_of(changed: Item | Job) -> Event | None:
    """The event of a document's end or of a question to a person; None while there is neither."""
    return _of_item(changed) if isinstance(changed, Item) else _of_job(changed)


def _of_item(item: Item) -> Event | None:
    if item.status is ItemStatus.REVIEW and item.review is not None:
        return _of_review(item, item.review)
    if item.status not in ITEM_FINAL:
        return None
    type = EventType(f"item.{item.status.value}")
    error = item.error if item.status is ItemStatus.FAILED else None
    data = {"item_id": item.item_id, **_data(item, error)}
    return _event(type, item, f"r{item.revision}", item.updated_at, data, item.item_id)


def _of_review(item: Item, review: Review) -> Event:
    shown = review.model_dump(
        mode="json", include={"review_id", "about", "reasons", "asked_at", "deadline"}
    )
    data = {"item_id": item.item_id, **_data(item, None), "review": shown}
    revision = f"r{item.revision}.{review.review_id}"
    return _event(EventType.ITEM_REVIEW, item, revision, review.asked_at, data, item.item_id)


def _of_job(job: Job) -> Event | None:
    if job.status not in JOB_FINAL:
        return None
    type = EventType(f"job.{job.status.value}")
    ended_at = job.completed_at or job.updated_at
    error = job.error if job.status is JobStatus.FAILED else None
    data = {**_data(job, error), "counters": job.counters.dump()}
    return _event(type, job, ended_at.isoformat(), ended_at, data)


def _data(changed: Item | Job, error: Failure | None) -> Json:
    data: Json = {
        "tenant_id": changed.tenant_id,
        "job_id": changed.job_id,
        "status": changed.status.value,
        "trace_id": changed.trace_id,
    }
    if error is not None:
        data["error"] = {"code": error.code, "message": error.message}
    return data


def _event(
    type: EventType,
    changed: Item | Job,
    revision: str,
    ended_at: datetime,
    data: Json,
    item_id: str | None = None,
) -> Event:
    whole = "/".join((type, changed.tenant_id, changed.job_id, item_id or "", revision))
    return Event(
        id=f"evt_{hashlib.sha256(whole.encode()).hexdigest()[:32]}",
        type=type,
        tenant_id=changed.tenant_id,
        job_id=changed.job_id,
        item_id=item_id,
        trace_id=changed.trace_id,
        payload={"type": type.value, "timestamp": ended_at.isoformat(), "data": data},
    )
