"""A blob store for load tests, in a process of its own: GET gives a photo, PUT is thrown away."""

import argparse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CHUNK = 1 << 20


class BlobServer(ThreadingHTTPServer):
    """Answers any GET with `photo`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, photo: bytes) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.photo = photo


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BlobServer

    def do_GET(self) -> None:
        self._answer(200, self.server.photo)

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        while left > 0 and (part := self.rfile.read(min(left, _CHUNK))):
            left -= len(part)
        self._answer(201, b"")

    def _answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blob_server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--photo", type=Path, required=True)
    asked = parser.parse_args()
    BlobServer(asked.port, asked.photo.read_bytes()).serve_forever()
