"""Real surroundings for the domain's tests: Azurite, a SQLite file, an endpoint on a socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from opal.blobs import Blobs, get_blobs
from opal.inference import InferenceClient, get_inference
from opal.settings import Settings, get_settings, load_settings
from opal.state import StateStore, get_store
from opal.state.sqlite import SqliteStore
from tests.opal.scripted_endpoint import ScriptedEndpoint

CONTAINERS = ("raw", "work", "outputs")


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    scripted = ScriptedEndpoint()
    yield scripted
    scripted.close()


@pytest.fixture
def environment(azurite: str, endpoint: ScriptedEndpoint, tmp_path: Path) -> dict[str, str]:
    """The function app's environment in these surroundings."""
    return {
        "OPAL_STORAGE": azurite,
        "OPAL_STATE_PATH": str(tmp_path / "state.sqlite"),
        "OPAL_ENDPOINT_URL": endpoint.url,
        "OPAL_ENDPOINT_KEY": "the-key",
        "OPAL_ENDPOINT_TIMEOUT": "5",
        "OPAL_SWEEP_GRACE": "0",
    }


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return load_settings(environment)


@pytest.fixture
def blobs(settings: Settings) -> Blobs:
    """Blob storage with the three containers, all empty."""
    storage = Blobs(settings)
    storage.ensure_containers(CONTAINERS)
    for container in CONTAINERS:
        for name in storage.list_names(container, ""):
            storage.delete(f"{container}/{name}")
    return storage


@pytest.fixture
def store(settings: Settings) -> Iterator[StateStore]:
    opened = SqliteStore(settings.state_path)
    yield opened
    opened.close()


@pytest.fixture
def inference(settings: Settings) -> InferenceClient:
    return InferenceClient(settings)


@pytest.fixture
def app(
    environment: dict[str, str], blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The process's own settings and clients stand in these surroundings, as in production."""
    factories = (get_settings, get_store, get_blobs, get_inference)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for factory in factories:
        factory.cache_clear()
    yield
    if get_store.cache_info().currsize:
        get_store().close()
    for factory in factories:
        factory.cache_clear()
