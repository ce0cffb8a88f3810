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
    """An orchestration to start."""

    orchestration: str
    instance_id: str
    payload: dict[str, object]


async def start_all(client: df.DurableOrchestrationClient, starts: Sequence[Start]) -> None:
    """Start each orchestration; one that runs already is as good as started."""
    for start in starts:
        try:
            with observe_start(start.orchestration, start.payload):
                await client.start_new(start.orchestration, start.instance_id, start.payload)
        except Exception:
            status = await client.get_status(start.instance_id)
            if status.runtime_status not in RUNNING:
                raise
            _log.info("%s runs already", start.instance_id)
