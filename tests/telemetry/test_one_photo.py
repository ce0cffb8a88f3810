"""One photo, from the request that announces it to the last call of the endpoint: one trace.

The app's own API, orchestrations and activities run on the local engine, over Azurite, a SQLite
file and an endpoint on a socket.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import numpy as np
import pytest
from azure.durable_functions.models.utils import http_utils

from benchmarks.photos import plain_photo
from imaging.encode import encode_png
from local.bindings import Function, read_functions
from local.invocation import Invoker
from opal.blobs import get_blobs
from opal.keys import Role, create_key
from opal.names import upload_path
from opal.state import get_store
from opal.state.contract import Partition
from opal.state.transition import get_item
from tests.local.serving import Served
from tests.opal.scripted_endpoint import Answer, ScriptedEndpoint
from tests.telemetry.fresh_app import fresh_app
from tests.telemetry.recorder import Recorder, trace_id_of

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
# The grey box that stands for the photo has none of its pixels.
OPTIONS = {"scenes": ["white"], "exports": ["web_thumb"], "gate": "off"}
ACTIVITIES = {
    *("inspect_photo", "segment_product", "place_product", "upscale_photo", "export_variant"),
    *("complete_item", "settle_job", "package_job", "complete_job"),
}


class Shop:
    """A tenant that asks the API's functions, as the Functions host hands them a request."""

    def __init__(self, runner: asyncio.Runner) -> None:
        app = fresh_app()
        self.served = Served(runner, app)
        self._invoke = Invoker(self.served.url, 4)
        functions = [f for f in read_functions(fresh_app()) if f.trigger_type == "httpTrigger"]
        self._functions: dict[str, Function] = {function.name: function for function in functions}
        _, self._key = create_key(get_store(), "shop", Role.ADMIN, "tests", datetime.now(UTC))

    def ask(self, name: str, body: object, headers: dict[str, str]) -> Any:
        signed = {"X-API-Key": self._key, **headers}
        request = func.HttpRequest("POST", "/", headers=signed, body=json.dumps(body).encode())
        response = self.served(self._invoke(self._functions[name], request))
        assert response.status_code < 300, response.get_body()
        return json.loads(response.get_body())

    def close(self) -> None:
        self._invoke.close()
        self.served.close()


@pytest.fixture
def shop(app: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "true")
    with asyncio.Runner() as runner:
        shop = Shop(runner)
        yield shop
        shop.close()
        runner.run(http_utils._close_session())


def draw(request: dict[str, Any]) -> Answer:
    """A model that knows one grey box."""
    if request["task"] == "segment":
        shape, quality = (960, 1280, 4), {"product_box": [320, 240, 640, 480]}
    else:
        width, height = request["params"]["canvas"]
        shape, quality = (height, width, 3), {}
    data = encode_png(np.full(shape, 128, np.uint8))
    digest = hashlib.sha256(data).hexdigest()
    answer = {
        "output": {"width": shape[1], "height": shape[0], "bytes": len(data), "sha256": digest},
        "model": {"name": "grey", "version": "1", "sha256": "00"},
        "quality": quality,
        "timings_ms": {"total": 1.0},
    }
    ScriptedEndpoint.put(request["output_url"], data, answer)
    return 200, {}, json.dumps(answer).encode()


def make(shop: Shop, number: int) -> str:
    """Have a photo made: announced in the caller's trace, uploaded without one."""
    order = {"items": [{"filename": "chair.jpg"}], "options": OPTIONS}
    job = shop.ask("create_job", order, PARENT)
    named = {"job_id": job["job_id"], "item_id": job["items"][0]["item_id"]}
    get_blobs().write(upload_path("shop", **named, filename="chair.jpg"), plain_photo(number), "")
    shop.ask("complete_upload", named, {})
    partition = Partition("shop", named["job_id"])

    async def ended() -> str:
        while True:
            item = get_item(get_store(), partition, named["item_id"])
            [job] = get_store().page(partition, "job", 1).documents
            if item and job["completed_at"] is not None:
                return item.status.value
            await asyncio.sleep(0.05)

    status: str = shop.served(asyncio.wait_for(ended(), 60))
    return status


def test_all_spans_of_a_photo_share_the_trace_of_the_request_that_announced_it(
    shop: Shop, endpoint: ScriptedEndpoint, recorder: Recorder
) -> None:
    endpoint.script = draw
    with recorder.counting() as counted:
        assert make(shop, 1) == "completed"
    spans = {span.name for span in recorder.spans if trace_id_of(span) == TRACE}
    assert spans >= ACTIVITIES
    assert spans >= {"POST /v1/jobs", "start process_item", "score segment", "score place"}
    elsewhere = {span.name for span in recorder.spans if trace_id_of(span) != TRACE}
    assert elsewhere == {"POST /v1/uploads/complete"}
    assert counted("opal_items_total") == {("completed",): 1}
    assert counted("opal_job_latency_seconds") == {("completed",): 1}


def test_the_endpoint_is_told_the_trace_and_the_span_that_asks(
    shop: Shop, endpoint: ScriptedEndpoint, recorder: Recorder
) -> None:
    endpoint.script = draw
    assert make(shop, 2) == "completed"
    calls = [span for span in recorder.spans if span.name.startswith("score ")]
    told = [headers["traceparent"] for headers in endpoint.headers]
    assert told == [f"00-{TRACE}-{call.get_span_context().span_id:016x}-01" for call in calls]
    assert {headers["X-Trace-Id"] for headers in endpoint.headers} == {TRACE}
    assert {request["trace_id"] for request in endpoint.requests} == {TRACE}
