"""A local stand-in for Mollie's HTTP API: payments, idempotency keys, and failures on demand."""

import itertools
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.quiet_server import QuietServer


@dataclass
class Fault:
    """How the next requests fail: a status with a body of ours, raw text, or a slow answer."""

    status: int = 200
    text: str | None = None
    delay_s: float = 0.0
    times: int = 1


class FakeMollie:
    """Answers `/v2/payments` over a socket as Mollie documents it."""

    api_key = "test_thisisnotasecretkey1234567890"

    def __init__(self) -> None:
        self.payments: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.fault: Fault | None = None
        self._by_key: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._server = QuietServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def pay(self, payment_id: str) -> None:
        """The buyer pays."""
        self.change(payment_id, status="paid", paidAt="2026-06-01T12:00:00+00:00")

    def change(self, payment_id: str, **fields: Any) -> None:
        with self._lock:
            self.payments[payment_id].update(fields)

    def add(self, **fields: Any) -> str:
        """A payment that was not made by the installation under test."""
        return self._make(fields)

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        with self._lock:
            self.requests.append((method, path))
        if headers["Authorization"] != f"Bearer {self.api_key}":
            return 401, _error(401, "Missing authentication, or failed to authenticate")
        if (method, path) == ("POST", "/v2/payments"):
            return self._create(headers.get("Idempotency-Key", ""), json.loads(body))
        payment = self.payments.get(path.removeprefix("/v2/payments/"))
        if method != "GET" or payment is None:
            return 404, _error(404, "No payment exists with this token.")
        return 200, payment

    def take_fault(self) -> Fault | None:
        with self._lock:
            fault = self.fault
            if fault is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.fault = None
            return fault

    def _create(self, key: str, order: dict[str, Any]) -> tuple[int, Any]:
        if "redirectUrl" not in order:
            return 422, _error(422, "The redirect URL is missing", "redirectUrl")
        with self._lock:
            if key in self._by_key:
                return 201, self.payments[self._by_key[key]]
        id = self._make(order)
        with self._lock:
            self._by_key[key] = id
        return 201, self.payments[id]

    def _make(self, fields: dict[str, Any]) -> str:
        with self._lock:
            id = f"tr_{next(self._numbers):010d}"
            checkout = {"href": f"https://www.mollie.com/checkout/{id}", "type": "text/html"}
            self.payments[id] = {
                "resource": "payment",
                "id": id,
                "mode": "test",
                "createdAt": "2026-06-01T11:55:00+00:00",
                "status": "open",
                "amount": {"value": "15.00", "currency": "EUR"},
                "metadata": None,
                "_links": {"checkout": checkout},
                **fields,
            }
            return id


def _error(status: int, detail: str, field: str | None = None) -> dict[str, Any]:
    body = {"status": status, "title": "Error", "detail": detail}
    return body | ({"field": field} if field else {})


def _handler(fake: FakeMollie) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = fake.take_fault()
            if fault is not None:
                time.sleep(fault.delay_s)
            if fault is None or (fault.status == 200 and fault.text is None):
                status, answer = fake.answer(self.command, self.path, self.headers, body)
                text = json.dumps(answer)
            else:
                status = fault.status
                text = json.dumps(_error(status, "no")) if fault.text is None else fault.text
            self._send(status, text.encode())

        def _send(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/hal+json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler
