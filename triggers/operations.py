"""Serving an operation of the API as a native HTTP function.

API keys guard the operations, so the functions themselves are anonymous: a function key would
be one secret for all tenants. Work that starts orchestrations answers them; they are started
after the state says that they are to run, so a crash between leaves them to the sweeper.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from opal.api.admission import Call
from opal.api.operation import Operation
from opal.api.serving import Answer, serve
from opal.starting import Start, start_all
from opal.telemetry import know_routes

_log = logging.getLogger(__name__)
Register = Callable[[Callable[..., Any]], Any]


def route(bp: df.Blueprint, operation: Operation) -> Register:
    """Declare the HTTP function of an operation, under the operation's own name."""
    know_routes(operation.route)
    declared: Register = bp.route(
        route=operation.route, methods=[operation.method], auth_level=func.AuthLevel.ANONYMOUS
    )
    return declared


async def serve_and_start(
    operation: Operation,
    req: func.HttpRequest,
    starter: df.DurableOrchestrationClient,
    work: Callable[[Call], tuple[Answer, list[Start]]],
) -> func.HttpResponse:
    """Answer a request whose work leads to orchestrations; they are started before the answer.

    One that can't be started is no reason to fail the request: what is to be done is stored,
    and the sweeper starts it.
    """
    starts: list[Start] = []

    def answer(call: Call) -> Answer:
        made, found = work(call)
        starts.extend(found)
        return made

    response = await asyncio.to_thread(serve, operation, req, answer)
    try:
        await start_all(starter, starts)
    except Exception:
        _log.exception("%s: what it leads to was not started", operation.id)
    return response
