"""A job of a thousand photos: completes, its status costs what a small job's does, and the
host's memory stays flat."""

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

ITEMS = 1000
SMALL = 10
OPTIONS = json.dumps({"scenes": ["white"], "exports": ["web_thumb"]}).encode()
TINY = (64, 48)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Opal, list[float]]]:
    """A finished job of 1,000 items, and the host's memory in MB while it ran."""
    with running_opal(tmp_path_factory.mktemp("large"), OPAL_LEASE="30") as opal:
        host = psutil.Process(opal.stack.host.pid)
        drop_many(opal, "small", SMALL)
        drop_many(opal, "large", ITEMS)
        memory: list[float] = []
        deadline = time.monotonic() + 280
        while time.monotonic() < deadline:
            memory.append(host.memory_info().rss / 1e6)
            job = opal.ask("GET", "/v1/jobs/large?limit=1").json()
            if job["status"] == "completed":
                break
            time.sleep(1)
        yield opal, memory


def drop_many(opal: Opal, folder: str, count: int) -> None:
    """A recipe, and that many files of 20 different photos."""
    photos = [plain_photo(number, TINY) for number in range(20)]
    opal.drop(folder, "job.json", OPTIONS)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: opal.drop(folder, f"{n:04}.jpg", photos[n % 20]), range(count)))


def test_a_job_of_a_thousand_items_completes(large: tuple[Opal, list[float]]) -> None:
    opal, _ = large
    job = opal.job("large")
    assert job["status"] == "completed"
    assert job["counters"]["completed"] == job["counters"]["total"] == len(job["items"]) == ITEMS
    assert len([n for n in opal.outputs("large") if n != "job.zip"]) == ITEMS


def test_equal_photos_were_processed_once(large: tuple[Opal, list[float]]) -> None:
    opal, _ = large
    outputs = [call.output for call in opal.proxy.scored()]
    # Two runs of equal photos may begin at once; beyond that, a stage is found, not made.
    assert len(outputs) < 0.1 * ITEMS * 3


def test_a_status_call_costs_at_most_half_more_than_for_ten_items(
    large: tuple[Opal, list[float]],
) -> None:
    opal, _ = large
    cost = {job: status_ms(opal, job) for job in ("small", "large")}
    assert cost["large"] <= 1.5 * cost["small"], cost


def test_the_hosts_memory_stays_flat(large: tuple[Opal, list[float]]) -> None:
    _, memory = large
    quarter = len(memory) // 4
    early, late = (
        statistics.median(part) for part in (memory[quarter : 2 * quarter], memory[-quarter:])
    )
    assert late <= early + 60, memory


def status_ms(opal: Opal, job: str) -> float:
    """The median of many calls for the job and a page of ten items, in milliseconds."""
    session = requests.Session()
    session.headers["X-API-Key"] = opal.key()
    url = f"{opal.stack.config.host_url}/v1/jobs/{job}"
    times = []
    for _ in range(200):
        begun = time.perf_counter()
        session.get(url, params={"limit": SMALL}, timeout=30).raise_for_status()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)
