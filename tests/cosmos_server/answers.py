"""What goes back over the wire, and the refusals that carry a Cosmos status code."""

import json
from dataclasses import dataclass, field

BAD_REQUEST = 400
GONE_RANGE = 1002
KEY_MISMATCH = 1001
OWNER_MISSING = 1003
NEEDS_PLAN = 1004


@dataclass(frozen=True)
class Answer:
    """A status, a JSON body (None for an empty one) and headers."""

    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    charge: float = 0.0

    def encoded(self) -> bytes:
        """The body as sent."""
        return b"" if self.body is None else json.dumps(self.body).encode()


class Refusal(Exception):
    """A request that can't be done; `substatus` tells cases of one status apart."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        substatus: int = 0,
        headers: dict[str, str] | None = None,
        charge: float = 1.0,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.substatus = substatus
        self.headers = headers or {}
        self.charge = charge

    def answer(self) -> Answer:
        """The refusal as it is sent."""
        headers = dict(self.headers)
        if self.substatus:
            headers["x-ms-substatus"] = str(self.substatus)
        body = {"code": _CODES.get(self.status, "Error"), "message": self.message}
        return Answer(self.status, body, headers, self.charge)


_CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "RequestTimeout",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "RequestEntityTooLarge",
    429: "TooManyRequests",
    449: "RetryWith",
    503: "ServiceUnavailable",
}
