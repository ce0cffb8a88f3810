"""The host process: the function app behind one port."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from local.bindings import Function, read_functions
from local.blob_trigger import BlobPoller, container_of
from local.durable_http import DurableHttp
from local.engine import Engine
from local.event_grid import add_event_grid_webhook
from local.http_trigger import add_http_trigger
from local.invocation import Invoker, client_binding
from local.metrics import add_metrics
from local.timer_trigger import run_timer, schedule_of

_THREADS = 16
_log = logging.getLogger(__name__)


class HostConfig:
    """`host.json`, with `AzureFunctionsJobHost__…` settings laid over it as in Azure."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._json: Any = json.loads(path.read_text("utf-8"))
        for name, value in environment.items():
            if name.startswith("AzureFunctionsJobHost__"):
                *parents, leaf = name.split("__")[1:]
                node = self._json
                for part in parents:
                    node = node.setdefault(part, {})
                node[leaf] = value

    def get(self, path: str, default: Any) -> Any:
        """The value at a dotted path."""
        node = self._json
        for part in path.split("."):
            if not isinstance(node, dict) or part not in node:
                return default
            node = node[part]
        return node


async def serve(app: Any, root: Path, port: int, retention_s: float = 120.0) -> None:
    """Serve the app until SIGINT or SIGTERM."""
    from opal.blobs import get_blobs
    from opal.names import OUTPUTS, RAW, WORK
    from opal.settings import get_settings
    from opal.state import prepare_store

    config = HostConfig(root / "host.json", os.environ)
    functions = read_functions(app)
    for function in functions:
        if function.trigger_type == "timerTrigger":
            schedule_of(function)
    blobs = get_blobs()
    blobs.ensure_containers((RAW, WORK, OUTPUTS))
    prepare_store(get_settings())
    address = f"http://127.0.0.1:{port}"
    invoke = Invoker(address, _THREADS)
    engine = Engine(
        functions,
        int(config.get("extensions.durableTask.maxConcurrentActivityFunctions", 4)),
        timedelta(seconds=retention_s),
        client_binding(address),
    )
    client = await engine.start()
    runner = await _listen(functions, invoke, engine, client, config, port)
    background = [
        asyncio.create_task(engine.forget_finished(client, retention_s / 4)),
        *_watchers(functions, invoke, blobs),
    ]
    _log.info("serving %d functions at http://127.0.0.1:%d", len(functions), port)
    try:
        await _until_told_or_broken(background)
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await runner.cleanup()
        await client.close()
        await asyncio.to_thread(engine.stop)
        invoke.close()


async def _listen(
    functions: list[Function],
    invoke: Invoker,
    engine: Engine,
    client: Any,
    config: HostConfig,
    port: int,
) -> web.AppRunner:
    site = web.Application(client_max_size=100 * 1024 * 1024)
    version = config.get("extensions.durableTask.defaultVersion", None)
    DurableHttp(client, engine.orchestrations, version).add_routes(site.router)
    add_event_grid_webhook(site.router, functions, invoke)
    add_metrics(site.router)
    prefix = str(config.get("extensions.http.routePrefix", "api"))
    for function in functions:
        if function.trigger_type == "httpTrigger":
            add_http_trigger(site.router, function, invoke, prefix)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


def _watchers(functions: list[Function], invoke: Invoker, blobs: Any) -> list[asyncio.Task[None]]:
    tasks: list[asyncio.Task[None]] = []
    for function in functions:
        if function.trigger_type == "timerTrigger":
            tasks.append(asyncio.create_task(run_timer(function, invoke)))
        elif function.trigger_type == "blobTrigger":
            poller = BlobPoller(function, invoke, blobs.container(container_of(function)))
            tasks.append(asyncio.create_task(poller.run()))
    return tasks


async def _until_told_or_broken(background: list[asyncio.Task[None]]) -> None:
    """Wait for a signal; a background task that ends by an error ends the host with it."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told.set)
    waiting = asyncio.create_task(told.wait())
    ended, _ = await asyncio.wait([waiting, *background], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in ended:
        task.result()
