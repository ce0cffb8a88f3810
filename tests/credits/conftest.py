"""Surroundings of the credits' tests: each kind of store, settings that bill, a fake Mollie."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from opal.settings import Settings, load_settings
from opal.state.sqlite import SqliteStore
from tests.credits.fake_mollie import FakeMollie
from tests.state.conftest import (
    cosmos_account,
    cosmos_server,
    emulator_account,
    open_store,
    running_server,
    store,
)

__all__ = [
    "cosmos_account",
    "cosmos_server",
    "emulator_account",
    "open_store",
    "running_server",
    "store",
]


@pytest.fixture
def settings() -> Settings:
    """The least settings, with billing."""
    return load_settings(
        {
            "OPAL_STORAGE": "UseDevelopmentStorage=true",
            "OPAL_STATE_PATH": "unused",
            "OPAL_ENDPOINT_URL": "http://127.0.0.1:1/score",
            "OPAL_LEASE": "60",
            "OPAL_BLOCKED_RETRY": "600",
            "OPAL_BILLING_ENABLED": "true",
        }
    )


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteStore]:
    """The embedded store alone, for what does not depend on the kind."""
    opened = SqliteStore(str(tmp_path / "sqlite" / "s.sqlite"))
    yield opened
    opened.close()


@pytest.fixture
def mollie() -> Iterator[FakeMollie]:
    fake = FakeMollie()
    yield fake
    fake.close()


@pytest.fixture
def selling(settings: Settings, mollie: FakeMollie) -> Settings:
    """Settings of an installation that sells credits."""
    return settings.model_copy(
        update={
            "mollie_api_key": mollie.api_key,
            "mollie_url": mollie.url,
            "mollie_timeout_s": 1,
            "public_url": "https://opal.example",
        }
    )
