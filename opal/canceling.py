"""Canceling a job, however large: a hundred of its items at a time."""

from datetime import datetime

from opal.credits.items import settle_credits
from opal.documents import (
    ITEM_FINAL,
    CanceledItems,
    FinishJob,
    Item,
    ItemRef,
    ItemStatus,
    Job,
    JobRef,
)
from opal.names import instance_id_of
from opal.settings import Settings
from opal.starting import Start
from opal.state import StateStore
from opal.state.canceling import cancel_item
from opal.state.transition import partition_of
from opal.webhooks.outbox import Outbox

_AT_ONCE = 100
_PAGE = 100


def start_of_stop(settings: Settings, job: Job) -> Start:
    """The orchestration that cancels the job's items and then finishes the job."""
    ref = JobRef(tenant_id=job.tenant_id, job_id=job.job_id, trace_id=job.trace_id)
    work = FinishJob(job=ref, retry=settings.retry)
    instance_id = instance_id_of(job.tenant_id, job.job_id, "stop", 0)
    return Start(orchestration="stop_job", instance_id=instance_id, payload=work.dump())


def cancel_some(store: StateStore, settings: Settings, ref: JobRef, now: datetime) -> CanceledItems:
    """Cancel up to 100 items that are not final, give back what was held for them, and answer
    whom to tell; `more` says whether some are left."""
    partition = partition_of(ref)
    outbox = Outbox(store, settings, ref.tenant_id, now)
    canceled = 0
    for status in (status for status in ItemStatus if status not in ITEM_FINAL):
        while True:
            page = store.page(partition, "item", _PAGE, status=status.value)
            for document in page.documents:
                item = Item.parse(document)
                cancel_item(
                    store,
                    partition,
                    item.item_id,
                    now,
                    settings.lease_s,
                    outbox.operations,
                    settings.job_ttl_s,
                )
                settle_credits(store, settings, ItemRef.of(item), now)
                canceled += 1
            if canceled >= _AT_ONCE:
                return CanceledItems(canceled=canceled, more=True, deliveries=outbox.deliveries)
            if page.continuation is None:
                break
    return CanceledItems(canceled=canceled, deliveries=outbox.deliveries)
