"""A small blob store over real HTTP, and the scoring script under Azure ML's own server."""

import base64
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.conftest import free_port

REPOSITORY = Path(__file__).resolve().parents[2]


class BlobStore(ThreadingHTTPServer):
    """Keeps PUT blobs by path. Paths below /fault/ misbehave: /fault/503, /fault/short, ...

    `gate` holds back reads of /slow/ paths until it is set. `log` lists "METHOD path".
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.blobs: dict[str, bytes] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.log: list[str] = []
        self.gate = threading.Event()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}?sig=secret-signature"

    def put(self, path: str, data: bytes) -> str:
        self.blobs[path] = data
        return self.url(path)

    def metadata(self, path: str) -> Any:
        return json.loads(base64.urlsafe_b64decode(self.headers[path]["x-ms-meta-opal"]))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BlobStore

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.log.append(f"GET {path}")
        if self._fault(path):
            return
        if path.startswith("/slow/"):
            self.server.gate.wait(20)
        data = self.server.blobs.get(path)
        self._answer(200 if data is not None else 404, data or b"")

    def do_PUT(self) -> None:
        path = urlsplit(self.path).path
        self.server.log.append(f"PUT {path}")
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self._fault(path):
            return
        self.server.headers[path] = {name.lower(): each for name, each in self.headers.items()}
        self.server.blobs[path] = data
        self._answer(201, b"")

    def _fault(self, path: str) -> bool:
        kind = path.removeprefix("/fault/").split("/")[0] if path.startswith("/fault/") else ""
        if kind.isdigit():
            extra = {"Location": self.server.url("/target")} if kind.startswith("3") else {}
            self._answer(int(kind), b"fault", extra)
        elif kind == "short":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b"x" * 100)
            self.close_connection = True
        elif kind == "endless":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._pour()
        return bool(kind)

    def _pour(self) -> None:
        try:
            for _ in range(1000):
                self.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        except OSError:
            self.close_connection = True

    def _answer(self, status: int, data: bytes, extra: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output to the tests."""


@pytest.fixture
def blob_store() -> Iterator[BlobStore]:
    yield from _serve()


@pytest.fixture(scope="session")
def endpoint_blobs() -> Iterator[BlobStore]:
    yield from _serve()


def _serve() -> Iterator[BlobStore]:
    store = BlobStore()
    thread = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield store
    store.gate.set()
    store.shutdown()
    thread.join()
    store.server_close()


class Endpoint:
    """The running server: `score` posts a request, `log` is what it has written so far."""

    def __init__(self, port: int, log_path: Path) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self._log_path = log_path

    def score(self, document: Any, **options: Any) -> requests.Response:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return requests.post(f"{self.base}/score", data=body, timeout=60, **options)

    def log(self) -> str:
        return self._log_path.read_text()


def _server_binary() -> Path:
    venv = os.environ.get("OPAL_ENDPOINT_VENV")
    return (Path(venv) if venv else REPOSITORY / ".venv-endpoint") / "bin" / "azmlinfsrv"


def start_server(folder: Path, allowed_hosts: str) -> tuple[subprocess.Popen[bytes], Endpoint]:
    binary, port, log_path = _server_binary(), free_port(), folder / "server.log"
    if not binary.exists():
        pytest.fail("no endpoint environment: run `make stack` first")
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        "HOME": str(folder),
        "AML_APP_ROOT": str(REPOSITORY),
        "GUNICORN_CMD_ARGS": "--threads 4 --no-control-socket",
        "OPAL_ALLOWED_HOSTS": allowed_hosts,
        "OPAL_MAX_INPUT_BYTES": "8000000",
        "OPAL_TRANSFER_TIMEOUT_S": "20",
        "OPAL_CONCURRENCY": "4",
    }
    command = [binary, "--entry_script", "models/score.py", "--port", str(port)]
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    return process, Endpoint(port, log_path)


@pytest.fixture(scope="session")
def endpoint(
    endpoint_blobs: BlobStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    process, server = start_server(tmp_path_factory.mktemp("endpoint"), endpoint_blobs.host)
    try:
        wait_until(lambda: requests.get(f"{server.base}/", timeout=1).ok, process)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if ready():
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError("the endpoint did not start")
