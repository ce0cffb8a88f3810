"""Going through all of a partition, a page at a time, however many pages there are."""

from collections.abc import Iterator

from opal.documents import Item, Json
from opal.state.contract import Partition, StateStore

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
