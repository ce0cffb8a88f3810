"""An app behind a port, with the parts of the local host that a test asks for."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
from aiohttp import web
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus

from local.bindings import read_functions
from local.durable_http import DurableHttp
from local.engine import Engine
from local.http_trigger import add_http_trigger
from local.invocation import Invoker, client_binding


class Served:
    """A running app: its address, its engine, and the unchanged client of the SDK.

    The server answers while something runs on the runner's loop: call it with a coroutine.
    """

    def __init__(
        self, runner: asyncio.Runner, app: df.DFApp, activities: int = 4, retention_s: float = 3600
    ) -> None:
        self._runner = runner
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        retention, client = timedelta(seconds=retention_s), client_binding(self.url)
        self._functions = {function.name: function for function in read_functions(app)}
        self.engine = Engine([*self._functions.values()], activities, retention, client)
        self(self._start())
        self.client = df.DurableOrchestrationClient(client_binding(self.url))

    async def invoke(self, name: str, **payload: Any) -> Any:
        """Call a function of the app that has the durable client, as a trigger would."""
        arguments = {"starter": client_binding(self.url), **payload}
        return await self._functions[name].call(**arguments)

    def __call__(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """Do it on the loop, and answer its result."""
        return self._runner.run(doing)

    async def _start(self) -> None:
        self.inner = await self.engine.start()
        site = web.Application()
        DurableHttp(self.inner, self.engine.orchestrations, "1.0.0").add_routes(site.router)
        self._site = web.AppRunner(site)
        await self._site.setup()
        await web.SockSite(self._site, self._socket).start()

    async def _stop(self) -> None:
        await self._site.cleanup()
        await self.inner.close()

    def close(self) -> None:
        """Stop the server, and the engine meanwhile: its worker looks but once a second whether
        to end."""
        threading.Thread(target=self.engine.stop).start()
        self(self._stop())

    async def ended(self, instance_id: str, limit_s: float = 20) -> DurableOrchestrationStatus:
        """The status of an instance once it is over."""
        return await until(lambda: self._over(instance_id), limit_s)

    async def _over(self, instance_id: str) -> DurableOrchestrationStatus | None:
        status = await self.client.get_status(instance_id)
        over = {"Completed", "Failed", "Terminated"}
        ended = status.runtime_status is not None and status.runtime_status.value in over
        return status if ended else None


class Site:
    """HTTP triggers of an app behind a port."""

    def __init__(self, runner: asyncio.Runner, app: Any, prefix: str = "") -> None:
        self._runner = runner
        self._invoke = Invoker("http://127.0.0.1:9", 4)
        self._application = web.Application()
        for function in read_functions(app):
            add_http_trigger(self._application.router, function, self._invoke, prefix)
        self.url = runner.run(self._start())

    async def _start(self) -> str:
        self._site = web.AppRunner(self._application)
        await self._site.setup()
        await web.TCPSite(self._site, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._site.addresses[0][1]}"

    def close(self) -> None:
        """Stop the server."""
        self._runner.run(self._site.cleanup())
        self._invoke.close()


async def until(condition: Callable[[], Awaitable[Any]], limit_s: float = 20) -> Any:
    """The condition's answer once it is true; fails when it does not become so in time."""
    deadline = time.monotonic() + limit_s
    while not (answer := await condition()):
        assert time.monotonic() < deadline, f"nothing in {limit_s:g} s"
        await asyncio.sleep(0.01)
    return answer


async def until_true(condition: Callable[[], Any], limit_s: float = 20) -> Any:
    """The same for a condition that needs no waiting."""

    async def ask() -> Any:
        return condition()

    return await until(ask, limit_s)
