"""The end of a job: wait until no more photos come, pack the outputs, close the job."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from opal.documents import (
    CompleteJob,
    FinishJob,
    JobOutcome,
    JobSettlement,
    PackagedJob,
    StartDeliveries,
)
from orchestrations.policies import call_or_leave, call_with_backoff

bp = df.Blueprint()


@bp.orchestration_trigger(context_name="context")
def finish_job(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Answers `closed`, or `left` when other items are still on their way.

    Several may run for one job, because a folder can settle more than once while photos are
    dropped; each asks again before it acts, and only one closes the job.
    """
    work = FinishJob.parse(context.get_input())
    job = work.job.dump()
    while True:
        asked = yield from call_with_backoff(context, "settle_job", job, work.retry)
        settlement = JobSettlement.parse(asked)
        if settlement.verdict == "leave":
            return "left"
        if settlement.verdict == "finish":
            break
        wait = timedelta(seconds=settlement.wait_s)
        yield context.create_timer(context.current_utc_datetime + wait)
    context.set_custom_status({"stage": "package", "job_id": work.job.job_id})
    answer = yield from call_with_backoff(context, "package_job", job, work.retry)
    package = PackagedJob.parse(answer)
    if package.reopened:
        return "left"
    done = CompleteJob(job=work.job, package=package, settled_at=settlement.settled_at)
    answer = yield from call_with_backoff(context, "complete_job", done.dump(), work.retry)
    outcome = JobOutcome.parse(answer)
    if outcome.deliveries:
        tell = StartDeliveries(trace_id=work.job.trace_id, deliveries=outcome.deliveries)
        yield from call_or_leave(context, "start_deliveries", tell.dump(), work.retry)
    return "closed" if outcome.closed else "left"
