"""One store per test, of each kind that OPAL has."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opal.state.contract import StateStore
from opal.state.sqlite import SqliteStore

OpenStore = Callable[[], StateStore]


@pytest.fixture(params=["sqlite"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Opens the test's store; opened again, it holds what was written before."""
    openers: dict[str, OpenStore] = {"sqlite": lambda: SqliteStore(str(tmp_path / "s.sqlite"))}
    opened: list[StateStore] = []

    def open_one() -> StateStore:
        opened.append(openers[request.param]())
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> StateStore:
    return open_store()
