"""Invokes functions as the Functions worker does: async ones on the loop, others on threads."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from local.bindings import Function


class Invoker:
    """Calls functions with their payload and, where bound, the durable client's JSON."""

    def __init__(self, base_url: str, threads: int) -> None:
        self._client_binding = client_binding(base_url)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="function")

    async def __call__(self, function: Function, payload: object) -> Any:
        """Call the function; what it raises comes out."""
        arguments = dict.fromkeys(function.client_names, self._client_binding)
        arguments[function.argument] = payload
        if function.is_async:
            return await function.call(**arguments)
        loop = asyncio.get_running_loop()
        context = copy_context()
        return await loop.run_in_executor(
            self._pool, lambda: context.run(function.call, **arguments)
        )

    def close(self) -> None:
        """Let running calls end; take no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def client_binding(base_url: str) -> Any:
    """The JSON that the Durable extension hands a client binding, pointing at this host."""
    instances = f"{base_url}/runtime/webhooks/durabletask/instances/INSTANCEID"
    return json.dumps(
        {
            "taskHubName": "opal",
            "creationUrls": {
                "createNewInstancePostUri": f"{base_url}/runtime/webhooks/durabletask"
                "/orchestrators/{functionName}[/{instanceId}]",
            },
            "managementUrls": {
                "id": "INSTANCEID",
                "statusQueryGetUri": instances,
                "sendEventPostUri": f"{instances}/raiseEvent/{{eventName}}",
                "terminatePostUri": f"{instances}/terminate?reason={{text}}",
                "purgeHistoryDeleteUri": instances,
            },
            "baseUrl": f"{base_url}/runtime/webhooks/durabletask",
            "rpcBaseUrl": f"{base_url}/runtime/webhooks/durabletask/",
        }
    )
