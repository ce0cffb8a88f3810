"""The one way in which the endpoint refuses or fails a request."""

from typing import Any


class EndpointError(Exception):
    """Becomes `{"error": {"code", "message", "retryable"}}` with `status` as its HTTP status.

    `code` is stable and meant for programs. `message` is for people and holds no URL, for URLs
    carry signatures. `retryable` says whether the same request may succeed later.
    """

    def __init__(self, status: int, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retryable = retryable

    def as_document(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "retryable": self.retryable}


def invalid(field: str, problem: str) -> EndpointError:
    """A 400 that names the field at fault, such as `params.canvas`."""
    return EndpointError(400, "request_invalid", f"{field} {problem}")
