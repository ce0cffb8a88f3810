"""The catalogue of error codes: what each means, and whether trying the same again can help."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

from opal.documents import Document

Cause = Literal["input", "service"]
"""Who can mend an item that failed: its owner, or the operator."""


class ErrorCode(Document):
    """A stable code. `status` is the HTTP status where a request is answered with it; codes
    without one are found on items and jobs only. `cause` is whether an item that failed with it
    did so by what came with it, or by the service; codes without one fail no item."""

    code: str
    meaning: str
    retryable: bool = False
    status: int | None = None
    cause: Cause | None = None


@cache
def error_codes() -> dict[str, ErrorCode]:
    """Every code, by its name."""
    text = resources.files("opal").joinpath("error_codes.toml").read_text("utf-8")
    return {code: ErrorCode(code=code, **fields) for code, fields in tomllib.loads(text).items()}


@cache
def causes_of_failure() -> Mapping[str, Cause]:
    """The codes that items fail with, each with its cause; any other is the service's fault."""
    return {code: known.cause for code, known in error_codes().items() if known.cause}
