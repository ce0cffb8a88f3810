"""How much of the bare speed is left behind HTTP: `segment` at the endpoint, under load.

`python -m benchmarks.endpoint_load [--calls 1 2 4 8] [--seconds 15] [--model FILE.onnx]`. The
endpoint is Azure ML's server with our scoring script; it reads the photo from and writes the
cut-out to a blob store, both over HTTP. The rival does the same decoding, cutting out and encoding
in one process, in as many threads as calls are made at once, but not more than the server has.
Server, blob store and callers share the same cores. Prints the table for docs/performance.md.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.serving import (
    ENDPOINT_PYTHON,
    running_blobs,
    running_endpoint,
    served_environment,
)
from local.config import ROOT


@dataclass(frozen=True)
class Load:
    """Photos a second, and the 95th percentile of the time that one takes, in seconds."""

    rate: float
    p95: float


def main() -> None:
    """Print a row for each number of calls at once."""
    asked = _arguments()
    alone = _bare(asked, 1, session=True)
    print(f"the ONNX session alone, one thread after another: {alone.rate:.1f} runs a second\n")
    print("| Calls at once | Endpoint /s | p95 ms | Bare /s | p95 ms | Endpoint / bare |")
    print("| --- | --- | --- | --- | --- | --- |")
    for calls in asked.calls:
        pairs = []
        for turn in range(asked.repeats):
            bare_first = turn % 2 == 0
            bare = _bare(asked, calls) if bare_first else None
            served = _served(asked, calls)
            pairs.append((served, bare or _bare(asked, calls)))
        print(_row(calls, pairs), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoint_load")
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--server-threads", type=int, default=4)
    parser.add_argument("--photo", type=Path, default=ROOT / "samples" / "bottle.jpg")
    parser.add_argument("--model", type=Path, help="an ONNX file in place of the bundled one")
    return parser.parse_args()


def _bare(asked: argparse.Namespace, calls: int, session: bool = False) -> Load:
    command = [str(ENDPOINT_PYTHON), "-m", "benchmarks.bare_work", "--photo", str(asked.photo)]
    command += ["--seconds", str(asked.seconds)]
    command += ["--threads", str(min(calls, asked.server_threads))]
    command += ["--session"] if session else []
    environment = served_environment(asked.server_threads, asked.model)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return Load(found["count"] / found["seconds"], _p95(found["latencies"]))


def _served(asked: argparse.Namespace, calls: int) -> Load:
    environment = served_environment(asked.server_threads, asked.model)
    script = ROOT / "models" / "score.py"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running_blobs(asked.photo, folder) as blobs,
            running_endpoint(script, environment, folder) as (score, _),
        ):
            _call_until(score, blobs, "warm-up", 0)
            begun = time.perf_counter()
            with ThreadPoolExecutor(calls) as pool:
                until = begun + asked.seconds
                laps = list(
                    pool.map(lambda n: _call_until(score, blobs, str(n), until), range(calls))
                )
            wall = time.perf_counter() - begun
    latencies = [each for lap in laps for each in lap]
    return Load(len(latencies) / wall, _p95(latencies))


def _call_until(score: str, blobs: str, name: str, until: float) -> list[float]:
    """Call until the time has come, but at least once; the seconds that each call took."""
    request = {
        "task": "segment",
        "inputs": {"photo": f"{blobs}/in.jpg"},
        "output_url": f"{blobs}/{name}.png",
    }
    found: list[float] = []
    with requests.Session() as session:
        while not found or time.perf_counter() < until:
            begun = time.perf_counter()
            answer = session.post(score, json=request, timeout=120)
            found.append(time.perf_counter() - begun)
            if answer.status_code != 200:
                raise RuntimeError(f"the endpoint answered {answer.status_code}: {answer.text}")
    return found


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[94] if len(seconds) > 1 else seconds[0]


def _row(calls: int, pairs: list[tuple[Load, Load]]) -> str:
    served, bare = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratios = [a.rate / b.rate for a, b in pairs]
    return (
        f"| {calls} | {statistics.median(each.rate for each in served):.2f}"
        f" | {1000 * statistics.median(each.p95 for each in served):.0f}"
        f" | {statistics.median(each.rate for each in bare):.2f}"
        f" | {1000 * statistics.median(each.p95 for each in bare):.0f}"
        f" | {statistics.median(ratios):.0%} ({min(ratios):.0%} to {max(ratios):.0%}) |"
    )


if __name__ == "__main__":
    main()
