"""The real API on a socket, over SQLite and Azurite, and tenants who talk to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from opal.state import StateStore
from opal.state.sqlite import SqliteStore
from tests.api.shop import Shop
from tests.api_server import ApiServer, api_server
from tests.credits.fake_mollie import FakeMollie
from tests.opal.scripted_endpoint import ScriptedEndpoint

NewShop = Callable[[], Shop]


@pytest.fixture(scope="module")
def overrides() -> dict[str, str]:
    """Settings that a module's tests need otherwise."""
    return {}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedEndpoint]:
    scripted = ScriptedEndpoint()
    yield scripted
    scripted.close()


@pytest.fixture(scope="module")
def server(
    azurite: str,
    endpoint: ScriptedEndpoint,
    overrides: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ApiServer]:
    """One API for a module's tests; each of them has tenants of its own."""
    environment = {
        "OPAL_STORAGE": azurite,
        "OPAL_STATE_PATH": str(tmp_path_factory.mktemp("state") / "state.sqlite"),
        "OPAL_ENDPOINT_URL": endpoint.url,
        "OPAL_ENDPOINT_KEY": "the-key",
        "OPAL_RATE_LIMIT": "1000000",
        "OPAL_WEBHOOK_ALLOW_LOCAL": "true",
        "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "true",
        **overrides,
    }
    with api_server(environment) as running:
        yield running


@pytest.fixture(scope="module")
def connection() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def new_shop(server: ApiServer, connection: requests.Session) -> NewShop:
    """Makes tenants."""
    return lambda: Shop(server.url, connection)


@pytest.fixture
def shop(new_shop: NewShop) -> Shop:
    return new_shop()


@pytest.fixture
def rival(new_shop: NewShop) -> Shop:
    """Another tenant of the same installation."""
    return new_shop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    """A store of its own, for what is tested without the API."""
    opened = SqliteStore(str(tmp_path / "store.sqlite"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def mollie() -> Iterator[FakeMollie]:
    """Mollie, as far as the module's tests buy anything."""
    fake = FakeMollie()
    yield fake
    fake.close()


def settings_of(mollie: FakeMollie) -> dict[str, str]:
    """The settings of an app that sells credits through this Mollie."""
    return {
        "OPAL_MOLLIE_API_KEY": mollie.api_key,
        "OPAL_MOLLIE_URL": mollie.url,
        "OPAL_PUBLIC_URL": "https://opal.example",
    }
