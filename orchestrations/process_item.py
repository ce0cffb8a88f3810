"""The life of one photo: inspect, segment, place and upscale each scene, export, complete.

On the way a person may be asked: about a doubtful cut-out, and about outputs that are not
faithful enough.
"""

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df

from opal.documents import (
    FailItem,
    FinishJob,
    ItemOutcome,
    JobRef,
    ProcessItem,
    StartDeliveries,
)
from orchestrations.making import make
from orchestrations.policies import Call, CallFailed, call_or_leave
from orchestrations.run import Run

bp = df.Blueprint()
LOST_STAGE = frozenset({"stage_lost", "input_unreadable"})
"""Codes of a stage whose blob is gone: the item is made again, and finds what is left."""
RUN_ENDED = "run_ended"
"""Code of a stage that found its item canceled, finished or superseded."""
MAX_RUNS = 3


@bp.orchestration_trigger(context_name="context")
def process_item(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Answers how the item ended: completed, failed, or why there was nothing to do."""
    run = Run(context, ProcessItem.parse(context.get_input()))
    try:
        outcome = yield from _make_whatever_is_lost(run)
    except CallFailed as failed:
        if failed.failure.code == RUN_ENDED:
            return failed.failure.message
        run.at("failed", run.fraction)
        failure = FailItem(item=run.work.item, failure=failed.failure, stage=failed.activity)
        outcome = yield from run.call("fail_item", failure)
        verdict = f"failed: {failed.failure.code}"
    else:
        verdict = "completed"
    if isinstance(outcome, str):
        return outcome
    ended = ItemOutcome.parse(outcome)
    if ended.superseded:
        return "superseded by a newer revision"
    yield from _tell_and_finish(run, ended)
    return verdict


def _make_whatever_is_lost(run: Run) -> Call:
    """Make the item; begin again when a finished stage's blob was lost meanwhile."""
    for turn in range(1, MAX_RUNS + 1):
        try:
            return (yield from make(run))
        except CallFailed as failed:
            if failed.failure.code not in LOST_STAGE or turn == MAX_RUNS:
                raise
    raise AssertionError("the last turn returns or raises")


def _tell_and_finish(run: Run, ended: ItemOutcome) -> Call:
    """Start the webhooks about the end, and finish the job if this was its last item."""
    item, retry = run.work.item, run.work.retry
    if ended.deliveries:
        tell = StartDeliveries(trace_id=item.trace_id, deliveries=ended.deliveries)
        yield from call_or_leave(run.context, "start_deliveries", tell.dump(), retry)
    if ended.job_settled:
        finish = FinishJob(job=JobRef.parse(item.dump()), retry=retry)
        yield run.context.call_sub_orchestrator(
            "finish_job", finish.dump(), instance_id=f"{run.context.instance_id}-finish"
        )
