"""Going through many documents: all of a partition, page by page, or those that can be read."""

import logging
from collections.abc import Iterable, Iterator
from typing import TypeVar

from pydantic import ValidationError

from opal.documents import Document, Item, Json
from opal.state.contract import Partition, StateStore

D = TypeVar("D", bound=Document)
_log = logging.getLogger(__name__)
_PAGE = 100


def all_documents(store: StateStore, partition: Partition, kind: str) -> Iterator[Json]:
    """Every document of a kind in the order of ids; each page is read when it is come to.

    What is created meanwhile is met if its place in the order is still ahead.
    """
    continuation: str | None = None
    while True:
        page = store.page(partition, kind, _PAGE, continuation)
        yield from page.documents
        continuation = page.continuation
        if continuation is None:
            return


def all_items(store: StateStore, partition: Partition) -> Iterator[Item]:
    """Every item of a job."""
    return map(Item.parse, all_documents(store, partition, "item"))


def readable(kind: type[D], found: Iterable[Json]) -> Iterator[D]:
    """The documents that can be read; one that can't is logged, and must not hold up the others."""
    for document in found:
        try:
            yield kind.parse(document)
        except ValidationError:
            _log.exception("a stored document can't be read: %s", document.get("id"))
