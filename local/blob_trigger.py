"""Delivers blob-created events by looking at the container every second.

What was delivered is remembered in memory only: after a restart every blob is delivered again,
which is allowed, because events come at least once in Azure too. A delivery that fails is
repeated with growing pauses.
"""

import asyncio
import json
import logging
import time
from types import SimpleNamespace
from typing import Any

from azure.core.exceptions import AzureError
from azure.storage.blob import BlobProperties, ContainerClient
from azurefunctions.extensions.base import Datum
from azurefunctions.extensions.bindings.blob import BlobClient
from azurefunctions.extensions.bindings.blob.blobClientConverter import BlobClientConverter

from local.bindings import Function, UnsupportedBinding
from local.invocation import Invoker

_CONCURRENT = 16
_MAX_PAUSE_S = 60.0
_log = logging.getLogger(__name__)


class BlobPoller:
    """Watches the container of one blob trigger."""

    def __init__(
        self, function: Function, invoke: Invoker, container: ContainerClient, every_s: float = 1.0
    ) -> None:
        self._function = function
        self._invoke = invoke
        self._container = container
        self._every_s = every_s
        self._delivered: dict[str, str] = {}
        self._failed: dict[str, tuple[int, float]] = {}

    async def run(self) -> None:
        """Look, deliver, wait; for ever."""
        while True:
            started = time.monotonic()
            try:
                await self._look()
            except AzureError as error:
                _log.warning("the blob container can't be read (%s)", type(error).__name__)
            spent = time.monotonic() - started
            await asyncio.sleep(max(self._every_s, 2 * spent))

    async def _look(self) -> None:
        blobs = await asyncio.to_thread(lambda: list(self._container.list_blobs()))
        present = {blob.name for blob in blobs}
        self._delivered = {n: e for n, e in self._delivered.items() if n in present}
        due = [blob for blob in blobs if self._is_due(blob)]
        gate = asyncio.Semaphore(_CONCURRENT)
        await asyncio.gather(*(self._deliver(blob, gate) for blob in due))

    def _is_due(self, blob: BlobProperties) -> bool:
        if self._delivered.get(blob.name) == blob.etag:
            return False
        return self._failed.get(blob.name, (0, 0.0))[1] <= time.monotonic()

    async def _deliver(self, blob: BlobProperties, gate: asyncio.Semaphore) -> None:
        async with gate:
            try:
                await self._invoke(self._function, blob_argument(self._function, blob.name))
            except Exception:
                failures = self._failed.get(blob.name, (0, 0.0))[0] + 1
                pause_s = min(_MAX_PAUSE_S, 2.0**failures)
                self._failed[blob.name] = (failures, time.monotonic() + pause_s)
                _log.exception("event for a blob failed; again in %g s", pause_s)
            else:
                self._failed.pop(blob.name, None)
                self._delivered[blob.name] = str(blob.etag)


def container_of(function: Function) -> str:
    """The container of a blob trigger, whose path must be `container/{name}`.

    Raises `UnsupportedBinding` when the function does not take its blob as a client.
    """
    annotation = function.call.__annotations__.get(function.argument)
    if annotation is not BlobClient:
        raise UnsupportedBinding(
            f"function {function.name!r} wants its blob as {annotation!r};"
            " the local host gives a BlobClient"
        )
    return str(function.trigger["path"]).split("/", 1)[0]


def blob_argument(function: Function, name: str) -> Any:
    """The client that the worker's own converter makes of the binding's data."""
    content = {
        "Connection": function.trigger["connection"],
        "ContainerName": container_of(function),
        "BlobName": name,
    }
    data = SimpleNamespace(
        version="1.0",
        source="AzureStorageBlobs",
        content_type="application/json",
        content=json.dumps(content),
    )
    return BlobClientConverter.decode(
        Datum(data, "model_binding_data"), trigger_metadata=None, pytype=BlobClient
    )
