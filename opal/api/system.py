"""The API about itself: its errors, its manual, its health."""

from typing import Literal

from opal.api.operation import Operation
from opal.documents import Document
from opal.documents.readiness import Readiness
from opal.error_codes import ErrorCode


class Health(Document):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ErrorList(Document):
    """Every code that a problem, an item or a job may have."""

    errors: tuple[ErrorCode, ...]


HEALTHZ = Operation(
    id="healthz",
    method="GET",
    path="/healthz",
    tag="About",
    summary="Whether the process answers",
    role=None,
    answers={200: Health},
)
READYZ = Operation(
    id="readyz",
    method="GET",
    path="/readyz",
    tag="About",
    summary="Whether state store, blob storage and model endpoint answer",
    role=None,
    answers={200: Readiness, 503: Readiness},
)
LIST_ERRORS = Operation(
    id="list_errors",
    method="GET",
    path="/v1/errors",
    tag="About",
    summary="Every error code, what it means, and whether trying again can help",
    role=None,
    answers={200: ErrorList},
)
OPENAPI = Operation(
    id="openapi",
    method="GET",
    path="/openapi.json",
    tag="About",
    summary="This description, as OpenAPI 3.1",
    role=None,
    answers={200: None},
)
MANUAL = Operation(
    id="manual",
    method="GET",
    path="/docs",
    tag="About",
    summary="This description, as a page to read",
    role=None,
    answers={200: None},
    content_type="text/html",
)
OPERATIONS = (HEALTHZ, READYZ, LIST_ERRORS, OPENAPI, MANUAL)
