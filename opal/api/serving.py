"""Serving an operation: admit the request, do the work, answer.

Every answer has the trace id, the request id, and, for a known tenant, what is left of its
requests. Every error is an RFC 9457 problem, and internals never leak.
"""

import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import azure.functions as func

from opal.api.admission import Call, admit
from opal.api.operation import Operation
from opal.api.problem import problem_response
from opal.documents import Document, Json
from opal.errors import InternalError, OpalError
from opal.telemetry import observe_request, outgoing_headers

_log = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True)
class Answer:
    """A successful answer."""

    body: Document | Json | str | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


Work = Callable[[Call], Answer]


def serve(operation: Operation, req: func.HttpRequest, work: Work) -> func.HttpResponse:
    """Answer a request to an operation."""
    headers = {name.lower(): value for name, value in req.headers.items()}
    with observe_request(operation.route, operation.method, headers) as observed:
        given = headers.get("x-request-id", "")
        common = {
            "X-Request-Id": given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16),
            **outgoing_headers(),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        response = _answer(operation, req, headers, work, observed.trace_id, common)
        observed.status = response.status_code
        return response


def _answer(
    operation: Operation,
    req: func.HttpRequest,
    headers: Mapping[str, str],
    work: Work,
    trace_id: str,
    common: dict[str, str],
) -> func.HttpResponse:
    try:
        return _respond(work(admit(operation, req, headers, trace_id, common)), common)
    except OpalError as error:
        if error.http_status >= 500:
            _log.warning("%s: %s (%s)", operation.id, error.message, error.code)
        return problem_response(error, trace_id, common)
    except Exception:
        _log.exception("%s failed", operation.id)
        return problem_response(InternalError("An unexpected error."), trace_id, common)


def _respond(answer: Answer, common: Mapping[str, str]) -> func.HttpResponse:
    body = answer.body
    if isinstance(body, Document):
        body = body.dump()
    text = body if isinstance(body, str) else json.dumps(body)
    return func.HttpResponse(
        None if body is None else text,
        status_code=answer.status,
        mimetype=answer.content_type,
        headers={**common, **answer.headers},
    )
