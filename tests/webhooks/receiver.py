"""A webhook receiver on a real socket, which answers what the test says."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from standardwebhooks import Webhook

from tests.quiet_server import QuietServer

Reply = int | tuple[int, dict[str, str]] | Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    server_name: str | None

    def verified_by(self, secret: str) -> Any:
        """The payload, if the signature is of this secret; else the library's error."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Answers the replies in order, then the last one for ever; 200 if there is none."""

    tls: ssl.SSLContext | None = None
    address: str = "127.0.0.1"
    port: int = 0
    replies: list[Reply] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._names: dict[int, str | None] = {}
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._server = QuietServer((self.address, self.port), handler)
        if self.tls is not None:
            self.tls.sni_callback = self._note_name
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        """The address as a URL of plain HTTP."""
        return f"http://127.0.0.1:{self.port}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_reply(self) -> Reply:
        if not self.replies:
            return 200
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def name_of(self, connection: Any) -> str | None:
        """The server name that the client named in its TLS handshake."""
        return self._names.get(id(connection))

    def _note_name(self, connection: Any, name: str | None, _: ssl.SSLContext) -> None:
        self._names[id(connection)] = name


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = self.receiver.name_of(self.connection)
        self.receiver.received.append(Received(self.path, dict(self.headers), body, name))
        reply = self.receiver.next_reply()
        if callable(reply):
            reply(self)
            self.close_connection = True
            return
        status, headers = reply if isinstance(reply, tuple) else (reply, {})
        self.send_response(status)
        for key, value in {"Content-Length": "0", **headers}.items():
            self.send_header(key, value)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: Any) -> None:
        return None
