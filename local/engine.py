"""The durable engine of one machine: durabletask's worker on its in-memory backend.

History lives in memory. What a killed host leaves behind is found by the sweeper, because the
state store says which items were under way. Finished instances are forgotten after a while, so
that memory does not grow with the number of photos.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from concurrent import futures
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from durabletask.client import AsyncTaskHubGrpcClient, OrchestrationQuery, OrchestrationStatus
from durabletask.internal import orchestrator_service_pb2_grpc as stubs
from durabletask.task import ActivityContext
from durabletask.testing.in_memory_backend import InMemoryOrchestrationBackend
from durabletask.worker import ConcurrencyOptions, TaskHubGrpcWorker

from local.bindings import Function
from local.orchestration_context import drive

FINISHED = [
    OrchestrationStatus.COMPLETED,
    OrchestrationStatus.FAILED,
    OrchestrationStatus.TERMINATED,
]
_GRPC_THREADS = 32
_log = logging.getLogger("local.durabletask")


class Engine:
    """Runs the app's orchestrations and activities, `activities` of them at once.

    Activities that are bound to the durable client get `client`, the binding's JSON.
    """

    def __init__(
        self,
        functions: Sequence[Function],
        activities: int,
        retention: timedelta,
        client: str = "",
    ) -> None:
        self._retention = retention
        self._client = client
        self._loop: asyncio.AbstractEventLoop | None = None
        self._backend = _LoopbackBackend()
        self._address = self._backend.start()
        self.orchestrations = {
            f.name for f in functions if f.trigger_type == "orchestrationTrigger"
        }
        self._worker = TaskHubGrpcWorker(
            host_address=self._address,
            concurrency_options=ConcurrencyOptions(
                maximum_concurrent_activity_work_items=activities,
                maximum_concurrent_orchestration_work_items=4,
                maximum_thread_pool_workers=activities + 4,
            ),
            emit_trace_spans=False,
            logger=_log,
        )
        for function in functions:
            self._register(function)

    async def start(self) -> AsyncTaskHubGrpcClient:
        """Begin to work; answers the client that starts and queries instances.

        Async activities run on the loop that runs this, as they do in the Functions worker.
        """
        self._loop = asyncio.get_running_loop()
        self._worker.start()
        return AsyncTaskHubGrpcClient(
            host_address=self._address, emit_trace_spans=False, logger=_log
        )

    def stop(self) -> None:
        """Stop; what is under way is left for the sweeper of the next start."""
        self._worker.stop()
        self._backend.stop(grace=0)

    async def forget_finished(self, client: AsyncTaskHubGrpcClient, every_s: float) -> None:
        """Purge instances that finished longer ago than the retention, for ever."""
        while True:
            await asyncio.sleep(every_s)
            query = OrchestrationQuery(runtime_status=FINISHED)
            horizon = datetime.now(UTC) - self._retention
            for state in await client.get_all_orchestration_states(query):
                if state.last_updated_at.replace(tzinfo=UTC) < horizon:
                    await client.purge_orchestration(state.instance_id, recursive=False)

    def _register(self, function: Function) -> None:
        if function.trigger_type == "orchestrationTrigger":
            orchestrator = function.call.orchestrator_function  # type: ignore[attr-defined]
            self._worker._registry.add_named_orchestrator(function.name, drive(orchestrator))
        elif function.trigger_type == "activityTrigger":
            self._worker._registry.add_named_activity(function.name, self._activity(function))

    def _activity(self, function: Function) -> Callable[[ActivityContext, Any], Any]:
        def run(_: ActivityContext, payload: Any) -> Any:
            arguments = dict.fromkeys(function.client_names, self._client)
            arguments[function.argument] = payload
            try:
                result = function.call(**arguments)
                if function.is_async:
                    assert self._loop is not None
                    result = asyncio.run_coroutine_threadsafe(result, self._loop).result()
            except Exception as error:
                if str(error):
                    raise
                # The backend takes a failure without a text for a success.
                raise RuntimeError(type(error).__name__) from error
            return json.loads(json.dumps(result))

        return run


class _LoopbackBackend(InMemoryOrchestrationBackend):
    """The backend on a free port of the loopback interface, instead of all interfaces."""

    def start(self) -> str:
        self._shutdown_event.clear()
        server = grpc.server(futures.ThreadPoolExecutor(_GRPC_THREADS))
        stubs.add_TaskHubSidecarServiceServicer_to_server(self, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self._server = server
        return f"127.0.0.1:{port}"
