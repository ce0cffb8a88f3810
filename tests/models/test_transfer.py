"""Blobs are read and written over real HTTP, and each fault has its own error."""

import dataclasses
import socket

import pytest

from models.allowlist import AllowList
from models.errors import EndpointError
from models.settings import Settings
from models.transfer import download, encode_metadata, upload


@pytest.fixture
def settings(blob_store) -> Settings:
    return Settings(AllowList.parse(blob_store.host), 1_000_000, 5)


def refusal(call, *arguments) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        call(*arguments)
    assert "secret-signature" not in str(caught.value)
    return caught.value


def test_a_blob_is_read_whole(blob_store, settings):
    url = blob_store.put("/c/blob", b"x" * 300_000)
    assert download(url, "inputs.photo", settings) == b"x" * 300_000


@pytest.mark.parametrize(
    ("path", "status", "code", "retryable"),
    [
        ("/missing", 400, "input_unreadable", False),
        ("/fault/403", 400, "input_unreadable", False),
        ("/fault/302", 400, "input_unreadable", False),
        ("/fault/500", 502, "input_unavailable", True),
        ("/fault/503", 502, "input_unavailable", True),
        ("/fault/429", 502, "input_unavailable", True),
        ("/fault/short", 502, "input_unavailable", True),
        ("/fault/endless", 413, "input_too_large", False),
    ],
)
def test_each_fault_of_a_read_has_its_error(blob_store, settings, path, status, code, retryable):
    error = refusal(download, blob_store.url(path), "inputs.photo", settings)
    assert (error.status, error.code, error.retryable) == (status, code, retryable)


def test_redirects_are_not_followed(blob_store, settings):
    refusal(download, blob_store.url("/fault/302"), "inputs.photo", settings)
    assert "GET /target" not in blob_store.log


def test_a_blob_over_the_limit_is_refused_by_its_header(blob_store, settings):
    url = blob_store.put("/c/large", bytes(1_000_001))
    assert refusal(download, url, "inputs.photo", settings).code == "input_too_large"


def test_a_host_that_does_not_answer_is_retryable(settings):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        closed = dataclasses.replace(settings, allowed=AllowList.parse(host))
        url = f"http://{host}/x?sig=secret-signature"
        error = refusal(download, url, "inputs.photo", closed)
        assert (error.status, error.code, error.retryable) == (502, "input_unavailable", True)
        error = refusal(upload, url, b"x", {}, closed)
        assert (error.status, error.code, error.retryable) == (502, "output_unavailable", True)


def test_an_upload_is_a_block_blob_that_says_how_it_was_made(blob_store, settings):
    described = {"output": {"width": 3}, "model": {"name": "m"}, "quality": {"holes": 1}}
    upload(blob_store.url("/c/out"), b"png", described, settings)
    headers = blob_store.headers["/c/out"]
    assert blob_store.blobs["/c/out"] == b"png"
    assert headers["x-ms-blob-type"] == "BlockBlob"
    assert headers["content-type"] == "image/png"
    assert headers["x-ms-version"] >= "2021-12-02"
    assert blob_store.metadata("/c/out") == described


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/fault/403", 400, "output_refused"),
        ("/fault/412", 400, "output_refused"),
        ("/fault/307", 400, "output_refused"),
        ("/fault/503", 502, "output_unavailable"),
    ],
)
def test_each_fault_of_a_write_has_its_error(blob_store, settings, path, status, code):
    error = refusal(upload, blob_store.url(path), b"png", {}, settings)
    assert (error.status, error.code, error.retryable) == (status, code, status == 502)


def test_metadata_stays_within_its_limit():
    described = {"output": {"width": 3}, "quality": {"list": list(range(5000))}}
    assert len(encode_metadata(described)) <= 7000
    assert encode_metadata({"output": "x" * 9000}) == "e30="
