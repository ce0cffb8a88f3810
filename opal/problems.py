"""HTTP answers: JSON for results, RFC 9457 problem details for errors, the trace id on both."""

import json
import logging
from collections.abc import Callable

import azure.functions as func

from opal.documents import Json
from opal.errors import InternalError, OpalError
from opal.telemetry import trace_id_of, traced

_log = logging.getLogger(__name__)


def answering(req: func.HttpRequest, work: Callable[[], Json]) -> func.HttpResponse:
    """Answer a request with what `work` returns, or with the problem that it raises."""
    trace_id = trace_id_of(req.headers)
    with traced(trace_id):
        try:
            return respond(work(), 200, trace_id)
        except OpalError as error:
            if error.http_status >= 500:
                _log.warning("%s: %s (%s)", req.method, error.message, error.code)
            return _problem(error, trace_id)
        except Exception:
            _log.exception("%s %s failed", req.method, req.url.split("?")[0])
            return _problem(InternalError("An unexpected error."), trace_id)


def respond(
    body: Json, status: int, trace_id: str, mimetype: str = "application/json"
) -> func.HttpResponse:
    """A JSON answer with the trace id in its header."""
    return func.HttpResponse(
        json.dumps(body),
        status_code=status,
        mimetype=mimetype,
        headers={"X-Trace-Id": trace_id, "Cache-Control": "no-store"},
    )


def _problem(error: OpalError, trace_id: str) -> func.HttpResponse:
    body = {
        "type": f"urn:opal:error:{error.code}",
        "title": error.message,
        "status": error.http_status,
        "code": error.code,
        "retryable": error.retryable,
        "trace_id": trace_id,
    }
    return respond(body, error.http_status, trace_id, "application/problem+json")
