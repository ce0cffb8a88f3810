"""The delivery of a webhook: attempts, and the waiting between them, over days if need be."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from opal.documents import DeliverWebhook, Notified
from orchestrations.policies import call_with_backoff

bp = df.Blueprint()


@bp.orchestration_trigger(context_name="context")
def deliver_webhook(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Answers how the delivery ended: `delivered`, or why not.

    When the next attempt is due is decided with the record of the last one, because a lost
    orchestration is started again from there; here it is waited for.
    """
    work = DeliverWebhook.parse(context.get_input())
    while True:
        answer = yield from call_with_backoff(context, "notify_webhook", work.dump(), work.retry)
        notified = Notified.parse(answer)
        if notified.verdict == "over":
            return notified.reason
        wait = timedelta(seconds=notified.wait_s)
        yield context.create_timer(context.current_utc_datetime + wait)
