"""Store why an item failed and count it, in one transaction."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.boundary import activity_boundary
from opal.credits.items import settle_credits
from opal.documents import FailItem, Json
from opal.settings import get_settings
from opal.state import get_store
from opal.state.progress import fail_item as store_failed_item
from opal.webhooks.outbox import Outbox

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def fail_item(request: Json) -> Json:
    """Mark the item as failed with its code; answers whether it was the job's last, and whom
    to tell."""
    failed = FailItem.parse(request)
    store, settings, now = get_store(), get_settings(), datetime.now(UTC)
    outbox = Outbox(store, settings, failed.item.tenant_id, now)
    outcome = store_failed_item(
        store,
        failed.item,
        failed.failure,
        failed.stage,
        now,
        settings.lease_s,
        outbox.operations,
        settings.job_ttl_s,
    )
    settle_credits(store, settings, failed.item, now)
    return outbox.of_item(failed.item, outcome).dump()
