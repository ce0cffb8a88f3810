"""A proxy before the real endpoint: counts calls, and misbehaves on request."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

import requests

from tests.quiet_server import QuietServer


@dataclass
class Call:
    """One call of `/score`: the blob that it was to write, when it ran, how it ended."""

    task: str
    output: str
    begun: float
    ended: float = 0.0
    status: int = 0


Fault = Callable[[BaseHTTPRequestHandler], None]


class EndpointProxy:
    """Listens on a free port; `fail_next` queues faults for calls of a task."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.calls: list[Call] = []
        self._faults: list[tuple[str, Fault]] = []
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy.handle(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/score"

    def fail_next(self, task: str, *faults: Fault) -> None:
        """The next calls of the task meet these faults, in order."""
        with self._lock:
            self._faults.extend((task, fault) for fault in faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self.calls = []

    def scored(self) -> list[Call]:
        """The calls that reached a model."""
        return [call for call in self.calls if call.task != "echo"]

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        request = json.loads(body)
        output = str(request.get("output_url", "")).split("?")[0]
        call = Call(request["task"], output, time.monotonic())
        with self._lock:
            self.calls.append(call)
            fault = self._take_fault(call.task)
        try:
            if fault is not None:
                fault(handler)
                return
            response = requests.post(self.target, data=body, headers=_headers(handler), timeout=120)
            call.status, call.ended = response.status_code, time.monotonic()
            answer(handler, response.status_code, response.content)
        except requests.RequestException:
            answer(handler, 502, b"")
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _take_fault(self, task: str) -> Fault | None:
        for index, (name, fault) in enumerate(self._faults):
            if name == task:
                del self._faults[index]
                return fault
        return None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def busy(seconds: int) -> Fault:
    return lambda handler: answer(handler, 429, b"", Retry_After=str(seconds))


def status(code: int, **headers: str) -> Fault:
    return lambda handler: answer(handler, code, b"upstream trouble", **headers)


def garbage(handler: BaseHTTPRequestHandler) -> None:
    answer(handler, 200, b"<html>not json")


def hang(seconds: float) -> Fault:
    """No answer for so long, and then the end of the connection."""

    def fault(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return fault


def lie(handler: BaseHTTPRequestHandler) -> None:
    """A perfect answer about a blob that was never written."""
    body: dict[str, Any] = {
        "output": {"width": 10, "height": 10, "bytes": 10, "sha256": "0" * 64},
        "model": {"name": "liar", "version": "1", "sha256": ""},
        "quality": {"product_box": [0, 0, 10, 10]},
        "timings_ms": {"total": 1.0},
    }
    answer(handler, 200, json.dumps(body).encode())


def _headers(handler: BaseHTTPRequestHandler) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-Trace-Id": handler.headers["X-Trace-Id"] or ""}
