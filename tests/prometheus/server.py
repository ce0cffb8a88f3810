"""A real Prometheus with our configuration and rules, that scrapes every second."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from local.process import Child
from tests.conftest import free_port
from tests.prometheus.queries import ROOT, RULES

PROGRAM = ROOT / ".tools/bin/prometheus"


class Prometheus:
    """A running server, asked over its HTTP API."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer; raises for an error of the query."""
        answer = requests.get(f"{self._url}/api/v1/{path}", params=parameters, timeout=10)
        assert answer.ok, f"{parameters}: {answer.text}"
        return answer.json()["data"]

    def values(self, expr: str) -> list[dict[str, Any]]:
        """What a query finds now; a query that Prometheus only warns of is wrong, too."""
        found: list[dict[str, Any]] = self.ask("query", query=expr)["result"]
        return found

    def until(self, condition: Callable[[], object], limit_s: float = 30) -> None:
        """Wait for something to be so; a server that does not answer yet is waited for."""
        deadline = time.monotonic() + limit_s
        while True:
            try:
                if condition():
                    return
            except requests.ConnectionError:
                pass
            assert time.monotonic() < deadline, "the condition never came true"
            time.sleep(0.1)


@contextmanager
def running_prometheus(folder: Path, target: str) -> Iterator[Prometheus]:
    """A server that reads `target` (host:port) in place of the stack's usual address."""
    shutil.copy(RULES, folder)
    config = RULES.with_name("prometheus.yml").read_text("utf-8")
    assert "localhost:7071" in config
    assert "15s" in config
    quick = config.replace("localhost:7071", target).replace("15s", "1s")
    (folder / "prometheus.yml").write_text(quick, "utf-8")
    address = f"127.0.0.1:{free_port()}"
    command = [
        str(PROGRAM),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    server = Child("prometheus", command, os.environ, folder / "prometheus.log")
    server.start()
    try:
        yield Prometheus(f"http://{address}")
    finally:
        server.stop()
