"""One event loop for the folder, because the SDK's client keeps one HTTP session for ever."""

import asyncio
from collections.abc import Iterator

import pytest
from azure.durable_functions.models.utils import http_utils


@pytest.fixture(scope="package")
def runner() -> Iterator[asyncio.Runner]:
    """The loop that servers and clients of these tests run on."""
    with asyncio.Runner() as runner:
        yield runner
        runner.run(http_utils._close_session())


@pytest.fixture(autouse=True)
def _strict_typing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As deployed: only plain JSON crosses the durable boundary."""
    monkeypatch.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "true")
