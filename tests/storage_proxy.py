"""A proxy before Azurite: remembers what was asked of storage, and misbehaves on request."""

import http.client
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.quiet_server import QuietServer

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


class StorageProxy:
    """Listens on a free port; `connection` is Azurite's connection string through it.

    `meet` is told method and path of each request before it is passed on; a status that it
    answers is the answer, and None passes it on. `photos` counts what was put, by file name.
    """

    def __init__(self, connection: str) -> None:
        self._parts = dict(part.split("=", 1) for part in connection.strip(";").split(";"))
        endpoint = urlsplit(self._parts["BlobEndpoint"])
        self._host, self._account = endpoint.netloc, endpoint.path
        self.meet: Callable[[str, str], int | None] = lambda *_: None
        self.photos: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    @property
    def connection(self) -> str:
        """The connection string of the storage behind the proxy."""
        endpoint = f"http://127.0.0.1:{self._server.server_port}{self._account}"
        parts = self._parts | {"BlobEndpoint": endpoint}
        return "".join(f"{name}={value};" for name, value in parts.items())

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = urlsplit(handler.path).path
        verdict = self.meet(handler.command, path)
        if handler.command == "PUT" and "/raw/" in path and verdict is None:
            with self._lock:
                self.photos[path.rsplit("/", 1)[-1]] += 1
                self.headers.append(dict(handler.headers))
        if verdict is not None:
            self._answer(handler, verdict, {"x-ms-error-code": "Scripted"}, b"")
            return
        connection = http.client.HTTPConnection(self._host, timeout=60)
        connection.request(handler.command, handler.path, body, dict(handler.headers))
        response = connection.getresponse()
        self._answer(handler, response.status, dict(response.getheaders()), response.read())
        connection.close()

    @staticmethod
    def _answer(
        handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
    ) -> None:
        handler.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _HOP_BY_HOP:
                handler.send_header(name, value)
        if "content-length" not in {name.lower() for name in headers}:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                proxy._pass_on(self)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_one  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
