"""Lists: their query, and how a page of a store is asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from opal.documents import Document
from opal.errors import InvalidInput
from opal.state.contract import ContinuationInvalid, Page


def _plain_digits(given: object) -> object:
    if isinstance(given, str) and not (given.isascii() and given.isdigit()):
        raise PydanticCustomError("number", "Input should be a whole number, in digits")
    return given


IN_DIGITS = BeforeValidator(_plain_digits)
"""Marks a whole number of a query; without it, 1_0 and 5.0 would be ones as well."""


class PageQuery(Document):
    """`limit` is how many to answer at most; `continuation` is what the page before gave."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    limit: Annotated[int, Field(ge=1, le=200), IN_DIGITS] = 50
    continuation: str | None = Field(default=None, max_length=2000, pattern=r"^[!-~]+$")


def ask_for_page(ask: Callable[[int, str | None], Page], query: PageQuery) -> Page:
    """The page; raises `InvalidInput` for a continuation that no page gave."""
    with continuations_refused():
        return ask(query.limit, query.continuation)


@contextmanager
def continuations_refused() -> Iterator[None]:
    """Raise `InvalidInput` (`continuation_invalid`) for a continuation that no page gave."""
    try:
        yield
    except ContinuationInvalid as error:
        raise InvalidInput(f"continuation: {error}", code="continuation_invalid") from error
