"""The function app's HTTP API on a free port, in this process, with a store and storage of its own.

Orchestrations are taken and never run: the server remembers what was started, and takes it for
running.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import azure.durable_functions as df
import pytest
from aiohttp import web
from azure.durable_functions.models.utils import http_utils

from local.bindings import Function, read_functions
from local.http_trigger import add_http_trigger
from local.invocation import Invoker
from opal.blobs import get_blobs
from opal.inference import get_inference
from opal.names import OUTPUTS, RAW, WORK
from opal.settings import get_settings
from opal.state import get_store
from tests.conftest import free_port
from triggers import http_api

_FACTORIES: tuple[Any, ...] = (get_settings, get_store, get_blobs, get_inference)
_DURABLE = "/runtime/webhooks/durabletask"


class ApiServer:
    """A running API; `starts` are the (orchestration, instance id) that it started, `events` the
    (instance id, event) that it raised."""

    def __init__(self) -> None:
        self.starts: list[tuple[str, str]] = []
        self.events: list[tuple[str, str]] = []
        self._port = free_port()
        self._invoke = Invoker(self.url, 8)
        self._ready, self._told = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def close(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._told.set)
        self._thread.join()
        self._invoke.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        site = web.Application(client_max_size=100 * 1024 * 1024)
        for function in _functions():
            add_http_trigger(site.router, function, self._invoke, "")
        site.router.add_post(f"{_DURABLE}/orchestrators/{{name}}/{{id}}", self._start)
        site.router.add_get(f"{_DURABLE}/instances/{{id}}", self._status)
        site.router.add_post(f"{_DURABLE}/instances/{{id}}/raiseEvent/{{event}}", self._raise)
        runner = web.AppRunner(site, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        self._ready.set()
        await self._told.wait()
        await runner.cleanup()
        # The SDK keeps one session for ever, on the loop that it was first used on.
        await http_utils._close_session()

    async def _start(self, request: web.Request) -> web.Response:
        self.starts.append((request.match_info["name"], request.match_info["id"]))
        return web.json_response({"id": request.match_info["id"]}, status=202)

    async def _raise(self, request: web.Request) -> web.Response:
        if not self._runs(request):
            return web.json_response(None, status=404)
        self.events.append((request.match_info["id"], request.match_info["event"]))
        return web.json_response(None, status=202)

    async def _status(self, request: web.Request) -> web.Response:
        if not self._runs(request):
            return web.json_response(None, status=404)
        return web.json_response({"runtimeStatus": "Running"}, status=202)

    def _runs(self, request: web.Request) -> bool:
        return any(id == request.match_info["id"] for _, id in self.starts)


@contextmanager
def api_server(environment: Mapping[str, str]) -> Iterator[ApiServer]:
    """The API with these settings; the process has them, and their clients, meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        _forget()
        get_blobs().ensure_containers((RAW, WORK, OUTPUTS))
        server = ApiServer()
        try:
            yield server
        finally:
            server.close()
            if get_store.cache_info().currsize:
                get_store().close()
            _forget()


@contextmanager
def serving_api(environment: Mapping[str, str]) -> Iterator[str]:
    """The address of the API with these settings."""
    with api_server(environment) as server:
        yield server.url


@cache
def _functions() -> list[Function]:
    """The app's HTTP functions, in an app of their own, because an app lists its functions once."""
    app = df.DFApp()
    for module in http_api.MODULES:
        app.register_functions(module.bp)
    return read_functions(app)


def _forget() -> None:
    for factory in _FACTORIES:
        factory.cache_clear()
