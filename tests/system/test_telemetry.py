"""What the running stack tells of itself: metrics to scrape, and logs without a secret."""

import json
import os
import re
import secrets

import requests
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.photos import plain_photo
from local.config import app_environment
from tests.system.conftest import Opal

ONE_EXPORT = json.dumps({"scenes": ["white"], "exports": ["web_thumb"]}).encode()
SIGNATURE = re.compile(r"sig(?:=|%3[dD])(?!\[redacted\])")
API_KEY = re.compile(r"opal\.[a-z0-9_-]+\.[0-9a-f]{16}\.[A-Za-z0-9_-]{20}")


def figures(opal: Opal) -> dict[tuple[str, ...], float]:
    """What `/metrics` shows, by name and the values of the labels in the order of their names."""
    answer = requests.get(f"{opal.stack.config.host_url}/metrics", timeout=10)
    answer.raise_for_status()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_photo_that_was_made_shows_in_the_metrics_once(opal: Opal) -> None:
    before = figures(opal)
    opal.drop("measured", "job.json", ONE_EXPORT)
    opal.drop("measured", "box.jpg", plain_photo(600))
    opal.wait("measured", total=1)
    after = figures(opal)
    moved = {name: value - before.get(name, 0.0) for name, value in after.items()}
    assert moved["opal_items_total", "completed"] == 1
    assert moved["opal_job_latency_seconds_count", "completed"] == 1
    assert moved["opal_endpoint_calls_total", "done", "segment"] == 1
    for stage in ("inspect_photo", "segment_product", "export_variant", "complete_item"):
        assert moved["opal_stage_seconds_count", "done", stage] == 1


def test_the_stacks_logs_hold_no_key_and_no_signature(opal: Opal) -> None:
    """Of all that the stack did so far, and of a call that breaks on top of it."""
    job = f"logged-{secrets.token_hex(4)}"
    opal.drop(job, "job.json", ONE_EXPORT)
    opal.drop(job, "box.jpg", plain_photo(601))
    opal.drop(job, "broken.jpg", b"\xff\xd8\xff no photo")
    opal.wait(job, total=2)
    config = opal.stack.config
    logs = {path.name: path.read_text("utf-8") for path in (config.folder / "logs").iterdir()}
    assert "inspect_photo took" in logs["host.log"]
    assert "task=segment" in logs["endpoint.log"]
    settings = app_environment(config, os.environ)
    account_key = re.search("AccountKey=([^;]+)", settings["OPAL_STORAGE"])
    assert account_key is not None
    known = {settings["OPAL_ENDPOINT_KEY"], account_key.group(1)}
    for name, text in logs.items():
        assert SIGNATURE.search(text) is None, name
        assert API_KEY.search(text) is None, name
        assert [key for key in known if key in text] == [], name
