"""Fifty clients at once, for a minute: each creates jobs, uploads their photo, and polls.

`python -m benchmarks.api_load [--clients 50] [--seconds 60] [--state sqlite|cosmos]` starts the
whole stack, lets the clients work, waits for what is under way, and counts: no item may be lost
or made twice. It prints the latencies of each kind of request as a table. With `--state cosmos`
the state is in the test server that speaks Cosmos DB's protocol, so that column shows what the
SDK costs, not what Azure's network does.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.photos import plain_photo
from local.config import ROOT, StackConfig
from local.key import ensure_local_key
from local.stack import running_stack

_FINAL = {"completed", "partial", "failed", "canceled"}
_POLL_S = 1.0
_PATIENCE_S = 900.0


@dataclass
class Load:
    """What the clients did and saw."""

    latencies_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    jobs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Client:
    """One user: creates a job, uploads its photo, says so, and polls until it is final."""

    def __init__(self, session: aiohttp.ClientSession, load: Load, photo: bytes) -> None:
        self._session = session
        self._load = load
        self._photo = photo

    async def work(self, until: float) -> None:
        """Go on until the time has come; the job under way is left to the others' wait."""
        while time.monotonic() < until:
            try:
                await self._one_job(until)
            except (aiohttp.ClientError, TimeoutError, RuntimeError) as error:
                self._load.errors.append(repr(error))

    async def _one_job(self, until: float) -> None:
        order = {"items": [{"filename": "box.jpg"}], "options": {"exports": ["web_thumb"]}}
        job = await self._ask("POST jobs", "POST", "/v1/jobs", order)
        self._load.jobs.append(job["job_id"])
        ref = {"job_id": job["job_id"], "item_id": job["items"][0]["item_id"]}
        grant = await self._ask("POST uploads/sas", "POST", "/v1/uploads/sas", ref)
        headers = grant["headers"] | {"Content-Type": "image/jpeg"}
        async with self._session.put(
            grant["upload_url"], data=self._photo, headers=headers
        ) as answer:
            answer.raise_for_status()
        await self._ask("POST uploads/complete", "POST", "/v1/uploads/complete", ref)
        while time.monotonic() < until:
            seen = await self._ask("GET job", "GET", f"/v1/jobs/{job['job_id']}")
            if seen["status"] in _FINAL:
                return
            await asyncio.sleep(_POLL_S)

    async def _ask(self, kind: str, method: str, path: str, body: Any = None) -> Any:
        begun = time.perf_counter()
        async with self._session.request(method, path, json=body) as answer:
            content = await answer.json(content_type=None)
            self._load.latencies_ms[kind].append((time.perf_counter() - begun) * 1000)
            if answer.status >= 400:
                raise RuntimeError(f"{kind}: {answer.status} {content.get('code')}")
            return content


async def run_load(url: str, key: str, clients: int, seconds: float) -> Load:
    """Let the clients work, then wait until every job is final, and check each."""
    load = Load()
    limits = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=limits, headers={"X-API-Key": key}) as session:
        until = time.monotonic() + seconds
        users = [Client(session, load, plain_photo(n)) for n in range(clients)]
        await asyncio.gather(*(user.work(until) for user in users))
        for job_id in load.jobs:
            await _check(session, load, job_id)
    return load


async def _check(session: aiohttp.ClientSession, load: Load, job_id: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    job: Any = None
    while time.monotonic() < deadline:
        async with session.get(f"/v1/jobs/{job_id}") as answer:
            job = await answer.json()
        item = job["items"][0]
        if job["status"] in _FINAL or item["status"] == "created":
            break
        await asyncio.sleep(0.2)
    item = job["items"][0]
    whole = job["counters"]["total"] == 1 and len(job["items"]) == 1
    made = item["status"] == "created" or (len(item["outputs"]) == 2 and item["revision"] == 1)
    if not whole or not made:
        load.errors.append(f"{job_id}: {job['status']}, {item['status']}, {item['error']}")


def report(load: Load, clients: int, seconds: float, state: str) -> None:
    """Print the latencies as a table, and what went wrong."""
    print(f"\n{clients} clients, {seconds:g} s, state in {state}: {len(load.jobs)} jobs\n")
    print("| Request | Count | p50 ms | p95 ms | p99 ms |")
    print("| --- | --- | --- | --- | --- |")
    for kind, found in sorted(load.latencies_ms.items()):
        cuts = statistics.quantiles(found, n=100) if len(found) > 1 else found * 99
        print(f"| {kind} | {len(found)} | {cuts[49]:.0f} | {cuts[94]:.0f} | {cuts[98]:.0f} |")
    print(f"\n{len(load.errors)} errors")
    for error in load.errors[:10]:
        print(f"  {error}")


@contextlib.contextmanager
def cosmos_state(folder: Path) -> Iterator[dict[str, str]]:
    """Runs the test server; the environment that puts the state there."""
    port = 18081
    command = [sys.executable, "-m", "tests.cosmos_server", "--port", str(port)]
    command += ["--path", str(folder / "cosmos.sqlite"), "--key", "b3BhbA=="]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        time.sleep(2)
        yield {
            "OPAL_STATE": "cosmos",
            "OPAL_COSMOS_ENDPOINT": f"http://127.0.0.1:{port}",
            "OPAL_COSMOS_KEY": "b3BhbA==",
        }
    finally:
        server.kill()
        server.wait()


def main() -> int:
    """Run it; answers 1 when an item was lost or made twice, or a request failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api_load")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--state", choices=("sqlite", "cosmos"), default="sqlite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = StackConfig(17071, 20000, 15001, folder)
        with contextlib.ExitStack() as stack:
            if asked.state == "cosmos":
                os.environ.update(stack.enter_context(cosmos_state(folder)))
            environment = dict(os.environ) | {"OPAL_RATE_LIMIT": "1000000"}
            with running_stack(config, environment):
                key = ensure_local_key(config)
                load = asyncio.run(run_load(config.host_url, key, asked.clients, asked.seconds))
    report(load, asked.clients, asked.seconds, asked.state)
    return 1 if load.errors else 0


if __name__ == "__main__":
    sys.exit(main())
