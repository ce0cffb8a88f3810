"""Processes killed in the middle of a job: everything completes, once, and is paid once."""

import json
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.photos import plain_photo
from local.process import Child
from local.stack import Stack
from tests.system.conftest import Opal, running_opal
from tests.system.endpoint_proxy import Call

PHOTOS = 40
OPTIONS = {"scenes": ["white", "studio"], "exports": ["web_thumb", "facebook_ad"]}
FILES_PER_PHOTO = 4
# Azurite writes its index to disk every five seconds; what it had acknowledged since is lost
# when it is killed, which Azure's storage does not do. Stages of that window are made again.
AZURITE_FLUSH_S = 6.0


@pytest.mark.parametrize(
    ("victim", "forgets_s"),
    [
        (lambda stack: stack.host, 0.0),
        (lambda stack: stack.endpoint, 0.0),
        (lambda stack: stack.azurite, AZURITE_FLUSH_S),
    ],
    ids=["host", "endpoint", "azurite"],
)
def test_a_job_survives_a_killed_process(
    tmp_path: Path, victim: Callable[[Stack], Child], forgets_s: float
) -> None:
    with running_opal(tmp_path) as opal:
        opal.drop("spring", "job.json", json.dumps(OPTIONS).encode())
        for number in range(PHOTOS):
            opal.drop("spring", f"{number}.jpg", plain_photo(number))
        time.sleep(forgets_s)
        wait_until_under_way(opal)
        killed = time.monotonic()
        kill(victim(opal.stack))
        job = opal.wait("spring", total=PHOTOS, limit_s=240, revive=True)

        assert job["status"] == "completed", job["counters"]
        assert job["counters"]["completed"] == PHOTOS
        exports = [name for name in opal.outputs("spring") if name != "job.zip"]
        assert len(exports) == len(set(exports)) == PHOTOS * FILES_PER_PHOTO
        listed = {o["path"] for item in job["items"] for o in item["outputs"]}
        assert listed == {f"outputs/shop/spring/{name}" for name in exports}
        repeated = stages_made_again(opal.proxy.scored(), killed - forgets_s, killed)
        assert repeated == []


def wait_until_under_way(opal: Opal) -> None:
    """Some photos done, more in the middle, most still waiting."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = opal.job("spring")
        if job and job["counters"]["completed"] >= 5:
            assert job["counters"]["completed"] < PHOTOS - 5, "the job was too quick to disturb"
            return
        time.sleep(0.1)
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
