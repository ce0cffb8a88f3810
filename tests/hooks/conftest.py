"""The hooks before an Azure that stands in for the real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hooks.copied import Hooks
from tests.hooks.fakes import Fakes
from tests.hooks.subscription import KEY, TOKEN, VALUES, Subscription


@pytest.fixture(scope="session")
def fakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fakes]:
    """The programs that the hooks call; each test has answers of its own."""
    fakes = Fakes(tmp_path_factory.mktemp("fakes"))
    yield fakes
    fakes.close()


@pytest.fixture
def azure(fakes: Fakes, tmp_path: Path) -> Iterator[Subscription]:
    """A subscription in which everything is provisioned and nothing deployed.

    Whatever a test does, no argument of a call may show a secret.
    """
    subscription = Subscription(Hooks.copied(fakes, tmp_path, VALUES))
    fakes.answers = subscription.answers()
    fakes.calls.clear()
    yield subscription
    seen = " ".join(argument for call in fakes.calls for argument in call.arguments)
    for secret in (KEY, TOKEN, subscription.secrets.get("secret-keys", KEY)):
        assert secret not in seen
