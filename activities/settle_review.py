"""Act upon what a person decided about an item, or on the deadline."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.boundary import activity_boundary
from opal.documents import Json, ReviewRequest
from opal.settings import get_settings
from opal.state import get_store
from opal.state.reviews import settle_review as settle_in_store

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def settle_review(request: Json) -> Json:
    """Answer `approved`, `refused` with the failure, or `wait` with seconds.

    Raises `RunEnded` when the item was canceled or superseded.
    """
    settings = get_settings()
    return settle_in_store(
        get_store(),
        ReviewRequest.parse(request),
        datetime.now(UTC),
        settings.lease_s,
        approve_late=settings.review_timeout_action == "approve",
    ).dump()
