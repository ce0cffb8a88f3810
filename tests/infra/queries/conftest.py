"""The queries as Kusto reads them, a day of the app, and what the queries answer about it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.infra.insights.emitted import Day
from tests.infra.insights.ingestion import Row
from tests.infra.insights.workspace import Workspace
from tests.infra.kusto import Query, read
from tests.infra.queries.mistakes import FOREIGN, MISTAKES
from tests.infra.queries.sources import ROOT, files, text_of

_BROKEN = [(name, right, wrong) for name, right, wrong, *_ in (*MISTAKES, *FOREIGN)]
Ask = Callable[..., list[Row]]


@pytest.fixture(scope="session")
def _read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Query]:
    """The queries and the broken ones, in one go: to start Kusto's language service is slow."""
    folder = tmp_path_factory.mktemp("broken")
    for number, (name, right, wrong) in enumerate(_BROKEN):
        text = text_of(f"{name}.kql")
        assert right in text
        (folder / f"broken {number}").write_text(text.replace(right, wrong), encoding="utf-8")
    return read([*files(), *folder.iterdir()])


@pytest.fixture(scope="session")
def queries(_read: dict[str, Query]) -> dict[str, Query]:
    return {name: query for name, query in _read.items() if name.endswith(".kql")}


@pytest.fixture(scope="session")
def broken(_read: dict[str, Query]) -> Callable[[str, str, str], Query]:
    """A query with a text in it replaced, one of those that the tests list."""
    return lambda *wanted: _read[f"broken {_BROKEN.index(wanted)}"]


@pytest.fixture(scope="session", autouse=True)
def _living(azurite: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """A day of the real app behind real exporters, begun while Kusto's language service starts."""
    folder = tmp_path_factory.mktemp("day")
    environment = {
        "OPAL_STORAGE": azurite,
        "OPAL_STATE_PATH": str(folder / "state.sqlite"),
        "OPAL_ENDPOINT_KEY": "the-key",
        "OPAL_SWEEP_GRACE": "0",
        "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "true",
    }
    with (folder / "day.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.infra.insights.day", folder / "day.json"],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )

    def wait() -> Path:
        assert process.wait(120) == 0, (folder / "day.log").read_text(encoding="utf-8")
        return folder / "day.json"

    yield wait
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def day(_living: Callable[[], Path]) -> Day:
    """What that day left."""
    return Day(**json.loads(_living().read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def ask(day: Day) -> Ask:
    """What a query of ours answers about that day, perhaps with a text in it replaced."""
    workspace = Workspace(day.rows)

    def answer(name: str, *replaced: str) -> list[Row]:
        text = text_of(f"{name}.kql")
        return workspace.ask(text.replace(*replaced) if replaced else text)

    return answer
