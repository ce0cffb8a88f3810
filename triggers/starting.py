"""Starting orchestrations for claimed work."""

import logging
from collections.abc import Sequence

import azure.durable_functions as df

from opal.intake import Start

_log = logging.getLogger(__name__)


async def start_all(client: df.DurableOrchestrationClient, starts: Sequence[Start]) -> None:
    """Start each orchestration; one that runs already is as good as started."""
    for start in starts:
        try:
            await client.start_new(start.orchestration, start.instance_id, start.payload)
        except Exception:
            status = await client.get_status(start.instance_id)
            if status.runtime_status not in RUNNING:
                raise
            _log.info("%s runs already", start.instance_id)


RUNNING = frozenset(
    {
        df.OrchestrationRuntimeStatus.Running,
        df.OrchestrationRuntimeStatus.Pending,
        df.OrchestrationRuntimeStatus.Suspended,
        df.OrchestrationRuntimeStatus.ContinuedAsNew,
    }
)
