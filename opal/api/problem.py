"""Errors as RFC 9457 problem details, with their stable code and the trace id."""

import json
import math
from collections.abc import Mapping

import azure.functions as func

from opal.documents import Json
from opal.errors import KeyInvalid, OpalError


def problem_of(error: OpalError, trace_id: str) -> Json:
    """The problem document of an error."""
    return {
        "type": f"urn:opal:error:{error.code}",
        "title": error.message,
        "status": error.http_status,
        "code": error.code,
        "retryable": error.retryable,
        "trace_id": trace_id,
        **error.details,
    }


def problem_response(
    error: OpalError, trace_id: str, headers: Mapping[str, str]
) -> func.HttpResponse:
    """The answer of a request that failed."""
    extra: dict[str, str] = {}
    if error.retry_after_s is not None:
        extra["Retry-After"] = str(math.ceil(error.retry_after_s))
    if isinstance(error, KeyInvalid):
        extra["WWW-Authenticate"] = 'Bearer realm="opal"'
    return func.HttpResponse(
        json.dumps(problem_of(error, trace_id)),
        status_code=error.http_status,
        mimetype="application/problem+json",
        headers={**headers, **extra},
    )
