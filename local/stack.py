"""The one-machine stack: Azurite, the model endpoint under Azure ML's server, and the host."""

import contextlib
import fcntl
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

import requests

from local.config import ROOT, StackConfig, app_environment
from local.endpoint import endpoint_command, endpoint_environment
from local.process import Child, ensure_port_free

_START_LIMIT_S = 90.0
_RESTART_PAUSE_S = 1.0
_ENDPOINT_THREADS = 4
_log = logging.getLogger(__name__)


class StackError(Exception):
    """The stack could not be started; the text says why."""


class Stack:
    """The three processes; those that end are started again until `stop`."""

    def __init__(self, config: StackConfig, environment: Mapping[str, str] = os.environ) -> None:
        self.config = config
        self.azurite = Child("azurite", _azurite(config), environment, self._log("azurite"))
        self.endpoint = Child(
            "endpoint",
            # The models take what the others leave: an answer is waited for, a photo is not.
            ["nice", "-n", "10", *endpoint_command(config.endpoint_port)],
            endpoint_environment(config.blob_port, _ENDPOINT_THREADS, environment),
            self._log("endpoint"),
        )
        self.host = Child(
            "host",
            [sys.executable, "-m", "local", "host", "--port", str(config.host_port)],
            app_environment(config, environment) | {"PYTHONPATH": str(ROOT)},
            self._log("host"),
        )
        self._lock: IO[str] | None = None

    @property
    def children(self) -> tuple[Child, ...]:
        """All processes, in the order in which they are started."""
        return (self.azurite, self.endpoint, self.host)

    def start(self) -> None:
        """Start everything and wait until it is ready.

        Raises `PortTaken`, or `StackError` with the end of the log of what failed.
        """
        config = self.config
        self._take_lock()
        ensure_port_free(config.blob_port, "Azurite", "OPAL_BLOB_PORT")
        ensure_port_free(config.endpoint_port, "the model endpoint", "OPAL_ENDPOINT_PORT")
        ensure_port_free(config.host_port, "the function host", "OPAL_HOST_PORT")
        self.azurite.start()
        self.endpoint.start()
        self._await(self.azurite, lambda: _answers(f"http://127.0.0.1:{config.blob_port}/"))
        self.host.start()
        self._await(self.endpoint, lambda: _answers(f"http://127.0.0.1:{config.endpoint_port}/"))
        self._await(self.host, lambda: _is_ready(f"{config.host_url}/readyz"))

    def revive(self) -> None:
        """Start again what has ended; call this every second or so."""
        for child in self.children:
            if child.ended is not None:
                _log.warning("%s ended (%s); starting it again", child.name, child.ended)
                time.sleep(_RESTART_PAUSE_S)
                child.start()

    def stop(self) -> None:
        """End everything, the host first."""
        for child in reversed(self.children):
            child.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> None:
        """Two stacks on one folder would fight over its files."""
        self.config.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.config.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StackError(
                f"Another stack runs on {self.config.folder}. Stop it (Ctrl-C in its terminal),"
                " or give this one its own folder: OPAL_LOCAL_DIR=… make …"
            ) from None

    def _await(self, child: Child, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_LIMIT_S
        while not ready():
            if child.ended is not None:
                raise StackError(f"{child.name} did not start:\n{child.last_lines()}")
            if time.monotonic() > deadline:
                raise StackError(
                    f"{child.name} was not ready after {_START_LIMIT_S:g} s:\n{child.last_lines()}"
                )
            time.sleep(0.1)

    def _log(self, name: str) -> Path:
        return self.config.folder / "logs" / f"{name}.log"


@contextlib.contextmanager
def running_stack(
    config: StackConfig, environment: Mapping[str, str] = os.environ
) -> Iterator[Stack]:
    """A started stack, stopped at the end whatever happens."""
    stack = Stack(config, environment)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def _azurite(config: StackConfig) -> list[str]:
    return [
        str(ROOT / "node_modules" / ".bin" / "azurite-blob"),
        *("--blobHost", "127.0.0.1"),
        *("--blobPort", str(config.blob_port)),
        *("--location", str(config.folder / "azurite")),
        *("--silent", "--skipApiVersionCheck", "--disableTelemetry"),
    ]


def _answers(url: str) -> bool:
    """True when anything at all answers HTTP there."""
    try:
        requests.get(url, timeout=2)
    except requests.RequestException:
        return False
    return True


def _is_ready(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).status_code == 200
    except requests.RequestException:
        return False
