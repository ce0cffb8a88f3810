"""Decide whether a job can be finished."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.boundary import activity_boundary
from opal.documents import JobRef, Json
from opal.settings import get_settings
from opal.state import get_store
from opal.state.contract import Partition
from opal.state.jobs import settle_job as settle_stored_job

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def settle_job(request: Json) -> Json:
    """Answer `finish`, `wait` with seconds, or `leave` when items are still on their way."""
    job = JobRef.parse(request)
    return settle_stored_job(
        get_store(),
        Partition(job.tenant_id, job.job_id),
        datetime.now(UTC),
        get_settings().settle_s,
    ).dump()
