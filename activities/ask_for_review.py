"""Have an item wait for a person."""

from datetime import UTC, datetime, timedelta

import azure.durable_functions as df

from opal.boundary import activity_boundary
from opal.documents import Asked, Json, ReviewRequest
from opal.settings import get_settings
from opal.state import get_store
from opal.state.reviews import ask_for_review as ask_in_store
from opal.state.transition import item_document_id, partition_of
from opal.webhooks.outbox import Outbox

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def ask_for_review(request: Json) -> Json:
    """Store the question with the pictures to look at; answers whom to tell.

    Raises `RunEnded` when the item was canceled or superseded.
    """
    asked = ReviewRequest.parse(request)
    store, settings, now = get_store(), get_settings(), datetime.now(UTC)
    outbox = Outbox(store, settings, asked.item.tenant_id, now)
    deadline = now + timedelta(seconds=settings.review_timeout_s)
    ask_in_store(store, asked, now, deadline, settings.lease_s, outbox.operations)
    about = item_document_id(asked.item.item_id)
    return Asked(deliveries=outbox.deliveries_about(partition_of(asked.item), about)).dump()
