"""Processes killed in the middle of a job: everything completes, once, and is paid once."""

import json
import os
import signal
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.photos import plain_photo
from local.process import Child
from local.stack import Stack
from tests.system.conftest import Opal, running_opal
from tests.system.endpoint_proxy import Call

PHOTOS = 24
OPTIONS = {"scenes": ["white", "studio"], "exports": ["web_thumb"], "gate": "off"}
FILES_PER_PHOTO = 2
# Azurite writes its index to disk every five seconds; what it had acknowledged since is lost
# when it is killed, which Azure's storage does not do. Stages of that window are made again.
AZURITE_FLUSH_S = 6.0


@pytest.fixture(scope="module")
def opal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opal]:
    """A stack to be hurt; what was killed is started again before the next test. Its retries last
    for as long as a process takes to be back."""
    folder = tmp_path_factory.mktemp("crashes")
    with running_opal(folder, OPAL_RETRY_FIRST="0.5", OPAL_RETRY_CAP="3") as running:
        yield running


@pytest.mark.parametrize(
    ("name", "victim", "forgets_s"),
    [
        ("host", lambda stack: stack.host, 0.0),
        ("endpoint", lambda stack: stack.endpoint, 0.0),
        ("azurite", lambda stack: stack.azurite, AZURITE_FLUSH_S),
    ],
    ids=["host", "endpoint", "azurite"],
)
def test_a_job_survives_a_killed_process(
    opal: Opal, name: str, victim: Callable[[Stack], Child], forgets_s: float
) -> None:
    opal.proxy.clear()
    opal.drop(name, "job.json", json.dumps(OPTIONS).encode())
    for number in range(PHOTOS):
        # Other photos for each test: stages of equal ones would be found, not made.
        opal.drop(name, f"{number}.jpg", plain_photo(zlib.crc32(f"{name} {number}".encode())))
    time.sleep(forgets_s)
    wait_until_under_way(opal, name)
    killed = time.monotonic()
    kill(victim(opal.stack))
    job = opal.wait(name, total=PHOTOS, limit_s=240, revive=True)

    assert job["status"] == "completed", job["counters"]
    assert job["counters"]["completed"] == PHOTOS
    exports = [path for path in opal.outputs(name) if path != "job.zip"]
    assert len(exports) == len(set(exports)) == PHOTOS * FILES_PER_PHOTO
    listed = {o["path"] for item in job["items"] for o in item["outputs"]}
    assert listed == {f"outputs/shop/{name}/{path}" for path in exports}
    repeated = stages_made_again(opal.proxy.scored(), killed - forgets_s, killed)
    assert repeated == []


def test_a_photo_that_waits_for_a_person_survives_a_killed_host(opal: Opal) -> None:
    opal.drop("looked-at", "job.json", json.dumps({**OPTIONS, "gate": "all"}).encode())
    opal.drop("looked-at", "mug.jpg", plain_photo(960))
    opal.until(lambda: waiting(opal, "looked-at"))
    [item] = waiting(opal, "looked-at")
    kill(opal.stack.host)
    opal.until(lambda: opal.stack.revive() or opal.job_or_none("looked-at"))
    path = f"/v1/jobs/looked-at/items/{item['item_id']}/review"
    assert opal.ask("POST", path, {"decision": "approve"}).status_code == 202
    assert opal.wait("looked-at", total=1)["status"] == "completed"


def waiting(opal: Opal, job_id: str) -> list[Any]:
    """The job's photos that wait for a person."""
    job = opal.job_or_none(job_id)
    return [item for item in job["items"] if item["status"] == "review"] if job else []


def wait_until_under_way(opal: Opal, name: str) -> None:
    """Some photos done, more in the middle, most still waiting."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = opal.job(name)
        if job and job["counters"]["completed"] >= 3:
            assert job["counters"]["completed"] < PHOTOS - 5, "the job was too quick to disturb"
            return
        time.sleep(0.05)
    raise AssertionError("the job did not get under way")


def kill(child: Child) -> None:
    assert child.pid is not None
    os.killpg(child.pid, signal.SIGKILL)


def stages_made_again(calls: list[Call], forgotten_from: float, forgotten_to: float) -> list[str]:
    """Outputs that were asked for again after an earlier call for them had succeeded."""
    finished: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        if call.status == 200 and not forgotten_from <= call.ended <= forgotten_to:
            finished[call.output].append(call.ended)
    return [call.output for call in calls if any(e < call.begun for e in finished[call.output])]
