"""Stages: made once, found again, never believed without their blob."""

import base64
import json
from typing import Any

import pytest

from opal.documents import StageResult
from opal.errors import EndpointBusy, EndpointGarbled, StageLost
from opal.inference import InferenceClient
from opal.settings import load_settings
from opal.stages import find_stage, read_stage, run_stage, stage_path

PHOTO = ("raw/demo/summer/mug.jpg", "0" * 64)


@pytest.fixture
def run(blobs, inference):
    """Runs the stage `segment` on the photo; keywords change what is asked."""

    def run_it(**changes: Any) -> StageResult:
        asked: dict[str, Any] = {
            "tenant_id": "demo",
            "stage": "segment",
            "inputs": {"photo": PHOTO},
            "params": {},
            "trace_id": "trace",
        }
        return run_stage(blobs, inference, **{**asked, **changes})

    return run_it


def described(answer: object) -> dict[str, str]:
    return {"opal": base64.urlsafe_b64encode(json.dumps(answer).encode()).decode()}


def test_a_stage_is_made_by_the_endpoint_and_lies_where_its_path_says(endpoint, blobs, run):
    made = run()
    assert made.path == stage_path("demo", "segment", {"photo": PHOTO[1]}, {}, "1")
    assert made.path.startswith("work/demo/segment/")
    assert (made.reused, made.timings_ms, made.model["name"]) == (
        False,
        {"total": 12.5},
        "scripted",
    )
    assert read_stage(blobs, made).startswith(b"picture of")
    assert len(endpoint.requests) == 1


def test_the_endpoint_is_handed_urls_that_read_the_input_and_write_the_output(endpoint, blobs, run):
    blobs.write(PHOTO[0], b"photo", "image/jpeg")
    made = run()
    [request] = endpoint.requests
    assert PHOTO[0] in request["inputs"]["photo"]
    assert "sp=r&" in request["inputs"]["photo"]
    assert made.path in request["output_url"]
    assert "sp=cw&" in request["output_url"]


def test_a_stage_that_is_there_is_not_made_again(endpoint, run):
    made = run()
    again = run(trace_id="another")
    assert len(endpoint.requests) == 1
    assert again == made.model_copy(update={"reused": True, "timings_ms": {}})


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": {"photo": (PHOTO[0], "1" * 64)}},
        {"params": {"scene": "white"}},
        {"stage": "upscale"},
        {"tenant_id": "rival"},
    ],
)
def test_whatever_goes_into_a_stage_makes_it_another_one(endpoint, run, change):
    made = run()
    other = run(**change)
    assert other.path != made.path
    assert len(endpoint.requests) == 2


def test_other_models_make_a_stage_anew(endpoint, blobs, environment, run):
    made = run()
    newer = InferenceClient(load_settings({**environment, "OPAL_MODELS_REVISION": "2"}))
    again = run_stage(
        blobs,
        newer,
        tenant_id="demo",
        stage="segment",
        inputs={"photo": PHOTO},
        params={},
        trace_id="trace",
    )
    assert again.path != made.path
    assert not again.reused
    assert len(endpoint.requests) == 2


def test_the_same_photo_under_another_name_is_the_same_stage(endpoint, run):
    made = run()
    assert run(inputs={"photo": ("raw/demo/winter/other.jpg", PHOTO[1])}).path == made.path
    assert len(endpoint.requests) == 1


def test_an_answer_without_its_output_is_not_believed(endpoint, blobs, run):
    endpoint.says(200, endpoint.score_of(b"never written"))
    with pytest.raises(EndpointGarbled) as caught:
        run()
    assert (caught.value.code, caught.value.retryable) == ("endpoint_output_missing", True)


def test_an_answer_that_speaks_of_another_output_is_not_believed(endpoint, run):
    def lie(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        endpoint.put(request["output_url"], b"this", endpoint.score_of(b"this"))
        return 200, {}, json.dumps(endpoint.score_of(b"that")).encode()

    endpoint.script = lie
    with pytest.raises(EndpointGarbled) as caught:
        run()
    assert (caught.value.code, caught.value.retryable) == ("endpoint_output_differs", True)


def test_an_endpoint_that_refuses_leaves_nothing_behind(endpoint, blobs, run):
    endpoint.says(429)
    with pytest.raises(EndpointBusy):
        run()
    assert blobs.list_names("work", "") == []


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"opal": "not base64!"},
        {"opal": base64.urlsafe_b64encode(b"not json").decode()},
        {"opal": base64.urlsafe_b64encode(b"\xff\xfe").decode()},
        described([]),
        described({}),
        described({"output": {"width": "wide"}}),
    ],
)
def test_a_blob_whose_metadata_says_nothing_is_made_again(endpoint, blobs, run, metadata):
    path = stage_path("demo", "segment", {"photo": PHOTO[1]}, {}, "1")
    blobs.write(path, b"something", "image/png", metadata)
    assert find_stage(blobs, path) is None
    assert not run().reused
    assert len(endpoint.requests) == 1


def test_a_blob_of_another_size_than_its_metadata_says_is_made_again(endpoint, blobs, run):
    made = run()
    metadata = blobs.properties(made.path).metadata
    blobs.write(made.path, b"cut", "image/png", metadata)
    assert not run().reused
    assert read_stage(blobs, made)


def test_a_stage_reads_back_verified(blobs, run):
    made = run()
    assert read_stage(blobs, made) == blobs.read(made.path)


def test_a_damaged_stage_is_removed_and_lost(endpoint, blobs, run):
    made = run()
    data = bytearray(blobs.read(made.path))
    data[0] ^= 1
    blobs.write(made.path, bytes(data), "image/png", blobs.properties(made.path).metadata)
    with pytest.raises(StageLost):
        read_stage(blobs, made)
    assert blobs.properties(made.path) is None
    assert not run().reused


def test_a_stage_that_is_gone_is_lost(blobs, run):
    made = run()
    blobs.delete(made.path)
    with pytest.raises(StageLost) as caught:
        read_stage(blobs, made)
    assert not caught.value.retryable


def test_a_stage_that_another_run_wrote_anew_is_as_good(endpoint, blobs, run):
    made = run()
    endpoint.put(blobs.write_url(made.path), b"anew", endpoint.score_of(b"anew"))
    assert read_stage(blobs, made) == b"anew"


def test_a_stage_is_as_good_whoever_made_it(endpoint, blobs, run):
    """A run whose answer was lost after the output was written costs nothing again."""

    def die_after_writing(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        endpoint.make(request)
        return 502, {}, b""

    endpoint.script = die_after_writing
    with pytest.raises(Exception, match="502"):
        run()
    assert run().reused
    assert len(endpoint.requests) == 1
