"""Lists, page after page."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

PAGE = 200
"""How many the API answers at once at most."""


class Page(Protocol):
    """Part of a list, and where the next part begins; None at the end."""

    @property
    def continuation(self) -> str | None: ...


P = TypeVar("P", bound=Page)


def pages(ask: Callable[[str | None], P]) -> Iterator[P]:
    """All pages of a list; each is asked for when it is come to."""
    continuation: str | None = None
    while True:
        page = ask(continuation)
        yield page
        continuation = page.continuation
        if continuation is None:
            return
