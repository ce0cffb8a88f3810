"""Taking an order for a job: from the API's request to the stored job and its items."""

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from opal.api.jobs import AnnouncedItem, CreatedJob, NewJob
from opal.documents import Item, ItemStatus, Job, JobSource, sort_key_of
from opal.errors import InvalidInput
from opal.names import api_item_id, api_job_id, upload_path
from opal.recipe import Recipe
from opal.settings import Settings
from opal.state import StateStore
from opal.state.contract import Partition
from opal.state.transition import get_job, item_document_id
from opal.state.uploads import create_job


def order_job(
    store: StateStore,
    settings: Settings,
    tenant_id: str,
    order: NewJob,
    idempotency_key: str | None,
    recipe: Callable[[], Recipe],
    trace_id: str,
    now: datetime,
) -> CreatedJob:
    """Create the job, or find the one that the same request under the same key created.

    The job's id is derived from the idempotency key, so two requests at once create one job.
    `recipe` resolves the order, and may refuse it; it is not asked for a job that is there
    already. Raises `InvalidInput` (`idempotency_key_reused`) when the key came with another
    request.
    """
    job_id = _job_id(tenant_id, idempotency_key)
    digest = _digest(order)
    known = get_job(store, Partition(tenant_id, job_id)) if idempotency_key else None
    if known is None or (known.request_digest == digest and not _is_whole(known)):
        job = Job(
            tenant_id=tenant_id,
            job_id=job_id,
            source=JobSource.API,
            recipe=known.recipe if known else recipe(),
            request_digest=digest,
            declared=len(order.items),
            budget=order.budget,
            trace_id=known.trace_id if known else trace_id,
            created_at=now,
            updated_at=now,
            last_item_at=now,
            due_at=now + timedelta(seconds=settings.upload_deadline_s),
            sort_key=sort_key_of(now, job_id),
        )
        known = create_job(store, job, _items(settings, job, order, now))
    if known.request_digest != digest:
        raise InvalidInput(
            "This Idempotency-Key came with another request before.", code="idempotency_key_reused"
        )
    return CreatedJob(
        job_id=job_id,
        tenant_id=tenant_id,
        status=known.status,
        trace_id=known.trace_id,
        items=tuple(
            AnnouncedItem(item_id=api_item_id(number, item.filename), filename=item.filename)
            for number, item in enumerate(order.items, 1)
        ),
    )


def _job_id(tenant_id: str, idempotency_key: str | None) -> str:
    if idempotency_key is None:
        return api_job_id(secrets.token_hex(16))
    digest = hashlib.sha256(f"{tenant_id}/{idempotency_key}".encode()).hexdigest()
    return api_job_id(digest[:32])


def _digest(order: NewJob) -> str:
    """The same for requests that ask for the same, whatever their spelling."""
    given = order.model_dump(mode="json", exclude={"tenant_id"}, exclude_defaults=True)
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()


def _is_whole(job: Job) -> bool:
    return job.counters.total >= job.declared


def _items(settings: Settings, job: Job, order: NewJob, now: datetime) -> list[Item]:
    items: list[Item] = []
    for number, new in enumerate(order.items, 1):
        item_id = api_item_id(number, new.filename)
        items.append(
            Item(
                id=item_document_id(item_id),
                tenant_id=job.tenant_id,
                job_id=job.job_id,
                item_id=item_id,
                filename=new.filename,
                content_type=new.content_type,
                prompt=new.prompt,
                status=ItemStatus.CREATED,
                raw_path=upload_path(job.tenant_id, job.job_id, item_id, new.filename),
                recipe_digest=job.recipe.digest,
                trace_id=job.trace_id,
                created_at=now,
                updated_at=now,
                due_at=now + timedelta(seconds=settings.upload_deadline_s),
            )
        )
    return items
