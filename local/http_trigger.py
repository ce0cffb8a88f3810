"""Serves HTTP triggers."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import azure.functions as func
from aiohttp import web

from local.bindings import Function
from local.invocation import Invoker

Handler = Callable[[web.Request], Awaitable[web.Response]]
_log = logging.getLogger(__name__)


def add_http_trigger(
    router: web.UrlDispatcher, function: Function, invoke: Invoker, prefix: str
) -> None:
    """Serve a function at its route; access keys are not asked for on one machine."""
    route = function.trigger.get("route") or function.name
    path = "/" + "/".join(part for part in (prefix.strip("/"), route.strip("/")) if part)
    for method in function.trigger.get("methods") or ["GET", "POST"]:
        router.add_route(str(getattr(method, "value", method)), path, _handler(function, invoke))


def _handler(function: Function, invoke: Invoker) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        incoming = func.HttpRequest(
            request.method,
            # Not `request.url`, which fails for a Host header that is none.
            f"{request.scheme}://{request.host}{request.rel_url}",
            # A header that is sent twice is one with a comma, as Azure hands it on.
            headers={name: ",".join(request.headers.getall(name)) for name in request.headers},
            params=dict(request.query),
            route_params=dict(request.match_info),
            body=await request.read(),
        )
        try:
            return _outgoing(await invoke(function, incoming))
        except Exception:
            _log.exception("function %s failed", function.name)
            return web.Response(status=500)

    return handle


def _outgoing(response: Any) -> web.Response:
    if not isinstance(response, func.HttpResponse):
        return web.Response(text=str(response))
    headers = {**response.headers, "Content-Type": f"{response.mimetype}"}
    return web.Response(body=response.get_body(), status=response.status_code, headers=headers)
