"""The hooks before an Azure that stands in for the real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hooks.copied import Hooks, copy_endpoint
from tests.hooks.fakes import Fakes
from tests.hooks.subscription import KEY, TOKEN, VALUES, Subscription
from tests.hooks.workspace import Workspace


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


@pytest.fixture(scope="session")
def endpoint_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hooks of the model endpoint with the code and the weights that they put together."""
    return copy_endpoint(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def workspace(fakes: Fakes, endpoint_repository: Path) -> Workspace:
    """An Azure ML workspace whose endpoint has no deployment."""
    values = VALUES | {"OPAL_ML_TIER": "cpu"}
    workspace = Workspace(Hooks(fakes, endpoint_repository, values))
    fakes.answers = workspace.answers()
    fakes.calls.clear()
    return workspace
