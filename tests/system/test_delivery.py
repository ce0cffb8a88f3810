"""Events come more than once, and at once; content comes again; recipes come late."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from benchmarks.photos import plain_photo
from tests.system.conftest import TENANT, Opal

ONE_EXPORT = json.dumps({"scenes": ["white"], "exports": ["web_thumb"]}).encode()


def deliver(opal: Opal, folder: str, name: str) -> int:
    """Post the blob's event to the webhook, as Event Grid does."""
    event = {
        "eventType": "Microsoft.Storage.BlobCreated",
        "subject": f"/blobServices/default/containers/raw/blobs/{TENANT}/{folder}/{name}",
        "data": {"api": "PutBlob"},
    }
    return requests.post(
        f"{opal.stack.config.host_url}/runtime/webhooks/blobs",
        params={"functionName": "Host.Functions.blob_created"},
        json=[event],
        headers={"aeg-event-type": "Notification"},
        timeout=60,
    ).status_code


def test_an_event_delivered_ten_times_in_a_row_and_ten_times_at_once_runs_once(
    opal: Opal,
) -> None:
    opal.drop("twice", "job.json", ONE_EXPORT)
    opal.proxy.clear()
    opal.drop("twice", "box.jpg", plain_photo(500))
    with ThreadPoolExecutor(10) as pool:
        at_once = list(pool.map(lambda _: deliver(opal, "twice", "box.jpg"), range(10)))
    in_a_row = [deliver(opal, "twice", "box.jpg") for _ in range(10)]
    assert at_once + in_a_row == [202] * 20
    job = opal.wait("twice", total=1)
    assert deliver(opal, "twice", "box.jpg") == 202
    time.sleep(2)
    assert opal.job("twice") == job
    assert job["counters"]["completed"] == job["counters"]["total"] == 1
    assert job["items"][0]["revision"] == 1
    assert job["items"][0]["restarts"] == 0
    assert [call.task for call in opal.proxy.scored()] == ["segment", "place", "upscale"]


def test_a_photo_dropped_again_is_a_new_revision_that_reuses_every_stage(opal: Opal) -> None:
    opal.drop("again", "job.json", ONE_EXPORT)
    opal.drop("again", "box.jpg", plain_photo(501))
    first = opal.wait("again", total=1)
    opal.proxy.clear()
    opal.drop("again", "box.jpg", plain_photo(501))
    second = wait_for_revision(opal, "again", 2)
    assert opal.proxy.scored() == []
    assert second["items"][0]["outputs"] == first["items"][0]["outputs"]
    assert second["counters"]["completed"] == second["counters"]["total"] == 1


def test_another_photo_under_the_same_name_replaces_the_first(opal: Opal) -> None:
    opal.drop("replaced", "job.json", ONE_EXPORT)
    opal.drop("replaced", "box.jpg", plain_photo(502))
    first = opal.wait("replaced", total=1)
    opal.drop("replaced", "box.jpg", plain_photo(503))
    second = wait_for_revision(opal, "replaced", 2)
    assert digests(second) != digests(first)
    assert len(opal.outputs("replaced")) == 2


def test_a_recipe_that_comes_after_the_photos_is_applied_to_all_of_them(opal: Opal) -> None:
    for number in range(2):
        opal.drop("late", f"{number}.jpg", plain_photo(510 + number))
    opal.wait("late", total=2)
    opal.drop("late", "job.json", ONE_EXPORT)
    job = wait_for_revision(opal, "late", 2)
    assert job["counters"]["completed"] == job["counters"]["total"] == 2
    exports = {name.split("/", 1)[1] for name in opal.outputs("late") if name != "job.zip"}
    assert exports == {"white/web_thumb.jpg"}


def test_an_invalid_recipe_fails_the_job_naming_the_field_and_a_valid_one_heals_it(
    opal: Opal,
) -> None:
    opal.drop("wrong", "job.json", b'{"scenes": ["white", "moon"]}')
    opal.drop("wrong", "box.jpg", plain_photo(520))
    job = opal.wait("wrong", total=1)
    assert job["status"] == "failed"
    assert job["error"]["code"] == job["items"][0]["error"]["code"] == "recipe_invalid"
    assert job["error"]["message"].startswith("scenes.1:")
    opal.drop("wrong", "job.json", ONE_EXPORT)
    opal.until(lambda: opal.job("wrong")["status"] == "completed")
    assert opal.job("wrong")["error"] is None
    assert len(opal.outputs("wrong")) == 2


def test_a_photo_that_comes_later_reopens_its_job(opal: Opal) -> None:
    opal.drop("later", "job.json", ONE_EXPORT)
    opal.drop("later", "1.jpg", plain_photo(530))
    opal.wait("later", total=1)
    opal.drop("later", "2.jpg", plain_photo(531))
    job = opal.wait("later", total=2)
    assert job["status"] == "completed"
    assert job["counters"]["completed"] == 2


def wait_for_revision(opal: Opal, job_id: str, revision: int) -> Any:
    """The finished job once every item is at that revision."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        job = opal.wait(job_id)
        if all(item["revision"] == revision for item in job["items"]):
            return job
        time.sleep(0.25)
    raise AssertionError(f"no revision {revision}: {job}")


def digests(job: Any) -> list[str]:
    return [output["sha256"] for item in job["items"] for output in item["outputs"]]
