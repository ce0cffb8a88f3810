"""A slow, busy, broken or lying endpoint: healed or failed, never completed wrongly."""

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from benchmarks.photos import plain_photo
from tests.system.conftest import Opal, running_opal
from tests.system.endpoint_proxy import Fault, busy, garbage, hang, lie, status

ONE_EXPORT = json.dumps({"scenes": ["white"], "exports": ["web_thumb"], "gate": "off"}).encode()


def run_one(opal: Opal, folder: str, number: int, *faults: Fault) -> Any:
    opal.proxy.clear()
    opal.drop(folder, "job.json", ONE_EXPORT)
    opal.proxy.fail_next("segment", *faults)
    opal.drop(folder, "box.jpg", plain_photo(number))
    return opal.wait(folder, total=1)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("busy", busy(1)),
        ("error-500", status(500)),
        ("unavailable-503", status(503)),
        ("model-error-424", status(424, ms_azureml_model_error_statuscode="503")),
        ("garbage-json", garbage),
        ("nothing-written", lie),
    ],
)
def test_a_passing_fault_is_retried_and_heals(opal: Opal, name: str, fault: Fault) -> None:
    job = run_one(opal, f"heals-{name}", zlib.crc32(name.encode()), fault)
    assert job["status"] == "completed"
    assert len([c for c in opal.proxy.scored() if c.task == "segment"]) == 2
    assert len(opal.outputs(f"heals-{name}")) == 2  # the export and the ZIP


def test_an_endpoint_that_hangs_is_given_up_on_and_asked_again(tmp_path: Path) -> None:
    with running_opal(tmp_path, OPAL_ENDPOINT_TIMEOUT="2") as opal:
        job = run_one(opal, "hangs", 7, hang(6))
        assert job["status"] == "completed"
        assert len([c for c in opal.proxy.scored() if c.task == "segment"]) == 2


def test_a_fault_that_stays_fails_the_item_with_its_code_after_all_attempts(opal: Opal) -> None:
    job = run_one(opal, "stays", 99, *[lie] * 5)
    item = job["items"][0]
    assert job["status"] == "failed"
    assert item["error"]["code"] == "endpoint_output_missing"
    assert item["failed_stage"] == "segment_product"
    assert len([c for c in opal.proxy.scored() if c.task == "segment"]) == 5
    assert opal.outputs("stays") == []


def test_a_refusal_is_final_at_once(opal: Opal) -> None:
    job = run_one(opal, "refused", 101, status(400))
    assert job["items"][0]["error"]["code"] == "endpoint_refused"
    assert len([c for c in opal.proxy.scored() if c.task == "segment"]) == 1


def test_retry_after_is_honoured(opal: Opal) -> None:
    run_one(opal, "patient", 102, busy(3))
    first, second = (c for c in opal.proxy.scored() if c.task == "segment")
    assert second.begun - first.begun >= 3.0
