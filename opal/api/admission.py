"""Admitting a request: who asks, may they, and is what they ask for right.

A key of the wrong role is refused before anything is looked up, and another tenant's things are
simply not there, so that neither tells whether something exists.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import parse_qsl

import azure.functions as func
from pydantic import ValidationError

from opal.api.limits import get_request_limit
from opal.api.operation import PATH_PATTERNS, Operation, missing_code
from opal.documents import Document
from opal.errors import (
    Forbidden,
    InvalidInput,
    KeyInvalid,
    NotFound,
    RequestMalformed,
    RequestTooLarge,
    TooManyRequests,
)
from opal.keys import Caller, Role, authenticate
from opal.settings import get_settings
from opal.state import get_store
from opal.telemetry import identify

D = TypeVar("D", bound=Document)
_MAX_BODY = 1024 * 1024
_MOST_NAMED = 20
_HEADER_VALUE = re.compile(r"[\x21-\x7e]{1,255}")
_NOBODY = Caller("", Role.READ, "")
_NO_JSON = "The body is not JSON in UTF-8."


@dataclass(frozen=True)
class Call:
    """A request that has passed every check; `body` and `query` are the operation's documents."""

    caller: Caller
    trace_id: str
    path: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    body_document: Document | None
    query_document: Document | None
    now: datetime

    @property
    def tenant_id(self) -> str:
        """The caller's tenant."""
        return self.caller.tenant_id

    @property
    def idempotency_key(self) -> str | None:
        """The request's `Idempotency-Key`; raises `RequestMalformed` for one that is none."""
        return self._header("Idempotency-Key")

    @property
    def if_match(self) -> str | None:
        """The ETag that `If-Match` asks for, without quotes; `*` and none ask for none."""
        given = (self._header("If-Match") or "*").removeprefix("W/").strip('"')
        return None if given == "*" else given

    def _header(self, name: str) -> str | None:
        given = self.headers.get(name.lower())
        if given is not None and not _HEADER_VALUE.fullmatch(given):
            raise RequestMalformed(f"{name}: 1 to 255 printable ASCII characters, no spaces.")
        return given

    def body(self, kind: type[D]) -> D:
        """The request's body."""
        assert isinstance(self.body_document, kind)
        return self.body_document

    def query(self, kind: type[D]) -> D:
        """The request's query."""
        assert isinstance(self.query_document, kind)
        return self.query_document


def admit(
    operation: Operation,
    req: func.HttpRequest,
    headers: Mapping[str, str],
    trace_id: str,
    common: dict[str, str],
) -> Call:
    """Check a request; `headers` are its headers by their names in lower case.

    Adds the rate limit's fields to `common`, the headers of every answer. Raises an `OpalError`
    that says what is wrong.
    """
    now = datetime.now(UTC)
    caller = _NOBODY
    if operation.role is not None:
        caller = authenticate(get_store(), _key_in(headers))
        identify(tenant_id=caller.tenant_id)
        _count(caller, now, common)
        if not caller.role.includes(operation.role):
            raise Forbidden(
                f"This needs a key with the role {operation.role.value}.", code="role_insufficient"
            )
    raw = req.get_body() if operation.body or operation.form else b""
    if len(raw) > _MAX_BODY:
        raise RequestTooLarge(f"A request body has at most {_MAX_BODY:,} bytes.")
    return Call(
        caller=caller,
        trace_id=trace_id,
        path=_path_of(operation, req.route_params),
        headers=headers,
        raw=raw,
        body_document=_body_of(operation, raw, caller) if operation.body else None,
        query_document=_query_of(operation, req.url),
        now=now,
    )


def _key_in(headers: Mapping[str, str]) -> str:
    """The key of a request; two different ones are none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    given = {headers.get("x-api-key", "").strip()}
    if scheme.lower() == "bearer":
        given.add(token.strip())
    given.discard("")
    if len(given) != 1:
        raise KeyInvalid
    return given.pop()


def _count(caller: Caller, now: datetime, common: dict[str, str]) -> None:
    limit = get_settings().rate_limit
    allowance = get_request_limit().count(get_store(), caller.tenant_id, limit, now)
    common.update(allowance.headers)
    if allowance.exceeded:
        raise TooManyRequests(
            f"More than {allowance.limit} requests in a minute.", retry_after_s=allowance.reset_s
        )


def _path_of(operation: Operation, given: Mapping[str, str]) -> dict[str, str]:
    path = {name: given.get(name, "") for name in operation.parameters}
    for name, value in path.items():
        if not re.fullmatch(PATH_PATTERNS[name], value):
            raise NotFound("There is no such thing.", code=missing_code(name))
    return path


def _body_of(operation: Operation, raw: bytes, caller: Caller) -> Document:
    assert operation.body is not None
    try:
        given = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RequestMalformed(_NO_JSON) from error
    named = given.get("tenant_id") if isinstance(given, dict) else None
    if isinstance(named, str) and named != caller.tenant_id:
        raise Forbidden("The key belongs to another tenant.", code="tenant_mismatch")
    kind = operation.body
    # In JSON, unlike in a query, a number is a number and a text a text.
    return _checked(lambda: kind.model_validate_json(raw, strict=True))


def _query_of(operation: Operation, url: str) -> Document | None:
    if operation.query is None:
        return None
    given: dict[str, str] = {}
    for name, value in parse_qsl(url.partition("?")[2], keep_blank_values=True):
        if name in given:
            raise InvalidInput(f"{name[:40]}: given twice", code="request_invalid")
        given[name] = value
    kind = operation.query
    return _checked(lambda: kind.parse(given))


def _checked(read: Callable[[], D]) -> D:
    try:
        return read()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        if problems[0]["type"] == "json_invalid":
            raise RequestMalformed(_NO_JSON) from None
        # A list whose only entry is wrong counts as empty too; that says nothing.
        within = {p["loc"][:depth] for p in problems for depth in range(len(p["loc"]))}
        fields = [
            {"field": ".".join(str(part)[:40] for part in p["loc"]), "message": p["msg"]}
            for p in problems
            if p["loc"] not in within
        ][:_MOST_NAMED]
        first = fields[0]
        raise InvalidInput(
            f"{first['field'] or 'body'}: {first['message']}",
            code="request_invalid",
            details={"errors": fields},
        ) from None
