"""What orchestration costs: the whole stack against a plain script that does the same work.

Forty photos of 2 MP, two activities at a time. The rival is a script of two threads that calls
the very same activity functions one after the other: the same endpoint, blobs and pixels, but
no events, claims, orchestrations, retries or counters. Both runs begin with nothing reused.
"""

import os
import re
import statistics
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from azure.storage.blob import BlobServiceClient

from benchmarks.photos import plain_photo
from benchmarks.plain_script import prepare, process
from local.config import StackConfig, app_environment
from local.key import ensure_local_key
from local.stack import Stack, running_stack

PHOTOS = 40
SIZE = (1633, 1225)
PARALLEL = 2
RUNS = 3
_OUTSIDE = dict(os.environ)
_CONCURRENCY = "AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions"


def main() -> None:
    """Print the table of all runs."""
    photos = [plain_photo(number, SIZE) for number in range(PHOTOS)]
    print(f"{PHOTOS} photos of {SIZE[0] * SIZE[1] / 1e6:.1f} MP, {PARALLEL} activities at a time")
    print("run  opal s  script s  ratio  model share  other activities  idle")
    rows = [_run(photos, number) for number in range(1, RUNS + 1)]
    ratios = [row["opal"] / row["script"] for row in rows]
    overheads = [1 - row["model"] for row in rows]
    print(
        f"ratio to the script: median {statistics.median(ratios):.3f}"
        f" ({min(ratios):.3f} to {max(ratios):.3f})"
    )
    print(
        f"(wall - model time) / wall: median {statistics.median(overheads):.1%}"
        f" ({min(overheads):.1%} to {max(overheads):.1%})"
    )


def _run(photos: list[bytes], number: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        config = StackConfig(17071, 20000, 15001, Path(folder))
        environment = _OUTSIDE | {
            _CONCURRENCY: str(PARALLEL),
            "OPAL_JOB_SETTLE": "1",
            "OPAL_LEASE": "600",
        }
        with running_stack(config, environment) as stack:
            row = _opal(stack, photos)
            os.environ.update(app_environment(config, environment))
            row["script"] = _script(config, photos)
    print(
        f"{number:>3}  {row['opal']:6.1f}  {row['script']:8.1f}  {row['opal'] / row['script']:5.2f}"
        f"  {row['model']:11.1%}  {row['other']:16.1%}  {row['idle']:5.1%}"
    )
    return row


def _opal(stack: Stack, photos: list[bytes]) -> dict[str, float]:
    """Wall seconds of the stack, and its split: shares of wall time x parallel activities."""
    service = BlobServiceClient.from_connection_string(stack.config.storage_connection)
    raw = service.get_container_client("raw")
    for index, photo in enumerate(photos):
        raw.upload_blob(f"demo/opal/{index:02}.jpg", photo)
    job = _wait(stack.config)
    items = job["items"]
    begun = min(datetime.fromisoformat(item["processing_started_at"]) for item in items)
    ended = max(datetime.fromisoformat(item["processing_completed_at"]) for item in items)
    wall = (ended - begun).total_seconds()
    spent = _activity_seconds(stack.host.log)
    model = sum(sum(item["timings_ms"].values()) - item["timings_ms"]["inspect"] for item in items)
    model_share = model / 1000 / PARALLEL / wall
    busy_share = sum(spent.values()) / PARALLEL / wall
    return {
        "opal": wall,
        "model": model_share,
        "other": busy_share - model_share,
        "idle": 1 - busy_share,
    }


def _wait(config: StackConfig) -> Any:
    url = f"{config.host_url}/v1/jobs/opal?limit=200"
    headers = {"X-API-Key": ensure_local_key(config)}
    while True:
        answer = requests.get(url, headers=headers, timeout=30)
        job: Any = answer.json() if answer.ok else {"status": "missing"}
        if job["status"] == "completed" and job["counters"]["total"] == PHOTOS:
            return job
        time.sleep(0.5)


def _activity_seconds(log: Path) -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    for name, ms in re.findall(r"(\w+) took ([\d.]+) ms", log.read_text("utf-8")):
        if name not in {"settle_job", "package_job", "complete_job"}:
            spent[name] += float(ms) / 1000
    return spent


def _script(config: StackConfig, photos: list[bytes]) -> float:
    """Wall seconds of the rival."""
    work = [prepare(number, photo) for number, photo in enumerate(photos)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(process, work))
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
