"""What describes an operation of the API: enough to check a request and to write its manual."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from opal.documents import Document
from opal.keys import Role

Method = Literal["GET", "POST", "PUT", "DELETE"]
_PARAMETER = re.compile(r"\{(\w+)\}")

ID = r"[a-z0-9][a-z0-9._-]{0,119}"
PATH_PATTERNS: Mapping[str, str] = {
    "job_id": r"[a-z0-9][a-z0-9_-]{0,62}",
    "item_id": r"[a-z0-9][a-z0-9-]{0,79}",
    "profile_id": r"[a-z0-9][a-z0-9_-]{0,62}",
    "payment_id": r"tr_[A-Za-z0-9]{1,40}",
    "endpoint_id": ID,
    "delivery_id": ID,
}
"""What the parameters of paths look like; anything else names nothing, and is answered so."""


def missing_code(parameter: str) -> str:
    """The code of the error that a path's parameter names nothing."""
    return f"{parameter.removesuffix('_id')}_missing"


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    `role` is what the key must have at least; None asks for no key. `body` and `query` are the
    documents that validate the request. `answers` has the document of each successful status;
    `failures` the codes of errors of its own, beyond those that any operation may have.
    """

    id: str
    method: Method
    path: str
    tag: str
    summary: str
    role: Role | None
    answers: Mapping[int, type[Document] | None]
    body: type[Document] | None = None
    query: type[Document] | None = None
    failures: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    answer_headers: tuple[str, ...] = ()
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    form: bool = False
    content_type: str = "application/json"

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes of what is missing when a parameter of the path names nothing."""
        return tuple(missing_code(name) for name in self.parameters)

    @property
    def route(self) -> str:
        """The path as Azure Functions writes it, without the leading slash."""
        return self.path.lstrip("/")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(_PARAMETER.findall(self.path))
