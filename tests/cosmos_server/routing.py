"""Which operation a request is, read from its method, path and headers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.cosmos_server.answers import Refusal


@dataclass(frozen=True)
class Request:
    """A request as it came; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The decoded parts of the path."""
        path = urlsplit(self.target).path.strip("/")
        return tuple(unquote(part) for part in path.split("/")) if path else ()

    @cached_property
    def json(self) -> Any:
        """The body; raises `Refusal`."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refusal(400, "The request payload is not valid JSON.") from None

    def header(self, name: str, default: str = "") -> str:
        """A header's value."""
        return self.headers.get(name, default)

    def says(self, name: str) -> bool:
        """True when a header is set to true."""
        return self.header(name).lower() == "true"


@dataclass(frozen=True)
class Route:
    """What is asked: the operation, and the database, container and item that it is about.

    `resource_type` and `link` are what the request's signature is made over.
    """

    operation: str
    resource_type: str
    link: str
    database: str = ""
    container: str = ""
    id: str = ""


def route_of(request: Request) -> Route:
    """Read a request's route; raises `Refusal` for one that this server does not know."""
    match (request.method, *request.segments):
        case ("GET",):
            return Route("account", "", "")
        case ("POST", "_faults"):
            return Route("faults", "_faults", "")
        case ("POST", "dbs"):
            return Route("create_database", "dbs", "")
        case (method, "dbs", db) if method in _DATABASE:
            return Route(_DATABASE[method], "dbs", f"dbs/{db}", db)
        case ("POST", "dbs", db, "colls"):
            return Route("create_container", "colls", f"dbs/{db}", db)
        case ("GET", "dbs", db, "colls", coll):
            return Route("read_container", "colls", f"dbs/{db}/colls/{coll}", db, coll)
        case ("GET", "dbs", db, "colls", coll, "pkranges"):
            return Route("ranges", "pkranges", f"dbs/{db}/colls/{coll}", db, coll)
        case ("POST", "dbs", db, "colls", coll, "docs"):
            return Route(_posted(request), "docs", f"dbs/{db}/colls/{coll}", db, coll)
        case (method, "dbs", db, "colls", coll, "docs", id) if method in _ITEM:
            link = f"dbs/{db}/colls/{coll}/docs/{id}"
            return Route(_ITEM[method], "docs", link, db, coll, id)
    raise Refusal(400, f"{request.method} {request.target} is not known here.")


_DATABASE = {"GET": "read_database", "DELETE": "delete_database"}
_ITEM = {"GET": "read", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}


def _posted(request: Request) -> str:
    """What a POST to a container's items is: its headers tell."""
    if request.says("x-ms-cosmos-is-batch-request"):
        return "batch"
    if request.says("x-ms-cosmos-is-query-plan-request"):
        return "plan"
    if "query+json" in request.header("content-type"):
        return "query"
    return "upsert" if request.says("x-ms-documentdb-is-upsert") else "create"
