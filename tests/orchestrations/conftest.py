"""Every test that asks for `engine` runs on each engine that can say what it tests."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from tests.orchestrations.engine_local import LocalEngine
from tests.orchestrations.engine_replay import ReplayEngine
from tests.orchestrations.engine_testing import TestingEngine
from tests.orchestrations.orchestrator_world import Engine, World

ENGINES: dict[str, Callable[[Executor], Engine]] = {
    "replay": lambda aside: ReplayEngine(batched=False),
    "replay-batched": lambda aside: ReplayEngine(batched=True),
    "testing": lambda aside: TestingEngine(),
    "local": LocalEngine,
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "beyond(**engines): the engines that can't say this, each with the reason"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        beyond: dict[str, str] = {}
        for marker in metafunc.definition.iter_markers("beyond"):
            beyond |= marker.kwargs
        unknown = beyond.keys() - {name.replace("-", "_") for name in ENGINES}
        assert not unknown, f"no such engines: {unknown}"
        names = [name for name in ENGINES if name.replace("-", "_") not in beyond]
        metafunc.parametrize("engine", names, indirect=True)


@pytest.fixture(scope="session")
def aside() -> Iterator[Executor]:
    """Threads for what may end later, but not after the session."""
    with ThreadPoolExecutor(16) as executor:
        yield executor


@pytest.fixture
def engine(request: pytest.FixtureRequest, aside: Executor) -> Engine:
    """An engine; the name is in the test's id."""
    return ENGINES[request.param](aside)


@pytest.fixture
def world() -> World:
    """An empty app."""
    return World()


@pytest.fixture(autouse=True)
def _strict_typing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As deployed: only plain JSON crosses the durable boundary."""
    monkeypatch.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "true")
