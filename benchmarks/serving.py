"""Starts the model endpoint under Azure ML's own server, and a blob store beside it."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from local.config import ROOT
from local.endpoint import ENDPOINT_BIN, endpoint_command, endpoint_environment
from local.process import Child

ENDPOINT_PYTHON = ENDPOINT_BIN / "python"
BLOB_PORT, ENDPOINT_PORT = 18100, 18101
_PATIENCE_S = 120.0


def served_environment(threads: int, model: Path | None) -> dict[str, str]:
    """The endpoint's, for `threads` requests at once; with another cut-out net if one is named."""
    own = {"OPAL_SEGMENT_MODEL": f"opal={model.resolve()}"} if model else {}
    return endpoint_environment(BLOB_PORT, threads) | own


@contextlib.contextmanager
def running_blobs(photo: Path, folder: Path) -> Iterator[str]:
    """The blob store's address."""
    command = [sys.executable, "-m", "benchmarks.blob_server"]
    command += ["--port", str(BLOB_PORT), "--photo", str(photo.resolve())]
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    child = Child("blobs", command, environment, folder / "blobs.log")
    address = f"http://127.0.0.1:{BLOB_PORT}"
    with _running(child, address):
        yield address


@contextlib.contextmanager
def running_endpoint(
    script: Path, environment: dict[str, str], folder: Path
) -> Iterator[tuple[str, float]]:
    """The address that scores, and the seconds from process start to ready."""
    command = endpoint_command(ENDPOINT_PORT, script)
    child = Child("endpoint", command, environment, folder / "endpoint.log")
    address = f"http://127.0.0.1:{ENDPOINT_PORT}"
    with _running(child, address) as seconds:
        yield f"{address}/score", seconds


@contextlib.contextmanager
def _running(child: Child, address: str) -> Iterator[float]:
    begun = time.perf_counter()
    child.start()
    try:
        _await(child, address, begun)
        yield time.perf_counter() - begun
    finally:
        child.stop()


def _await(child: Child, address: str, begun: float) -> None:
    while time.perf_counter() - begun < _PATIENCE_S and child.ended is None:
        try:
            if requests.get(address, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.01)
    raise RuntimeError(f"{child.name} did not start:\n{child.last_lines()}")
