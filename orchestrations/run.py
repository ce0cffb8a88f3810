"""A run of an item: what it works for, its calls, and how far it is."""

from typing import Any

import azure.durable_functions as df

from opal.documents import Document, ProcessItem
from orchestrations.policies import Call, call_with_backoff


class Run:
    """One orchestration's work on one revision of an item."""

    def __init__(self, context: df.DurableOrchestrationContext, work: ProcessItem) -> None:
        self.context = context
        self.work = work
        self.fraction = 0.0

    def call(self, activity: str, request: Document) -> Call:
        """Call an activity until it answers; raises `CallFailed`."""
        return (
            yield from call_with_backoff(self.context, activity, request.dump(), self.work.retry)
        )

    def at(self, stage: str, fraction: float) -> None:
        """Show which stage the item is in, and how far it is, 0 to 1, as the custom status."""
        self.fraction = max(fraction, self.fraction)
        item = self.work.item
        status: dict[str, Any] = {
            "stage": stage,
            "fraction": self.fraction,
            "job_id": item.job_id,
            "item_id": item.item_id,
            "trace_id": item.trace_id,
        }
        self.context.set_custom_status(status)
