"""A canceled job: cancel what is not finished, then finish the job."""

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df

from opal.documents import CanceledItems, FinishJob, StartDeliveries
from orchestrations.policies import call_or_leave, call_with_backoff

bp = df.Blueprint()


@bp.orchestration_trigger(context_name="context")
def stop_job(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Answers what `finish_job` answers."""
    work = FinishJob.parse(context.get_input())
    while True:
        answer = yield from call_with_backoff(context, "cancel_items", work.job.dump(), work.retry)
        canceled = CanceledItems.parse(answer)
        if canceled.deliveries:
            tell = StartDeliveries(trace_id=work.job.trace_id, deliveries=canceled.deliveries)
            yield from call_or_leave(context, "start_deliveries", tell.dump(), work.retry)
        if not canceled.more:
            break
    ended: str = yield context.call_sub_orchestrator(
        "finish_job", work.dump(), instance_id=f"{context.instance_id}-finish"
    )
    return ended
