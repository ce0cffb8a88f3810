"""The scoring script under Azure ML's own server keeps every line of its contract."""

import base64
import concurrent.futures
import hashlib
import io
import json
import struct
import time
import zlib

import numpy as np
import pytest
import requests
from PIL import Image

from imaging.encode import encode_jpeg, encode_png
from models.registry import load_registry


def product_photo(width: int = 480, height: int = 360, seed: int = 0) -> bytes:
    photo = np.full((height, width, 3), 236, np.uint8)
    photo[height // 4 : -height // 4, width // 3 : -width // 3] = (160, 40 + 10 * seed, 50)
    noise = np.random.default_rng(seed).integers(-2, 3, photo.shape)
    return encode_jpeg(np.clip(photo + noise, 0, 255).astype(np.uint8), 95)


def cutout() -> bytes:
    pixels = np.zeros((120, 100, 4), np.uint8)
    pixels[20:100, 20:80] = (20, 60, 140, 255)
    return encode_png(pixels)


def request_for(store, name: str, data: bytes, task: str = "segment", **params) -> dict:
    inputs = {"segment": "photo", "place": "cutout", "upscale": "image"}
    return {
        "task": task,
        "inputs": {inputs[task]: store.put(f"/in/{name}", data)},
        "output_url": store.url(f"/out/{name}.png"),
        "params": params,
        "trace_id": f"trace-{name}",
    }


def refused(answer: requests.Response, status: int, code: str, retryable: bool = False) -> dict:
    document = answer.json()
    assert answer.status_code == status, document
    assert set(document) == {"error", "trace_id"}
    assert document["error"]["code"] == code
    assert document["error"]["retryable"] is retryable
    assert "secret-signature" not in answer.text
    return document


def test_echo_answers_without_a_model_or_a_blob(endpoint, endpoint_blobs):
    before = list(endpoint_blobs.log)
    answer = endpoint.score({"task": "echo", "params": {"message": "ping"}, "trace_id": "t-1"})
    assert answer.status_code == 200
    assert answer.json() == {"message": "pong", "trace_id": "t-1"}
    assert answer.headers["Content-Type"] == "application/json"
    assert endpoint_blobs.log == before


@pytest.mark.parametrize(
    ("task", "data", "params", "size", "model"),
    [
        ("segment", product_photo(), {}, (480, 360, 4), "opal-cutout"),
        (
            "place",
            cutout(),
            {"scene": "studio", "canvas": [300, 200], "product_box": [100, 40, 100, 120]},
            (300, 200, 3),
            "studio",
        ),
        ("upscale", cutout(), {"scale": 2}, (200, 240, 4), "opal-x2-fast"),
    ],
)
def test_each_task_writes_a_png_and_describes_it(
    endpoint, endpoint_blobs, task, data, params, size, model
):
    answer = endpoint.score(request_for(endpoint_blobs, f"task-{task}", data, task, **params))
    document = answer.json()
    assert answer.status_code == 200, document
    png = endpoint_blobs.blobs[f"/out/task-{task}.png"]
    assert set(document) == {"output", "model", "quality", "timings_ms", "trace_id"}
    assert document["output"] == {
        "width": size[0],
        "height": size[1],
        "bytes": len(png),
        "sha256": hashlib.sha256(png).hexdigest(),
    }
    assert np.asarray(Image.open(io.BytesIO(png))).shape == (size[1], size[0], size[2])
    entry = load_registry().models.get(model)
    sha256 = entry.sha256 if entry else ""
    version = entry.version if entry else "2"
    assert document["model"] == {"name": model, "version": version, "sha256": sha256}
    steps = ["download", "decode", "run", "encode", "upload", "total"]
    assert list(document["timings_ms"]) == steps
    assert document["timings_ms"]["total"] >= document["timings_ms"]["run"] > 0
    assert document["trace_id"] == f"trace-task-{task}"


def test_the_blobs_metadata_repeats_the_answer(endpoint, endpoint_blobs):
    document = endpoint.score(request_for(endpoint_blobs, "meta", product_photo())).json()
    found = endpoint_blobs.metadata("/out/meta.png")
    for name in ("output", "model", "quality"):
        assert found[name] == document[name]
    assert set(found["timings_ms"]) == {"download", "decode", "run", "encode"}
    header = endpoint_blobs.headers["/out/meta.png"]["x-ms-meta-opal"]
    assert len(header) < 7000 and base64.urlsafe_b64decode(header)


def test_segmenting_reports_its_quality(endpoint, endpoint_blobs):
    quality = endpoint.score(request_for(endpoint_blobs, "q", product_photo())).json()["quality"]
    assert set(quality) == {
        "coverage",
        "uncertain",
        "fragments",
        "holes",
        "frame_contact",
        "edge_sharpness",
        "confidence",
        "agreement",
        "product_box",
    }
    assert np.abs(np.array(quality["product_box"]) - (160, 90, 160, 180)).max() <= 6


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_other_methods_are_refused(endpoint, method):
    answer = requests.request(method, f"{endpoint.base}/score", timeout=10)
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


def test_a_trace_id_header_is_taken_when_the_body_has_none(endpoint):
    answer = endpoint.score({"task": "paint"}, headers={"X-Trace-Id": "from-header"})
    assert refused(answer, 400, "request_invalid")["trace_id"] == "from-header"


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_a_body_that_is_no_object_is_refused(endpoint, body):
    refused(endpoint.score(body), 400, "request_invalid")


def test_a_huge_body_is_refused(endpoint):
    refused(endpoint.score(b" " * 200_000), 413, "input_too_large")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"task": "paint"}, "task"),
        ({"inputs": {}}, "inputs.photo"),
        ({"output_url": 5}, "output_url"),
        ({"params": {"sharpen": 1}}, "params.sharpen"),
    ],
)
def test_a_wrong_field_is_named(endpoint, endpoint_blobs, change, field):
    request = {**request_for(endpoint_blobs, "field", product_photo()), **change}
    document = refused(endpoint.score(request), 400, "request_invalid")
    assert document["error"]["message"].startswith(field)
    assert document["trace_id"] == "trace-field"


@pytest.mark.parametrize("field", ["inputs", "output_url"])
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x?sig=secret-signature",
        "https://example.com/x?sig=secret-signature",
        "http://169.254.169.254/x?sig=secret-signature",
        "file:///etc/passwd",
    ],
)
def test_hosts_off_the_allow_list_are_never_asked(endpoint, endpoint_blobs, field, url):
    request = request_for(endpoint_blobs, "off-list", product_photo())
    request[field] = {"photo": url} if field == "inputs" else url
    before = list(endpoint_blobs.log)
    refused(endpoint.score(request), 400, "url_not_allowed")
    assert endpoint_blobs.log == before


def huge_png() -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 9000) + b"IDAT" + bytes(50)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo_empty"),
        (b"a shopping list", "photo_not_an_image"),
        (product_photo()[:5000], "photo_truncated"),
        (b"<svg xmlns='x'></svg>", "photo_format_unsupported"),
        (huge_png(), "photo_too_large"),
        (encode_png(np.zeros((8, 8, 3), np.uint8)), "photo_too_small"),
        (encode_png(np.zeros((20, 900, 3), np.uint8)), "photo_aspect_extreme"),
        (encode_png(np.full((200, 200, 3), 200, np.uint8)), "no_product_found"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_photo_that_cannot_be_used_is_refused_by_name(endpoint, endpoint_blobs, data, code):
    refused(endpoint.score(request_for(endpoint_blobs, code, data)), 422, code)
    assert f"/out/{code}.png" not in endpoint_blobs.blobs


def test_an_input_over_the_limit_is_refused(endpoint, endpoint_blobs):
    request = request_for(endpoint_blobs, "large", bytes(8_000_001))
    refused(endpoint.score(request), 413, "input_too_large")


@pytest.mark.parametrize(
    ("path", "status", "code", "retryable"),
    [
        ("/missing", 400, "input_unreadable", False),
        ("/fault/403", 400, "input_unreadable", False),
        ("/fault/302", 400, "input_unreadable", False),
        ("/fault/503", 502, "input_unavailable", True),
        ("/fault/short", 502, "input_unavailable", True),
    ],
)
def test_storage_faults_on_the_input(endpoint, endpoint_blobs, path, status, code, retryable):
    request = request_for(endpoint_blobs, "fault", b"")
    request["inputs"]["photo"] = endpoint_blobs.url(path)
    refused(endpoint.score(request), status, code, retryable)


@pytest.mark.parametrize(
    ("path", "status", "code", "retryable"),
    [
        ("/fault/403", 400, "output_refused", False),
        ("/fault/503", 502, "output_unavailable", True),
    ],
)
def test_storage_faults_on_the_output(endpoint, endpoint_blobs, path, status, code, retryable):
    request = request_for(endpoint_blobs, "fault-out", product_photo())
    request["output_url"] = endpoint_blobs.url(path)
    refused(endpoint.score(request), status, code, retryable)


def test_requests_run_side_by_side_and_alike(endpoint, endpoint_blobs):
    requests_made = [
        request_for(endpoint_blobs, f"many-{i}", product_photo(seed=i % 4)) for i in range(8)
    ]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(endpoint.score, requests_made))
    assert [answer.status_code for answer in answers] == [200] * 8
    digests = [answer.json()["output"]["sha256"] for answer in answers]
    assert digests[:4] == digests[4:]
    assert len(set(digests)) == 4


def test_the_health_route_answers_while_scores_run(endpoint, endpoint_blobs):
    endpoint_blobs.gate.clear()
    request = request_for(endpoint_blobs, "held", b"")
    request["inputs"]["photo"] = endpoint_blobs.put("/slow/photo", product_photo()).replace(
        "/in", ""
    )
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        running = [pool.submit(endpoint.score, request) for _ in range(3)]
        deadline = time.monotonic() + 10
        while endpoint_blobs.log.count("GET /slow/photo") < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        started = time.monotonic()
        assert requests.get(f"{endpoint.base}/", timeout=5).ok
        assert time.monotonic() - started < 1
        assert not any(each.done() for each in running)
        endpoint_blobs.gate.set()
        assert all(each.result().status_code == 200 for each in running)


def test_the_log_has_trace_ids_and_no_signatures(endpoint, endpoint_blobs):
    endpoint.score(request_for(endpoint_blobs, "logged", product_photo()))
    faulty = request_for(endpoint_blobs, "logged-fault", b"")
    faulty["inputs"]["photo"] = endpoint_blobs.url("/fault/503")
    endpoint.score(faulty)
    log = endpoint.log()
    assert "trace_id=trace-logged task=segment" in log
    assert "trace_id=trace-logged-fault refused: 502 input_unavailable" in log
    assert "secret-signature" not in log


def test_json_numbers_are_finite(endpoint, endpoint_blobs):
    answer = endpoint.score(request_for(endpoint_blobs, "finite", product_photo()))
    json.loads(answer.text, parse_constant=lambda name: pytest.fail(name))
