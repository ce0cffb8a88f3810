"""What tests of several folders share: Azurite, and the way Hypothesis draws."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from local.config import StackConfig

ROOT = Path(__file__).resolve().parent.parent

# The same examples on every run, however slow the machine is.
hypothesis.settings.register_profile("opal", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("opal")


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of an Azurite that this test run has to itself."""
    folder = tmp_path_factory.mktemp("azurite")
    port = free_port()
    command = [ROOT / "node_modules/.bin/azurite-blob", "--blobHost", "127.0.0.1"]
    command += ["--blobPort", str(port), "--location", folder, "--silent", "--skipApiVersionCheck"]
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield StackConfig(1, port, 1, folder).storage_connection
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], patience_s: float = 60) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("Azurite did not start; has `npm ci` been run?")
