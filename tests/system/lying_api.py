"""A proxy before the real API that tells one thing otherwise than it is."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from urllib.parse import quote, unquote

import requests

from tests.quiet_server import QuietServer

Lie = Callable[[str, bytes], bytes]
"""Given the path and the body of an answer, what to answer instead."""
_FETCH = "/fetch/"
_HOP = {"connection", "content-length", "transfer-encoding", "server", "date", "content-encoding"}


class LyingApi:
    """The API at `target`, with `lie` told. What `through` makes of an address comes damaged."""

    def __init__(self, target: str, lie: Lie = lambda _, body: body) -> None:
        self._target, self._lie = target, lie
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> "LyingApi":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def through(self, address: str) -> str:
        """An address of this server that gives what the other gives, with its last byte changed."""
        return f"{self.url}{_FETCH}{quote(address, safe='')}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                if self.path.startswith(_FETCH):
                    found = requests.get(unquote(self.path.removeprefix(_FETCH)))
                    body = found.content[:-1] + bytes([found.content[-1] ^ 1])
                else:
                    sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    found = requests.request(
                        self.command,
                        api._target + self.path,
                        data=sent,
                        headers={n: v for n, v in self.headers.items() if n.lower() != "host"},
                    )
                    body = api._lie(self.path, found.content)
                self.send_response_only(found.status_code)
                for name, value in found.headers.items():
                    if name.lower() not in _HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_POST = answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
