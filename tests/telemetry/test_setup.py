"""Telemetry leaves the process only where someone asks for it; each case is its own process,
because OpenTelemetry can be set up only once in one."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.quiet_server import QuietServer

ROOT = Path(__file__).resolve().parents[2]
TRACE = "0af7651916cd43dd8448eb211c80319c"
WORK = f"""
from opal.telemetry import observe_activity, outgoing_headers
with observe_activity("inspect_photo", {{"item": {{"trace_id": "{TRACE}"}}}}):
    print(outgoing_headers()["traceparent"][:35])
"""


class Collector:
    """Takes what is exported to it, and keeps the paths and bodies."""

    def __init__(self) -> None:
        self.received: dict[str, bytes] = {}
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.received[self.path] = collector.received.get(self.path, b"") + body
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


def run(code: str, **environment: str) -> list[str]:
    """The lines that a fresh process with the app prints; it must complain of nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env=kept | environment | {"OTEL_EXPORTER_OTLP_COMPRESSION": "none"},
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert answer.stderr == ""
    return answer.stdout.splitlines()


def test_without_settings_no_sdk_is_loaded_and_the_trace_is_still_handed_on() -> None:
    sdk = "import sys; print([m for m in sys.modules if m.startswith('opentelemetry.sdk')])"
    assert run(f"import function_app\n{WORK}\n{sdk}") == [f"00-{TRACE}", "[]"]


def test_a_collector_that_is_named_gets_spans_and_metrics(collector: Collector) -> None:
    run(f"import function_app\n{WORK}", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert b"inspect_photo" in collector.received["/v1/traces"]
    assert bytes.fromhex(TRACE) in collector.received["/v1/traces"]
    assert b"opal_stage_seconds" in collector.received["/v1/metrics"]
    assert all(b"opal" in body for body in collector.received.values())


def test_a_collector_for_spans_alone_gets_no_metrics(collector: Collector) -> None:
    setting = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector.url}/spans"}
    run(f"import function_app\n{WORK}", **setting)
    assert list(collector.received) == ["/spans"]


def test_the_service_has_the_name_that_it_is_given(collector: Collector) -> None:
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": "opal-canary"}
    run(f"import function_app\n{WORK}", **settings)
    assert b"opal-canary" in collector.received["/v1/traces"]


def test_what_the_worker_has_set_up_stays(collector: Collector) -> None:
    """As Azure Monitor's distribution does, before the app is loaded."""
    before = """
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
spans, figures = TracerProvider(), MeterProvider()
trace.set_tracer_provider(spans)
metrics.set_meter_provider(figures)
import function_app
print(trace.get_tracer_provider() is spans, metrics.get_meter_provider() is figures)
"""
    assert run(before, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) == ["True True"]
    assert collector.received == {}


def test_it_is_started_once_however_often_it_is_asked_to(collector: Collector) -> None:
    code = "from opal.telemetry import start_telemetry\n" + "start_telemetry()\n" * 3
    run(code + WORK, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert collector.received["/v1/traces"].count(bytes.fromhex(TRACE)) == 1
