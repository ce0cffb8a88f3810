"""Orchestrations to start, and starting them."""

import logging
from collections.abc import Sequence

import azure.durable_functions as df

from opal.documents import Document
from opal.telemetry import observe_start

RUNNING = frozenset(
    {
        df.OrchestrationRuntimeStatus.Running,
        df.OrchestrationRuntimeStatus.Pending,
        df.OrchestrationRuntimeStatus.Suspended,
        df.OrchestrationRuntimeStatus.ContinuedAsNew,
    }
)
_log = logging.getLogger(__name__)


class Start(Document):
    """An orchestration to start; with an `event` one that runs gets that instead."""

    orchestration: str
    instance_id: str
    payload: dict[str, object]
    event: str | None = None


async def start_all(client: df.DurableOrchestrationClient, starts: Sequence[Start]) -> None:
    """Start each orchestration; one that runs already is as good as started."""
    for start in starts:
        if start.event is not None and await _woken(client, start.instance_id, start.event):
            continue
        await _start(client, start)


async def _start(
    client: df.DurableOrchestrationClient, start: Start, *, once_more: bool = True
) -> None:
    try:
        with observe_start(start.orchestration, start.payload):
            await client.start_new(start.orchestration, start.instance_id, start.payload)
    except Exception:
        status = (await client.get_status(start.instance_id)).runtime_status
        if status in RUNNING:
            _log.info("%s runs already", start.instance_id)
        elif status is not None and once_more:
            # It may have run when it was to be started, and have ended before it was looked at.
            await _start(client, start, once_more=False)
        else:
            raise


async def _woken(client: df.DurableOrchestrationClient, instance_id: str, event: str) -> bool:
    """Raise the event; False when there is nobody to hear it."""
    try:
        await client.raise_event(instance_id, event, {})
    except Exception:
        status = await client.get_status(instance_id)
        if status.runtime_status in RUNNING:
            raise
        return False
    return True
