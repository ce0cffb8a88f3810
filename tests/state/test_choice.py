"""The settings say which store a process has."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from opal.settings import load_settings
from opal.state import open_store, prepare_store
from opal.state.contract import Create, Partition
from opal.state.cosmos import CosmosStore
from opal.state.cosmos_account import CosmosAccount
from opal.state.sqlite import SqliteStore
from tests.cosmos_server import CosmosServer

ROOT = Path(__file__).resolve().parents[2]
HERE = Partition("demo", "summer")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "OPAL_STORAGE": "UseDevelopmentStorage=true",
        "OPAL_STATE_PATH": str(tmp_path / "s.sqlite"),
        "OPAL_ENDPOINT_URL": "http://127.0.0.1:1/score",
    }


@pytest.fixture
def cosmos(environment: dict[str, str], cosmos_server: CosmosServer) -> dict[str, str]:
    """The environment of a process whose state is in Cosmos DB."""
    return environment | {
        "OPAL_STATE": "cosmos",
        "OPAL_COSMOS_ENDPOINT": cosmos_server.url,
        "OPAL_COSMOS_KEY": cosmos_server.key,
        "OPAL_COSMOS_DATABASE": "chosen",
    }


def test_the_store_is_a_file_unless_said_otherwise(environment):
    settings = load_settings(environment)
    prepare_store(settings)
    with closing(open_store(settings)) as store:
        assert isinstance(store, SqliteStore)
    assert Path(environment["OPAL_STATE_PATH"]).exists()


def test_the_store_is_cosmos_db_if_the_settings_say_so(cosmos):
    settings = load_settings(cosmos)
    prepare_store(settings)
    with closing(open_store(settings)) as store:
        assert isinstance(store, CosmosStore)
        store.write(HERE, [Create({"id": "a", "kind": "item", **HERE._asdict()})])
        assert store.read(HERE, "a") is not None
    assert not Path(cosmos["OPAL_STATE_PATH"]).exists()


def test_an_account_is_what_the_settings_say(environment):
    settings = load_settings(
        {
            **environment,
            "OPAL_STATE": "cosmos",
            "OPAL_COSMOS_ENDPOINT": "https://opal.documents.azure.com:443/",
            "OPAL_COSMOS_DATABASE": "photos",
            "OPAL_COSMOS_TIMEOUT": "7",
            "OPAL_COSMOS_RETRIES": "3",
            "OPAL_COSMOS_RETRY_WAIT": "5",
            "OPAL_STORAGE__clientId": "an-identity",
        }
    )
    assert CosmosAccount.of(settings) == CosmosAccount(
        endpoint="https://opal.documents.azure.com:443/",
        database="photos",
        key=None,
        identity_client_id="an-identity",
        timeout_s=7,
        retries=3,
        retry_wait_s=5,
    )


def test_a_process_with_a_file_does_not_load_cosmos_db(environment):
    code = (
        "import sys, function_app\n"
        "from opal.settings import get_settings\n"
        "from opal.state import get_store, prepare_store\n"
        "prepare_store(get_settings()); get_store()\n"
        "print([name for name in sys.modules if name.startswith('azure.cosmos')])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
        text=True,
    )
    assert answer.stdout.strip() == "[]"
