"""Close a job."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.boundary import activity_boundary
from opal.documents import CompleteJob, Json
from opal.state import get_store
from opal.state.jobs import complete_job as store_completed_job

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def complete_job(request: Json) -> Json:
    """Mark the job as completed, partial or failed, unless something new has come to it."""
    done = CompleteJob.parse(request)
    return {"closed": store_completed_job(get_store(), done, datetime.now(UTC))}
