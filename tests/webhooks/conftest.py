"""Real surroundings for webhooks: a SQLite file, receivers on sockets, an authority."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from opal.settings import Settings, load_settings
from opal.state.contract import StateStore
from opal.state.sqlite import SqliteStore
from opal.webhooks.sealing import SecretBox
from opal.webhooks.sending import Sender
from tests.webhooks.certificates import Authority
from tests.webhooks.receiver import Receiver

NewReceiver = Callable[..., Receiver]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        {
            "OPAL_STORAGE": "UseDevelopmentStorage=true",
            "OPAL_STATE_PATH": str(tmp_path / "state.sqlite"),
            "OPAL_ENDPOINT_URL": "http://127.0.0.1:9/score",
            "OPAL_WEBHOOK_ALLOW_LOCAL": "true",
            "OPAL_WEBHOOK_SCHEDULE": "10,100",
            "OPAL_SECRET_KEYS": Fernet.generate_key().decode(),
        }
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[StateStore]:
    opened = SqliteStore(settings.state_path)
    yield opened
    opened.close()


@pytest.fixture
def new_receiver() -> Iterator[NewReceiver]:
    """Starts receivers, and stops them at the end."""
    running: list[Receiver] = []

    def start(**options: Any) -> Receiver:
        running.append(Receiver(**options))
        return running[-1]

    yield start
    for receiver in running:
        receiver.close()


@pytest.fixture
def receiver(new_receiver: NewReceiver) -> Receiver:
    """A receiver by plain HTTP on the loopback interface."""
    return new_receiver()


@pytest.fixture
def sender(settings: Settings) -> Sender:
    """Sends as on one machine: to the loopback interface too."""
    return Sender(timeout_s=5, allow_local=True, box=SecretBox.of(settings))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)
