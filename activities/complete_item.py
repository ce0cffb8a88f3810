"""Store a finished item and count it, in one transaction."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.blobs import Blobs, get_blobs
from opal.boundary import activity_boundary
from opal.credits.items import settle_credits
from opal.documents import CompleteItem, Json
from opal.names import outputs_of_item
from opal.settings import get_settings
from opal.state import get_store
from opal.state.progress import complete_item as store_completed_item
from opal.webhooks.outbox import Outbox

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def complete_item(request: Json) -> Json:
    """Mark the item as completed; answers whether it was the job's last, and whom to tell."""
    done = CompleteItem.parse(request)
    store, settings, now = get_store(), get_settings(), datetime.now(UTC)
    outbox = Outbox(store, settings, done.item.tenant_id, now)
    outcome = store_completed_item(
        store, done, now, settings.lease_s, outbox.operations, settings.job_ttl_s
    )
    settle_credits(store, settings, done.item, now)
    if done.item.revision > 1 and not outcome.superseded:
        _remove_outputs_of_earlier_revisions(get_blobs(), done)
    return outbox.of_item(done.item, outcome).dump()


def _remove_outputs_of_earlier_revisions(blobs: Blobs, done: CompleteItem) -> None:
    """A new recipe may no longer have a scene or preset that an earlier one exported."""
    item = done.item
    kept = {output.path for output in done.outputs}
    folder = outputs_of_item(item.tenant_id, item.job_id, item.item_id)
    container, prefix = folder.split("/", 1)
    for name in blobs.list_names(container, prefix):
        if f"{container}/{name}" not in kept:
            blobs.delete(f"{container}/{name}")
