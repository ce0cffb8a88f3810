"""What can go wrong between a program and the API.

ClientError
├── ApiError         the API said no; carries its problem document
├── AnswerInvalid    the answer is not one of this API
├── Unreachable      no answer: refused, timed out, broken off, and so were all retries
└── TransferFailed   storage did not take or give a file
    └── DigestMismatch   the file that came is not the one that was made

No text holds a key or a signed address.
"""

from collections.abc import Mapping
from typing import Any

import requests

_HEALING = frozenset({429, 500, 502, 503, 504})


class ClientError(Exception):
    """Base of all errors of the client; `retryable` says whether trying again can help."""

    retryable = False


class ApiError(ClientError):
    """The API's problem document (RFC 9457).

    `code` is stable (`GET /v1/errors` explains each); an answer that is no problem document has
    the code `http_<status>`. `errors` name the wrong fields of a request. `trace_id` finds the
    request in the logs.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        retryable: bool = False,
        trace_id: str = "",
        errors: tuple[Mapping[str, str], ...] = (),
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.retryable = retryable
        self.trace_id = trace_id
        self.errors = errors
        super().__init__(f"{message} [{code}]")

    @classmethod
    def of(cls, response: requests.Response) -> "ApiError":
        """The error that a response of 300 or more is."""
        status, problem = response.status_code, _problem_in(response)
        message = f"The server answered {status} and does not say why."
        if 300 <= status < 400:
            message = f"The server sends this address elsewhere ({status}); use the other one."
        errors = problem.get("errors")
        return cls(
            status,
            str(problem.get("code", f"http_{status}")),
            str(problem.get("title", message)),
            retryable=bool(problem.get("retryable", status in _HEALING)),
            trace_id=str(problem.get("trace_id", response.headers.get("X-Trace-Id", ""))),
            errors=tuple(errors) if isinstance(errors, list) else (),
        )


class AnswerInvalid(ClientError):
    """The answer can't be read: something else than this API answers, or another version."""


class Unreachable(ClientError):
    """The server gave no answer."""

    retryable = True


class TransferFailed(ClientError):
    """Storage did not take or give a file; `status` is None where it gave no answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        self.status = status
        self.retryable = status is None or status in _HEALING
        super().__init__(message)


class DigestMismatch(TransferFailed):
    """What came has another SHA-256 than what was made."""


def _problem_in(response: requests.Response) -> Mapping[str, Any]:
    if "json" not in response.headers.get("Content-Type", ""):
        return {}
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
