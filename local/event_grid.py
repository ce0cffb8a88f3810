"""The webhook to which Event Grid posts blob events, as the Functions host has it.

On one machine the poller finds blobs by itself; the webhook is there so that a real event's
way into the app can be walked, and so that tests can deliver one as often as they like.
"""

import asyncio
import logging
from typing import Any

from aiohttp import web

from local.bindings import Function
from local.blob_trigger import blob_argument, container_of
from local.invocation import Invoker

PATH = "/runtime/webhooks/blobs"
_CREATED = "Microsoft.Storage.BlobCreated"
_log = logging.getLogger(__name__)


def add_event_grid_webhook(
    router: web.UrlDispatcher, functions: list[Function], invoke: Invoker
) -> None:
    """Serve `?functionName=Host.Functions.<name>` for every blob trigger."""
    by_name = {f"Host.Functions.{f.name}": f for f in functions if f.trigger_type == "blobTrigger"}

    async def receive(request: web.Request) -> web.Response:
        function = by_name.get(request.query.get("functionName", ""))
        if function is None:
            return web.json_response({"error": "no such blob trigger"}, status=404)
        events: list[Any] = await request.json()
        if request.headers.get("aeg-event-type") == "SubscriptionValidation":
            code = events[0]["data"]["validationCode"]
            return web.json_response({"validationResponse": code})
        names = [name for event in events if (name := _blob_name(event, function))]
        try:
            await asyncio.gather(*(invoke(function, blob_argument(function, n)) for n in names))
        except Exception:
            _log.exception("an event failed; its sender delivers it again")
            return web.Response(status=500)
        return web.Response(status=202)

    router.add_post(PATH, receive)


def _blob_name(event: Any, function: Function) -> str | None:
    """The blob's name inside the trigger's container, or None for another event."""
    prefix = f"/blobServices/default/containers/{container_of(function)}/blobs/"
    subject = str(event.get("subject", ""))
    if event.get("eventType") != _CREATED or not subject.startswith(prefix):
        return None
    return subject.removeprefix(prefix)
