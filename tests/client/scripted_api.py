"""A server on a real socket that gives the answers that a test lays out for it, in order."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.quiet_server import QuietServer


@dataclass
class Scripted:
    """One answer; without a status the connection is closed instead."""

    status: int | None = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    pause_s: float = 0.0


@dataclass
class Seen:
    """One request, and when it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class ScriptedApi:
    """The last answer is given for ever."""

    def __init__(self, *script: Scripted) -> None:
        self.script = list(script)
        self.seen: list[Seen] = []
        self._lock = threading.Lock()
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _next(self) -> Scripted:
        with self._lock:
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                api.seen.append(Seen(self.command, self.path, headers, body, time.monotonic()))
                scripted = api._next()
                time.sleep(scripted.pause_s)
                if scripted.status is None:
                    self.close_connection = True
                    return
                raw = isinstance(scripted.body, bytes)
                data = scripted.body if raw else json.dumps(scripted.body).encode()
                given = {"Content-Type": "application/json", "Content-Length": str(len(data))}
                self.send_response_only(scripted.status)
                for name, value in (given | scripted.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
