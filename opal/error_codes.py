"""The catalogue of error codes: what each means, and whether trying the same again can help."""

import tomllib
from functools import cache
from importlib import resources

from opal.documents import Document


class ErrorCode(Document):
    """A stable code. `status` is the HTTP status where a request is answered with it; codes
    without one are found on items and jobs only."""

    code: str
    meaning: str
    retryable: bool = False
    status: int | None = None


@cache
def error_codes() -> dict[str, ErrorCode]:
    """Every code, by its name."""
    text = resources.files("opal").joinpath("error_codes.toml").read_text("utf-8")
    return {code: ErrorCode(code=code, **fields) for code, fields in tomllib.loads(text).items()}
