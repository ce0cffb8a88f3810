"""The real API on a socket, over SQLite and an Azurite behind a proxy that counts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opal.client import OpalClient
from opal.client.retrying import Patience
from opal.keys import Role, create_key
from opal.state import get_store
from tests.api_server import ApiServer, api_server
from tests.storage_proxy import StorageProxy

TENANT = "shop"


@pytest.fixture
def storage(azurite: str) -> Iterator[StorageProxy]:
    proxy = StorageProxy(azurite)
    yield proxy
    proxy.close()


@pytest.fixture
def environment(storage: StorageProxy, tmp_path: Path) -> dict[str, str]:
    """The function app's settings."""
    return {
        "OPAL_STORAGE": storage.connection,
        "OPAL_STATE_PATH": str(tmp_path / "state.sqlite"),
        "OPAL_ENDPOINT_URL": "http://127.0.0.1:9/score",
    }


@pytest.fixture
def api(environment: dict[str, str]) -> Iterator[ApiServer]:
    with api_server(environment) as server:
        yield server


@pytest.fixture
def key(api: ApiServer) -> str:
    """The text of an API key of the tenant `shop`."""
    return create_key(get_store(), TENANT, Role.ADMIN, "tests", datetime.now(UTC))[1]


@pytest.fixture
def client(api: ApiServer, key: str) -> Iterator[OpalClient]:
    with OpalClient(api.url, key, patience=Patience(backoff_s=0.01)) as opal:
        yield opal
