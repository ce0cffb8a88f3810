"""Store a finished item and count it, in one transaction."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.blobs import Blobs, get_blobs
from opal.boundary import activity_boundary
from opal.documents import CompleteItem, Json
from opal.names import OUTPUTS
from opal.settings import get_settings
from opal.state import get_store
from opal.state.progress import complete_item as store_completed_item

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def complete_item(request: Json) -> Json:
    """Mark the item as completed; answers whether it was the job's last."""
    done = CompleteItem.parse(request)
    outcome = store_completed_item(get_store(), done, datetime.now(UTC), get_settings().lease_s)
    if done.item.revision > 1 and not outcome.superseded:
        _remove_outputs_of_earlier_revisions(get_blobs(), done)
    return outcome.dump()


def _remove_outputs_of_earlier_revisions(blobs: Blobs, done: CompleteItem) -> None:
    """A new recipe may no longer have a scene or preset that an earlier one exported."""
    item = done.item
    kept = {output.path for output in done.outputs}
    prefix = f"{item.tenant_id}/{item.job_id}/{item.item_id}/"
    for name in blobs.list_names(OUTPUTS, prefix):
        if f"{OUTPUTS}/{name}" not in kept:
            blobs.delete(f"{OUTPUTS}/{name}")
