"""Reviews over HTTP."""

import azure.durable_functions as df
import azure.functions as func

from opal.api.admission import Call
from opal.api.reviewing import decide, show_review
from opal.api.reviews import DECIDE_REVIEW, GET_REVIEW
from opal.api.serving import Answer, serve
from opal.blobs import get_blobs
from opal.settings import get_settings
from opal.starting import Start
from opal.state import get_store
from triggers.operations import route, serve_and_start

bp = df.Blueprint()
_SOON = "2"
"""Seconds after which it is worth asking what became of it."""


@route(bp, GET_REVIEW)
def get_review(req: func.HttpRequest) -> func.HttpResponse:
    """Why a photo waits for a person."""
    return serve(
        GET_REVIEW,
        req,
        lambda call: Answer(show_review(get_store(), get_blobs(), get_settings(), call)),
    )


@route(bp, DECIDE_REVIEW)
@bp.durable_client_input(client_name="starter")
async def decide_review(
    req: func.HttpRequest, starter: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """What a person decided about a photo."""
    return await serve_and_start(DECIDE_REVIEW, req, starter, _decide)


def _decide(call: Call) -> tuple[Answer, list[Start]]:
    decided, starts = decide(get_store(), get_settings(), call)
    where = {"Location": f"/v1/jobs/{decided.job_id}", "Retry-After": _SOON}
    return Answer(decided, 202, where), starts
