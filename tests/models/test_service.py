"""No failure escapes the service: each becomes a document with the trace id."""

import json
import logging

import numpy as np
import pytest

from imaging.encode import encode_png
from models import service
from models.allowlist import AllowList
from models.engine import Engine
from models.settings import Settings


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [(RuntimeError("a bug"), 500, "internal_error"), (MemoryError(), 503, "out_of_memory")],
)
def test_an_unexpected_failure_is_answered_and_logged(
    blob_store, monkeypatch, caplog, failure, status, code
):
    def fail(images, params):
        raise failure

    engine = Engine("photo", service.ENGINES["segment"].read, fail)
    monkeypatch.setattr(service, "ENGINES", {"segment": engine})
    body = {
        "task": "segment",
        "inputs": {"photo": blob_store.put("/p", encode_png(np.zeros((20, 20, 3), np.uint8)))},
        "output_url": blob_store.url("/out"),
        "trace_id": "t-9",
    }
    settings = Settings(AllowList.parse(blob_store.host))
    with caplog.at_level(logging.INFO, "azmlinfsrv.opal"):
        answered, document = service.answer("POST", json.dumps(body).encode(), "", settings)
    assert answered == status
    assert document["error"]["code"] == code and document["error"]["retryable"]
    assert document["trace_id"] == "t-9"
    assert "t-9" in caplog.text and "secret-signature" not in caplog.text
    assert "a bug" not in json.dumps(document)
