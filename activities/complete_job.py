"""Close a job."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.boundary import activity_boundary
from opal.documents import CompleteJob, JobOutcome, Json
from opal.settings import get_settings
from opal.state import get_store
from opal.state.jobs import complete_job as store_completed_job
from opal.state.transition import partition_of
from opal.webhooks.outbox import Outbox

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def complete_job(request: Json) -> Json:
    """Mark the job as completed, partial, failed or canceled, unless something new has come to
    it; answers whom to tell."""
    done = CompleteJob.parse(request)
    store, settings, now = get_store(), get_settings(), datetime.now(UTC)
    outbox = Outbox(store, settings, done.job.tenant_id, now)
    closed = store_completed_job(store, done, now, outbox.operations, settings.job_ttl_s)
    deliveries = outbox.deliveries_about(partition_of(done.job), "job")
    return JobOutcome(closed=closed, deliveries=deliveries).dump()
