"""What the smoke test asks without a key: health, readiness, the API's description.

Each check answers what it found, in words, or raises `CheckFailed`.
"""

import secrets
from typing import Any

import requests

from opal.api.system import HEALTHZ, OPENAPI, READYZ
from opal.documents.readiness import Readiness

_TIMEOUT_S = (5.0, 60.0)
_TRACE_HEADER = "X-Trace-Id"


class CheckFailed(Exception):
    """The deployment does not do what it should; the text says what."""


def check_health(url: str) -> str:
    """The process answers, and tells the caller's trace id back."""
    trace_id = secrets.token_hex(16)
    response = _get(url + HEALTHZ.path, {_TRACE_HEADER: trace_id})
    if response.status_code != 200 or _json(response) != {"status": "ok"}:
        raise CheckFailed(f"{HEALTHZ.path} answers {response.status_code}, not that all is well")
    told = response.headers.get(_TRACE_HEADER)
    if told != trace_id:
        raise CheckFailed(f"{HEALTHZ.path} was asked in trace {trace_id} and answers in {told}")
    return "the app answers"


def check_readiness(url: str) -> str:
    """Every part that the app depends on answers it."""
    response = _get(url + READYZ.path)
    try:
        report = Readiness.parse(_json(response))
    except ValueError:
        raise CheckFailed(f"{READYZ.path} answers {response.status_code}, and no report") from None
    silent = [f"{name} ({check.code})" for name, check in report.checks.items() if not check.ok]
    if silent:
        raise CheckFailed(f"not ready: {', '.join(silent)}")
    if response.status_code != 200 or report.status != "ready" or not report.checks:
        raise CheckFailed(f"{READYZ.path} answers {response.status_code}, {report.status}")
    return f"{', '.join(report.checks)} answer the app"


def check_description(url: str) -> str:
    """The API describes itself, with the operations that this test uses."""
    response = _get(url + OPENAPI.path)
    described = _json(response)
    version = str(described.get("openapi", "")) if isinstance(described, dict) else ""
    if response.status_code != 200 or not version.startswith("3.1"):
        raise CheckFailed(f"{OPENAPI.path} answers {response.status_code}, and no OpenAPI 3.1")
    if "/v1/jobs" not in described.get("paths", {}):
        raise CheckFailed(f"{OPENAPI.path} does not describe /v1/jobs")
    return f"{len(described['paths'])} paths are described"


def _get(url: str, headers: dict[str, str] | None = None) -> requests.Response:
    try:
        return requests.get(url, headers=headers, timeout=_TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        raise CheckFailed(f"{url} does not answer ({type(error).__name__})") from error


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
