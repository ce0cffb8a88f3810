"""A person's look at a photo: what is shown, and the wait for what is decided.

What was decided is in the store. The event only wakes whoever waits here, so one that is lost is
made up for by the next look, and one that comes twice changes nothing.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from opal.documents import (
    Asked,
    Failure,
    Output,
    Picture,
    ReviewRequest,
    Settlement,
    StageResult,
    StartDeliveries,
    event_of_review,
    review_id_of,
)
from orchestrations.policies import Call, CallFailed, call_or_leave
from orchestrations.run import Run


def judge_cutout(run: Run, cutout: StageResult) -> Call:
    """Let the cut-out pass by the recipe's gate, perhaps after a person has looked at it.

    Raises `CallFailed` when it does not pass.
    """
    judgement = run.work.recipe.gate.judge(cutout.quality)
    if judgement.verdict == "reject":
        failure = Failure(code="quality_rejected", message="; ".join(judgement.reasons))
        raise CallFailed("segment_product", failure)
    if judgement.verdict == "review":
        picture = Picture(name="cutout", path=cutout.path)
        yield from _pass(
            run,
            ReviewRequest(
                item=run.work.item,
                about="cutout",
                subject=cutout.sha256,
                reasons=judgement.reasons,
                pictures=(picture,),
            ),
        )


def judge_outputs(run: Run, held: Sequence[Output]) -> Call:
    """Have a person look at the outputs that were held back; raises `CallFailed` when they are
    not to go out."""
    limits = run.work.recipe.gate.fidelity
    reasons = [
        f"{_name(output)}: {reason}"
        for output in held
        for reason in limits.broken_by(output.fidelity.dump() if output.fidelity else {})
        or ("held back",)
    ]
    digests = "/".join(sorted(output.sha256 for output in held))
    yield from _pass(
        run,
        ReviewRequest(
            item=run.work.item,
            about="fidelity",
            subject=hashlib.sha256(digests.encode()).hexdigest(),
            reasons=tuple(reasons),
            pictures=tuple(Picture(name=_name(output), path=output.path) for output in held),
        ),
    )


def _name(output: Output) -> str:
    return f"{output.scene}/{output.preset}"


def _pass(run: Run, request: ReviewRequest) -> Call:
    """Ask, tell whoever wants to know, and wait; raises `CallFailed` unless it is approved."""
    run.at("review", run.fraction)
    asked = Asked.parse((yield from run.call("ask_for_review", request)))
    if asked.deliveries:
        tell = StartDeliveries(trace_id=request.item.trace_id, deliveries=asked.deliveries)
        yield from call_or_leave(run.context, "start_deliveries", tell.dump(), run.work.retry)
    settled = yield from _settled(run, request)
    if settled.failure is not None:
        raise CallFailed("review", settled.failure)


def _settled(run: Run, request: ReviewRequest) -> Call:
    """Look, wait for the event or for as long as the look said, and look again.

    The event is waited for once, in every race against a timer: see `event_of_review`.
    """
    context = run.context
    review_id = review_id_of(request.item.revision, request.about, request.subject)
    event = context.wait_for_external_event(event_of_review(review_id))
    while True:
        settled = Settlement.parse((yield from run.call("settle_review", request)))
        if settled.verdict != "wait":
            return settled
        timer = context.create_timer(
            context.current_utc_datetime + timedelta(seconds=settled.wait_s)
        )
        if event.is_completed:
            yield timer
            continue
        yield context.task_any([event, timer])
        if not timer.is_completed:
            timer.cancel()  # else the orchestration could not end before it fires
