"""Cancel what is not finished of a job."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.boundary import activity_boundary
from opal.canceling import cancel_some
from opal.documents import JobRef, Json
from opal.settings import get_settings
from opal.state import get_store

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def cancel_items(request: Json) -> Json:
    """Cancel a hundred or so of the job's items; answers whether there are more."""
    job = JobRef.parse(request)
    return cancel_some(get_store(), get_settings(), job, datetime.now(UTC)).dump()
