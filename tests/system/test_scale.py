"""A job of three hundred photos through the whole stack: completes, its status costs what a small
job's does, and the host's memory stays flat.

That status does not grow with ten thousand is shown on the state alone, by `test_large_job.py`.
"""

import json
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests

from benchmarks.photos import plain_photo
from tests.system.conftest import Opal, running_opal

ITEMS = 300
SMALL = 10
DIFFERENT = 10
STAGES = ("segment", "place", "upscale")
OPTIONS = json.dumps({"scenes": ["white"], "exports": ["web_thumb"], "gate": "off"}).encode()
TINY = (64, 48)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Opal, list[float]]]:
    """A finished job whose items came in two halves, and the host's memory in MB after each."""
    with running_opal(tmp_path_factory.mktemp("large"), OPAL_LEASE="30") as opal:
        host = psutil.Process(opal.stack.host.pid)
        drop_many(opal, "small", range(SMALL))
        memory: list[float] = []
        for count in (ITEMS // 2, ITEMS):
            drop_many(opal, "large", range(count - ITEMS // 2, count))
            wait_for(opal, count)
            memory.append(host.memory_info().rss / 1e6)
        opal.wait("large", total=ITEMS)
        yield opal, memory


def drop_many(opal: Opal, folder: str, numbers: range) -> None:
    """A recipe, and a file of each number, of few different photos."""
    photos = [plain_photo(number, TINY) for number in range(DIFFERENT)]
    if numbers.start == 0:
        opal.drop(folder, "job.json", OPTIONS)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: opal.drop(folder, f"{n:04}.jpg", photos[n % DIFFERENT]), numbers))


def wait_for(opal: Opal, count: int) -> None:
    """Until so many photos of the large job are completed."""

    def are_there() -> bool:
        job = opal.ask("GET", "/v1/jobs/large?limit=1").json()
        return bool(job.get("counters", {}).get("completed") == count)

    opal.until(are_there, limit_s=140)


def test_a_job_of_three_hundred_items_completes(large: tuple[Opal, list[float]]) -> None:
    opal, _ = large
    job = opal.job("large")
    assert job["status"] == "completed"
    assert job["counters"]["completed"] == job["counters"]["total"] == len(job["items"]) == ITEMS
    assert len([n for n in opal.outputs("large") if n != "job.zip"]) == ITEMS


def test_equal_photos_were_processed_once(large: tuple[Opal, list[float]]) -> None:
    opal, _ = large
    # Two runs of equal photos may begin at once; beyond that, a stage is found, not made.
    assert len(opal.proxy.scored()) < 2 * DIFFERENT * len(STAGES)


def test_a_status_call_costs_at_most_half_more_than_for_ten_items(
    large: tuple[Opal, list[float]],
) -> None:
    opal, _ = large
    cost = {job: status_ms(opal, job) for job in ("small", "large")}
    assert cost["large"] <= 1.5 * cost["small"], cost


def test_the_hosts_memory_is_hardly_larger_after_twice_as_many_photos(
    large: tuple[Opal, list[float]],
) -> None:
    _, (first_half, all_of_them) = large
    assert all_of_them <= first_half + 30


def status_ms(opal: Opal, job: str) -> float:
    """The median of many calls for the job and a page of ten items, in milliseconds."""
    session = requests.Session()
    session.headers["X-API-Key"] = opal.key()
    url = f"{opal.stack.config.host_url}/v1/jobs/{job}"
    times = []
    for _ in range(100):
        begun = time.perf_counter()
        session.get(url, params={"limit": SMALL}, timeout=30).raise_for_status()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)
