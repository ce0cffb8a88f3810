"""The API's description as OpenAPI 3.1, made from the documents that validate its requests."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from opal import __version__
from opal.api.catalogue import OPERATIONS
from opal.api.operation import PATH_PATTERNS, Operation
from opal.documents import Document, Json
from opal.error_codes import error_codes

_REF = "#/components/schemas/{model}"
_FREE: dict[str, Json] = {"application/json": {"type": "object"}, "text/html": {"type": "string"}}
_NOTICE: Json = {
    "type": "object",
    "properties": {"id": {"type": "string", "pattern": "^tr_[A-Za-z0-9]{1,64}$"}},
    "required": ["id"],
}
_EVERYWHERE = ("internal_error", "dependency_unavailable")
_WITH_KEY = ("key_invalid", "role_insufficient", "rate_limited")
_HEADERS: dict[str, Json] = {
    "X-Request-Id": {"description": "The request's id: the caller's own, or a new one."},
    "X-Trace-Id": {"description": "The trace id of all work that the request leads to."},
    "traceparent": {"description": "The trace id as W3C trace context."},
    "RateLimit": {"description": "What is left of this minute's requests, and until when."},
    "RateLimit-Policy": {"description": "How many requests a minute the tenant has."},
    "Retry-After": {"description": "Seconds after which to ask again."},
    "Location": {"description": "Where to ask how far the work is."},
    "ETag": {"description": "The version, for If-Match."},
    "WWW-Authenticate": {"description": "How to send the key."},
}
_REQUEST_HEADERS: dict[str, Json] = {
    "Idempotency-Key": {
        "description": "The same key with the same request answers the first result again.",
        "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
    },
    "If-Match": {
        "description": "The ETag of the version that is meant; another one is answered by 412.",
        "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
    },
}


class FieldProblem(Document):
    """A field of the request that is wrong."""

    field: str
    message: str


class Problem(Document):
    """An error, as RFC 9457 problem details."""

    type: str
    title: str
    status: int
    code: str
    retryable: bool
    trace_id: str
    errors: tuple[FieldProblem, ...] = Field(default=())


@cache
def openapi() -> Json:
    """The description of every operation."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OPAL",
            "version": __version__,
            "description": "Product photos in, marketplace pictures out. A key is needed for"
            " all operations under /v1 but those marked open; everything that a key sees is"
            " its own tenant's.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "headers": {
                name: {
                    **header,
                    "required": name != "Retry-After",
                    "schema": {"type": "string"},
                }
                for name, header in _HEADERS.items()
            },
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(operation: Operation) -> Json:
    described: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_query(operation), *_asked(operation)],
        "responses": {**_failures(operation), **_successes(operation)},
    }
    if operation.role is None:
        described["security"] = []
    else:
        described["description"] = f"Needs a key with the role `{operation.role.value}`."
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _ref(operation.body)}},
        }
    if operation.form:
        content = {"schema": _NOTICE}
        described["requestBody"] = {
            "required": True,
            "content": {"application/x-www-form-urlencoded": content, "application/json": content},
        }
    return described


def _path_parameters(operation: Operation) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{PATH_PATTERNS[name]}$"},
        }
        for name in operation.parameters
    ]


def _query(operation: Operation) -> list[Json]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema(ref_template=_REF)
    return [
        {"name": name, "in": "query", "required": False, **_query_schema(_without_null(field))}
        for name, field in schema["properties"].items()
    ]


def _query_schema(schema: Json) -> Json:
    """A list is written with commas between."""
    commas = {"style": "form", "explode": False} if schema.get("type") == "array" else {}
    return {**commas, "schema": schema}


def _without_null(schema: Json) -> Json:
    """A query has no null: a parameter that may be null may be left out instead."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return {key: value for key, value in schema.items() if key != "title"}
    return {**choices[0], "description": schema.get("description", "")}


def _asked(operation: Operation) -> list[Json]:
    return [
        {"name": name, "in": "header", "required": False, **_REQUEST_HEADERS[name]}
        for name in operation.headers
    ]


def _successes(operation: Operation) -> Json:
    answers: Json = {}
    for status, document in operation.answers.items():
        answer: Json = {"description": operation.summary}
        if status != 204:
            schema = _ref(document) if document else _FREE[operation.content_type]
            answer["content"] = {operation.content_type: {"schema": schema}}
        names = [*_common_headers(operation), *operation.answer_headers]
        answer["headers"] = {name: _header(name) for name in names}
        answer["links"] = {
            other: {"operationId": other, **_link(other, values)}
            for other, values in operation.links.items()
        }
        answers[str(status)] = answer
    return answers


def _link(other: str, values: Mapping[str, str]) -> Json:
    """What of the answer goes into the other operation's path, and what into its body."""
    [linked] = (operation for operation in OPERATIONS if operation.id == other)
    parameters = {name: value for name, value in values.items() if name in linked.parameters}
    body = {name: value for name, value in values.items() if name not in parameters}
    return {"parameters": parameters, **({"requestBody": body} if body else {})}


def _failures(operation: Operation) -> Json:
    codes = [*operation.failures, *operation.missing, *_EVERYWHERE]
    if operation.role is not None:
        codes += _WITH_KEY
    if operation.body is not None:
        codes += ["request_malformed", "request_too_large", "request_invalid", "tenant_mismatch"]
    if operation.query is not None:
        codes.append("request_invalid")
    if operation.headers:
        codes.append("request_malformed")
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        status = error_codes()[code].status
        if status is None:
            raise ValueError(f"{operation.id} declares {code}, which answers no request")
        by_status.setdefault(status, []).append(code)
    return {
        str(status): {
            "description": "\n".join(f"`{code}`: {error_codes()[code].meaning}" for code in found),
            "content": {"application/problem+json": {"schema": _ref(Problem)}},
            "headers": {name: _header(name) for name in _failure_headers(operation, status)},
        }
        for status, found in sorted(by_status.items())
    }


def _common_headers(operation: Operation) -> list[str]:
    limits = ["RateLimit", "RateLimit-Policy"] if operation.role is not None else []
    return ["X-Request-Id", "X-Trace-Id", "traceparent", *limits]


def _failure_headers(operation: Operation, status: int) -> list[str]:
    limits = ["Retry-After", "RateLimit", "RateLimit-Policy"]
    own = {401: ["WWW-Authenticate"], 429: limits}.get(status, [])
    return ["X-Request-Id", "X-Trace-Id", "traceparent", *own]


def _header(name: str) -> Json:
    return {"$ref": f"#/components/headers/{name}"}


def _ref(document: type[Document]) -> Json:
    return {"$ref": _REF.format(model=document.__name__)}


def _schemas() -> Json:
    asked = {o.body for o in OPERATIONS if o.body is not None}
    asked |= {o.query for o in OPERATIONS if o.query is not None}
    answered = {d for o in OPERATIONS for d in o.answers.values() if d is not None} | {Problem}
    modes: list[tuple[type[Document], JsonSchemaMode]] = [
        *((document, "validation") for document in sorted(asked, key=lambda d: d.__name__)),
        *((document, "serialization") for document in sorted(answered, key=lambda d: d.__name__)),
    ]
    _, schema = models_json_schema(modes, ref_template=_REF)
    return dict(schema["$defs"])
