"""One photo, from the request that brings it to the last call of the endpoint: one trace.

The app's own orchestrations and activities run on the local engine, over Azurite, a SQLite file
and an endpoint on a socket.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from azure.durable_functions.models.utils import http_utils

from benchmarks.photos import plain_photo
from imaging.encode import encode_png
from opal.blobs import etag_of, get_blobs
from opal.intake import take_in
from opal.settings import get_settings
from opal.starting import Start, start_all
from opal.state import get_store
from opal.state.claims import Source
from opal.telemetry import observe_request
from tests.local.serving import Served
from tests.opal.scripted_endpoint import Answer, ScriptedEndpoint
from tests.telemetry.fresh_app import fresh_app
from tests.telemetry.recorder import Recorder, trace_id_of

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
RECIPE = json.dumps({"scenes": ["white"], "exports": ["web_thumb"]}).encode()
ACTIVITIES = {
    *("inspect_photo", "segment_product", "place_product", "upscale_photo", "export_variant"),
    *("complete_item", "settle_job", "package_job", "complete_job"),
}


@pytest.fixture
def served(app: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("AZURE_FUNCTIONS_DURABLE_STRICT_TYPING", "true")
    monkeypatch.setenv("OPAL_JOB_SETTLE", "0")
    get_settings.cache_clear()
    with asyncio.Runner() as runner:
        served = Served(runner, fresh_app())
        yield served
        served.close()
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


def bring(photo: bytes) -> list[Start]:
    """Take a photo in, within a request whose caller is in a trace."""
    blobs, now = get_blobs(), datetime.now(UTC)
    blobs.write("raw/shop/autumn/job.json", RECIPE, "application/json")
    blobs.write("raw/shop/autumn/chair.jpg", photo, "image/jpeg")
    properties = blobs.properties("raw/shop/autumn/chair.jpg")
    assert properties is not None
    source = Source(etag_of(properties), properties.size)
    with observe_request("v1/uploads", "POST", {"traceparent": f"00-{TRACE}-{CALLER}-01"}) as asked:
        starts = take_in(get_store(), blobs, get_settings(), "shop/autumn/chair.jpg", source, now)
        asked.status = 200
    return starts


def make(served: Served, number: int) -> Any:
    """Have a photo made; answers how that ended."""
    [start] = bring(plain_photo(number))

    async def run() -> Any:
        await start_all(served.client, [start])
        return await served.ended(start.instance_id)

    return served(run()).output


def test_all_spans_of_a_photo_and_all_that_is_told_others_share_its_callers_trace(
    served: Served, endpoint: ScriptedEndpoint, recorder: Recorder
) -> None:
    endpoint.script = draw
    with recorder.counting() as counted:
        assert make(served, 1) == "completed"
    names = {span.name for span in recorder.spans}
    assert names >= ACTIVITIES
    assert names >= {"POST /v1/uploads", "take in blob", "start process_item"}
    assert {trace_id_of(span) for span in recorder.spans} == {TRACE}
    assert counted("opal_items_total") == {("completed",): 1}
    assert counted("opal_job_latency_seconds") == {("completed",): 1}


def test_the_endpoint_is_told_the_trace_and_the_span_that_asks(
    served: Served, endpoint: ScriptedEndpoint, recorder: Recorder
) -> None:
    endpoint.script = draw
    make(served, 2)
    calls = [span for span in recorder.spans if span.name.startswith("score ")]
    told = [headers["traceparent"] for headers in endpoint.headers]
    assert told == [f"00-{TRACE}-{call.get_span_context().span_id:016x}-01" for call in calls]
    assert {headers["X-Trace-Id"] for headers in endpoint.headers} == {TRACE}
    assert {request["trace_id"] for request in endpoint.requests} == {TRACE}
