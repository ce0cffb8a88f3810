"""Going through a partition: everything once, however many pages it has."""

import pytest

from opal.state.containers import Container
from opal.state.contract import Create, Partition, StateStore
from opal.state.iterating import all_documents

HERE = Partition("demo", container=Container.TENANTS)


def notes(*numbers: int) -> list[Create]:
    return [
        Create({"id": f"note.{number:03}", "kind": "note", "tenant_id": "demo"})
        for number in numbers
    ]


@pytest.mark.parametrize("count", [0, 1, 100, 101, 230])
def test_every_document_of_a_kind_is_met_once_and_in_order(store: StateStore, count: int) -> None:
    for start in range(0, count, 50):
        store.write(HERE, notes(*range(start, min(start + 50, count))))
    store.write(HERE, [Create({"id": "other", "kind": "other", "tenant_id": "demo"})])
    met = [document["id"] for document in all_documents(store, HERE, "note")]
    assert met == [f"note.{number:03}" for number in range(count)]


def test_a_page_is_read_only_when_it_is_come_to(store: StateStore) -> None:
    store.write(HERE, notes(*range(99)))
    store.write(HERE, notes(*range(99, 110)))
    going = all_documents(store, HERE, "note")
    next(going)
    store.write(HERE, notes(500))
    assert [document["id"] for document in going][-1] == "note.500"
