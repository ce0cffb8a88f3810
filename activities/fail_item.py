"""Store why an item failed and count it, in one transaction."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.boundary import activity_boundary
from opal.documents import FailItem, Json
from opal.settings import get_settings
from opal.state import get_store
from opal.state.progress import fail_item as store_failed_item

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def fail_item(request: Json) -> Json:
    """Mark the item as failed with its code; answers whether it was the job's last."""
    failed = FailItem.parse(request)
    return store_failed_item(
        get_store(),
        failed.item,
        failed.failure,
        failed.stage,
        datetime.now(UTC),
        get_settings().lease_s,
    ).dump()
