"""Announced photos that never came: their items fail, so that their jobs can end."""

from datetime import datetime

from opal.documents import Failure, Item, ItemRef, ItemStatus
from opal.intake import start_of_finish
from opal.settings import Settings
from opal.starting import Start
from opal.state import StateStore
from opal.state.iterating import readable
from opal.state.progress import fail_item
from opal.state.transition import get_job, partition_of
from opal.webhooks.outbox import Outbox

_BATCH = 500
_FAILURE = Failure(code="upload_missing", message="The photo was not uploaded in time.")


def expire_uploads(store: StateStore, settings: Settings, now: datetime) -> list[Start]:
    """Fail the items whose upload deadline has passed; finish the jobs that end with them."""
    starts: dict[str, Start] = {}
    for item in readable(Item, store.due("item", [ItemStatus.CREATED.value], now, _BATCH)):
        outbox = Outbox(store, settings, item.tenant_id, now)
        outcome = fail_item(
            store,
            ItemRef.of(item),
            _FAILURE,
            "upload",
            now,
            settings.lease_s,
            outbox.operations,
            settings.job_ttl_s,
        )
        starts |= {start.instance_id: start for start in outbox.starts}
        job = get_job(store, partition_of(item)) if outcome.job_settled else None
        if job is not None:
            finish = start_of_finish(settings, job)
            starts[finish.instance_id] = finish
    return list(starts.values())
