"""A bare client of the REST interface, for requests that the SDK would not send."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

from tests.cosmos_server.auth import signature
from tests.cosmos_server.routing import Request, route_of


@dataclass(frozen=True)
class Reply:
    """An answer; header names are in lower case."""

    status: int
    body: Any
    headers: Mapping[str, str]


class RestClient:
    """Signs requests with the account's key."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        self._key = key

    def close(self) -> None:
        self._connection.close()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: list[Any] | None = None,
        **headers: str,
    ) -> Reply:
        """Send a request to a path with plain names; `key` is its partition key, and
        `if_match="x"` a header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("x-ms-date", formatdate(usegmt=True))
        sent.setdefault("content-type", "application/json")
        sent["x-ms-version"] = "2020-07-15"
        if key is not None:
            sent["x-ms-documentdb-partitionkey"] = json.dumps(key)
        target = quote(path)
        if "authorization" not in sent:
            sent["authorization"] = self.authorization(method, target, sent["x-ms-date"])
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._connection.request(method, target, None if body is None else payload, sent)
        answer = self._connection.getresponse()
        text = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, json.loads(text) if text else None, found)

    def authorization(self, method: str, target: str, date: str) -> str:
        """The header that signs a request."""
        route = route_of(Request(method, target, {}, b""))
        sign = signature(self._key, method, route.resource_type, route.link, date)
        return quote(f"type=master&ver=1.0&sig={sign}", "-_.!~*'()")

    def query(self, path: str, text: str, *, key: list[Any], **parameters: Any) -> Reply:
        """Send a query over one partition key."""
        named = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
        headers = {
            "content-type": "application/query+json",
            "x-ms-documentdb-isquery": "true",
            "x-ms-documentdb-query-enablecrosspartition": "true",
        }
        return self.send("POST", path, {"query": text, "parameters": named}, key=key, **headers)
