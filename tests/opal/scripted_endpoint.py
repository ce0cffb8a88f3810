"""A model endpoint on a real socket that does what a test tells it to."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import requests

from tests.quiet_server import QuietServer

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


class ScriptedEndpoint:
    """An HTTP server that answers `POST /score` by a script, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.script: Callable[[Json], Answer] = self.make
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/score"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def says(self, status: int, body: object = b"", headers: dict[str, str] | None = None) -> None:
        """From now on, answer this; anything but bytes as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.script = lambda _: (status, headers or {}, data)

    def make(self, request: Json) -> Answer:
        """What the model endpoint does: write the output with its answer as metadata."""
        if request["task"] == "echo":
            return 200, {}, b'{"message": "pong"}'
        data = b"picture of " + json.dumps(request["params"]).encode()
        answer = self.score_of(data)
        self.put(request["output_url"], data, answer)
        return 200, {}, json.dumps(answer).encode()

    @staticmethod
    def score_of(data: bytes) -> Json:
        digest = hashlib.sha256(data).hexdigest()
        return {
            "output": {"width": 4, "height": 3, "bytes": len(data), "sha256": digest},
            "model": {"name": "scripted", "version": "1", "sha256": "00"},
            "quality": {"alpha_mean": 0.5},
            "timings_ms": {"total": 12.5},
        }

    @staticmethod
    def put(url: str, data: bytes, answer: object) -> None:
        text = base64.urlsafe_b64encode(json.dumps(answer).encode()).decode().rstrip("=")
        headers = {"x-ms-blob-type": "BlockBlob", "x-ms-meta-opal": text}
        requests.put(url, data, headers=headers, timeout=10).raise_for_status()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append(request)
                endpoint.headers.append(dict(self.headers))
                status, headers, body = endpoint.script(request)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
