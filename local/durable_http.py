"""The Durable Functions HTTP API, as far as `DurableOrchestrationClient` needs it.

Start, status (one and many), raise event, terminate, purge. Bodies arrive as the client sends
them: JSON text inside JSON.
"""

import json
from datetime import UTC, datetime
from typing import Any

import grpc
from aiohttp import web
from durabletask.client import (
    AsyncTaskHubGrpcClient,
    OrchestrationQuery,
    OrchestrationState,
    OrchestrationStatus,
)
from durabletask.internal import orchestrator_service_pb2 as pb

from local.engine import FINISHED

PREFIX = "/runtime/webhooks/durabletask"
_NAMES = {
    OrchestrationStatus.RUNNING: "Running",
    OrchestrationStatus.COMPLETED: "Completed",
    OrchestrationStatus.FAILED: "Failed",
    OrchestrationStatus.TERMINATED: "Terminated",
    OrchestrationStatus.CONTINUED_AS_NEW: "ContinuedAsNew",
    OrchestrationStatus.PENDING: "Pending",
    OrchestrationStatus.SUSPENDED: "Suspended",
}
_REPLACEABLE = pb.OrchestrationIdReusePolicy(replaceableStatus=[s.value for s in FINISHED])


class DurableHttp:
    """Handlers over the engine's client."""

    def __init__(
        self, client: AsyncTaskHubGrpcClient, orchestrations: set[str], version: str | None
    ) -> None:
        self._client = client
        self._orchestrations = orchestrations
        self._version = version

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve the API on this router."""
        router.add_post(f"{PREFIX}/orchestrators/{{name}}", self.start)
        router.add_post(f"{PREFIX}/orchestrators/{{name}}/{{id}}", self.start)
        router.add_get(f"{PREFIX}/instances", self.list)
        router.add_get(f"{PREFIX}/instances/", self.list)
        router.add_get(f"{PREFIX}/instances/{{id}}", self.status)
        router.add_delete(f"{PREFIX}/instances/{{id}}", self.purge)
        router.add_post(f"{PREFIX}/instances/{{id}}/raiseEvent/{{event}}", self.raise_event)
        router.add_post(f"{PREFIX}/instances/{{id}}/terminate", self.terminate)

    async def start(self, request: web.Request) -> web.Response:
        """202; 400 for an unknown orchestrator or a bad id; 409 while the id runs."""
        name, instance_id = request.match_info["name"], request.match_info.get("id")
        if name not in self._orchestrations:
            message = f"The function '{name}' doesn't exist, is disabled, or is not an orchestrator"
            return web.json_response({"ExceptionMessage": message}, status=400)
        if instance_id is not None and not _is_instance_id(instance_id):
            message = "Instance ids are 1 to 100 printable ASCII characters, not beginning with @"
            return web.json_response({"ExceptionMessage": message}, status=400)
        try:
            started = await self._client.schedule_new_orchestration(
                name,
                input=await _body(request),
                instance_id=instance_id,
                reuse_id_policy=_REPLACEABLE,
                version=request.query.get("version", self._version),
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.ALREADY_EXISTS:
                raise
            return web.json_response(
                f"An Orchestration instance with the id {instance_id} already runs.", status=409
            )
        return web.json_response({"id": started}, status=202)

    async def status(self, request: web.Request) -> web.Response:
        """200 when it ended, 202 while it runs, 404 for an unknown id."""
        state = await self._state(request)
        if state is None:
            return web.json_response("instance not found", status=404)
        with_input = request.query.get("showInput", "").lower() == "true"
        done = state.runtime_status in FINISHED
        return web.json_response(_view(state, with_input), status=200 if done else 202)

    async def list(self, request: web.Request) -> web.Response:
        """All instances, by `runtimeStatus` (comma separated) and `instanceIdPrefix`."""
        wanted = {name for name in request.query.get("runtimeStatus", "").split(",") if name}
        query = OrchestrationQuery(
            runtime_status=[s for s, name in _NAMES.items() if name in wanted] or None,
            instance_id_prefix=request.query.get("instanceIdPrefix"),
            fetch_inputs_and_outputs=True,
        )
        states = await self._client.get_all_orchestration_states(query)
        return web.json_response([_view(state, False) for state in states])

    async def raise_event(self, request: web.Request) -> web.Response:
        """202; 404 for an unknown id, 410 for one that ended."""
        state = await self._state(request)
        if state is None or state.runtime_status in FINISHED:
            return web.json_response(None, status=404 if state is None else 410)
        await self._client.raise_orchestration_event(
            state.instance_id, request.match_info["event"], data=await _body(request)
        )
        return web.json_response(None, status=202)

    async def terminate(self, request: web.Request) -> web.Response:
        """202; 404 for an unknown id, 410 for one that ended."""
        state = await self._state(request)
        if state is None or state.runtime_status in FINISHED:
            return web.json_response(None, status=404 if state is None else 410)
        reason = request.query.get("reason", "")
        await self._client.terminate_orchestration(state.instance_id, output=reason, recursive=True)
        return web.json_response(None, status=202)

    async def purge(self, request: web.Request) -> web.Response:
        """200 with the number of instances deleted; 404 for an unknown id."""
        result = await self._client.purge_orchestration(request.match_info["id"])
        deleted = result.deleted_instance_count
        return web.json_response({"instancesDeleted": deleted}, status=200 if deleted else 404)

    async def _state(self, request: web.Request) -> OrchestrationState | None:
        return await self._client.get_orchestration_state(request.match_info["id"])


async def _body(request: web.Request) -> Any:
    """The JSON value inside the JSON text inside the body, or None."""
    text = await request.text()
    outer = json.loads(text) if text else None
    return json.loads(outer) if isinstance(outer, str) else outer


def _is_instance_id(instance_id: str) -> bool:
    printable = instance_id.isascii() and instance_id.isprintable()
    return printable and 1 <= len(instance_id) <= 100 and not instance_id.startswith("@")


def _view(state: OrchestrationState, with_input: bool) -> dict[str, Any]:
    output = json.loads(state.serialized_output) if state.serialized_output else None
    if state.failure_details is not None:
        output = state.failure_details.message
    custom = state.serialized_custom_status
    return {
        "name": state.name,
        "instanceId": state.instance_id,
        "runtimeStatus": _NAMES[state.runtime_status],
        "input": state.get_input() if with_input else None,
        "customStatus": json.loads(custom) if custom else None,
        "output": output,
        "createdTime": _zulu(state.created_at),
        "lastUpdatedTime": _zulu(state.last_updated_at),
    }


def _zulu(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
