"""What one photo uses of the services that Azure bills: for the estimate of costs.

Drops a sample of 12 MP several times into the whole stack with the default recipe, on the test
server that speaks Cosmos DB's protocol, and counts: request units (the server's model of them),
runs of activities, calls of the endpoint, bytes in each container, and bytes of telemetry as
exported. Seconds are not measured here; they depend on the machine, and docs/performance.md has
them of a quiet one.
"""

import io
import os
import re
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from azure.storage.blob import BlobServiceClient
from PIL import Image

from benchmarks.api_load import cosmos_state
from local.config import ROOT, StackConfig
from local.key import ensure_local_key
from local.stack import running_stack

PHOTOS = 10
_SAMPLE = re.compile(r"^(opal_\w+?)(?:_total)?(\{[^}]*\})? ([\d.e+]+)$", re.MULTILINE)
_NAMES = {
    "opal_store_request_units": "request units of reading",
    "opal_stage_seconds_count": "runs of activities",
    "opal_endpoint_calls": "calls of the endpoint",
}


class Sink(ThreadingHTTPServer):
    """Takes telemetry in, and counts its bytes by signal."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: Counter[str] = Counter()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.rfile.read(length)
        self.server.received[self.path.rpartition("/")[2]] += length
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    """Print the figures for one photo."""
    photos = [_photo(number) for number in range(PHOTOS)]
    sink = Sink()
    with tempfile.TemporaryDirectory() as name, cosmos_state(Path(name)) as state:
        os.environ.update(state)  # the key is made from here
        config = StackConfig(17071, 20000, 15001, Path(name))
        exported = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{sink.server_port}"}
        with running_stack(config, os.environ | state | exported | {"OPAL_JOB_SETTLE": "1"}):
            before = _metrics(config)
            _make(config, photos)
            used = _metrics(config)
            used.subtract(before)
            stored = _stored(config)
    used.update(stored)
    used.update({f"telemetry bytes, {signal}": size for signal, size in sink.received.items()})
    for what, amount in sorted(used.items()):
        if amount:
            print(f"{what}: {amount / PHOTOS:,.1f}")


def _photo(number: int) -> bytes:
    """The sample without its first rows, so that no stage of one is found again for another."""
    with Image.open(ROOT / "samples/tea-box.jpg") as sample:
        picture = sample.crop((0, 8 * number, sample.width, sample.height))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def _make(config: StackConfig, photos: list[bytes]) -> None:
    """Drop the photos as one job, and wait until it is final."""
    service = BlobServiceClient.from_connection_string(config.storage_connection)
    for index, photo in enumerate(photos):
        service.get_blob_client("raw", f"demo/usage/{index:02}.jpg").upload_blob(photo)
    headers = {"X-API-Key": ensure_local_key(config)}
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        answer = requests.get(f"{config.host_url}/v1/jobs/usage", headers=headers, timeout=30)
        status = answer.json()["status"] if answer.status_code != 404 else "created"
        if status == "completed":
            return
        if status in ("failed", "partial"):
            raise RuntimeError(f"the job ended {status}: {answer.text}")
        time.sleep(5)  # each look costs request units too
    raise TimeoutError("the photos were not made in ten minutes")


def _metrics(config: StackConfig) -> Counter[str]:
    """The counters that say what was used, summed over their labels."""
    text = requests.get(f"{config.host_url}/metrics", timeout=30).text
    found: Counter[str] = Counter()
    for name, labels, value in _SAMPLE.findall(text):
        if name in _NAMES:
            what = _NAMES[name].replace("reading", "writing" if "write" in labels else "reading")
            found[what] += float(value)  # type: ignore[assignment]
    return found


def _stored(config: StackConfig) -> Counter[str]:
    service = BlobServiceClient.from_connection_string(config.storage_connection)
    found: Counter[str] = Counter()
    for name in ("raw", "work", "outputs"):
        for blob in service.get_container_client(name).list_blobs():
            found[f"blobs in {name}"] += 1
            found[f"bytes in {name}"] += blob.size
    return found


if __name__ == "__main__":
    main()
