"""The command line against the real API; `opal` runs it here, `start_opal` as a process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from opal.cli.main import main
from tests.api_server import ApiServer
from tests.client.conftest import (  # noqa: F401  (fixtures are found by their names here)
    api,
    client,
    environment,
    key,
    storage,
)
from tests.conftest import ROOT


class Ran(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its answer for programs."""
        return json.loads(self.out)


Opal = Callable[..., Ran]
StartOpal = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def user(api: ApiServer, key: str, tmp_path: Path) -> dict[str, str]:  # noqa: F811
    """The environment of somebody with a key."""
    return {
        "OPAL_URL": api.url,
        "OPAL_API_KEY": key,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "OPAL_LOCAL_DIR": str(tmp_path / "no-stack"),
    }


@pytest.fixture
def opal(user: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Opal:
    def run(*arguments: object, **changes: str) -> Ran:
        capsys.readouterr()
        status = main(list(map(str, arguments)), user | changes)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return run


@pytest.fixture
def start_opal(user: dict[str, str]) -> Iterator[StartOpal]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, **changes: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "opal", *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | user | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C must reach it, though the tests themselves may run where it is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
