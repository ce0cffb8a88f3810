"""One store per test, of each kind that OPAL has.

The Cosmos DB store runs with the real SDK against `tests/cosmos_server`. It also runs against an
emulator or an account, if the environment names one: `OPAL_TEST_COSMOS_ENDPOINT` (as in
`http://localhost:8081`) and `OPAL_TEST_COSMOS_KEY`. Every test then makes a database of its own
there, and deletes it.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from opal.state.contract import StateStore
from opal.state.cosmos import CosmosStore
from opal.state.cosmos_account import CosmosAccount, ensure, open_client
from opal.state.sqlite import SqliteStore
from tests.cosmos_server import CosmosServer

OpenStore = Callable[[], StateStore]
_EMULATOR = "OPAL_TEST_COSMOS_ENDPOINT"
_KINDS = [
    "sqlite",
    "cosmos",
    pytest.param(
        "cosmos-emulator",
        marks=[
            pytest.mark.emulator,
            pytest.mark.skipif(_EMULATOR not in os.environ, reason=f"{_EMULATOR} is not set"),
        ],
    ),
]


@pytest.fixture(scope="session")
def running_server() -> Iterator[CosmosServer]:
    server = CosmosServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def cosmos_server(running_server: CosmosServer) -> Iterator[CosmosServer]:
    """The server that all tests share; faults end with the test that injected them."""
    yield running_server
    running_server.faults.clear()


@pytest.fixture
def cosmos_account(cosmos_server: CosmosServer) -> CosmosAccount:
    """An account with a database of the test's own, its containers made."""
    account = CosmosAccount(cosmos_server.url, uuid.uuid4().hex, cosmos_server.key)
    ensure(account)
    return account


@pytest.fixture
def emulator_account() -> Iterator[CosmosAccount]:
    """The same in an emulator; the database is deleted in the end."""
    key = os.environ["OPAL_TEST_COSMOS_KEY"]
    account = CosmosAccount(os.environ[_EMULATOR], f"test-{uuid.uuid4().hex}", key)
    ensure(account)
    yield account
    with closing(open_client(account)) as client:
        client.delete_database(account.database)


@pytest.fixture(params=_KINDS)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Opens the test's store; opened again, it holds what was written before."""
    opened: list[StateStore] = []

    def open_one() -> StateStore:
        if request.param == "sqlite":
            opened.append(SqliteStore(str(tmp_path / "s.sqlite")))
        else:
            name = "emulator_account" if "emulator" in request.param else "cosmos_account"
            opened.append(CosmosStore(request.getfixturevalue(name)))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> StateStore:
    return open_store()
