"""The scoring request as a frozen document, checked field by field.

{"task": "segment", "inputs": {"photo": "https://..."}, "output_url": "https://...",
 "params": {}, "trace_id": "..."}
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import EndpointError, invalid

MAX_BODY_BYTES = 64 * 1024
_MAX_TRACE_ID = 128
_FIELDS = {"task", "inputs", "output_url", "params", "trace_id"}


@dataclass(frozen=True)
class ScoreRequest:
    """One request: `inputs` maps a name to a URL to read, `output_url` takes the result.

    `echo` needs neither; there `inputs` is empty and `output_url` is "".
    """

    task: str
    inputs: Mapping[str, str]
    output_url: str
    params: Mapping[str, Any]
    trace_id: str


def parse_body(body: bytes) -> dict[str, Any]:
    """The request's JSON object. Raises EndpointError 400 or, above 64 KiB, 413."""
    if len(body) > MAX_BODY_BYTES:
        raise EndpointError(413, "input_too_large", f"body exceeds {MAX_BODY_BYTES} bytes")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("body", "is not JSON") from None
    if not isinstance(document, dict):
        raise invalid("body", "must be a JSON object")
    return document


def trace_id_of(document: Mapping[str, Any], fallback: str = "") -> str:
    """The trace id of a document of any shape, made safe for logs and headers."""
    value = document.get("trace_id") or fallback
    text = value if isinstance(value, str) else ""
    return "".join(each for each in text if "!" <= each <= "~")[:_MAX_TRACE_ID]


def parse_request(
    document: Mapping[str, Any], tasks: Mapping[str, str], trace_id: str
) -> ScoreRequest:
    """Check a request. `tasks` maps each task to its one input's name, "" for echo.

    Raises EndpointError 400 `request_invalid`, whose message begins with the field's name.
    """
    unknown = sorted(set(document) - _FIELDS)
    if unknown:
        raise invalid(str(unknown[0])[:64], "is not a field of a request")
    task = document.get("task")
    if not isinstance(task, str) or task not in tasks:
        raise invalid("task", f"must be one of {', '.join(sorted(tasks))}")
    params = document.get("params", {})
    if not isinstance(params, dict):
        raise invalid("params", "must be an object")
    name = tasks[task]
    if not name:
        return ScoreRequest(task, {}, "", params, trace_id)
    inputs = _parse_inputs(document.get("inputs"), name)
    return ScoreRequest(task, inputs, _url(document, "output_url"), params, trace_id)


def _parse_inputs(inputs: Any, name: str) -> dict[str, str]:
    if not isinstance(inputs, dict):
        raise invalid("inputs", "must be an object")
    unknown = sorted(set(inputs) - {name})
    if unknown:
        raise invalid(f"inputs.{str(unknown[0])[:64]}", f"is not an input; expected {name}")
    return {name: _url(inputs, name, "inputs.")}


def _url(document: Mapping[str, Any], name: str, prefix: str = "") -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(prefix + name, "must be a URL")
    return value
