"""The rival of the endpoint's load test: the same work in one process, without any HTTP.

Each of `--threads` threads decodes the photo, cuts it out and encodes the PNG, over and over, with
the pixel libraries set up as in `models.score`. With `--session` only the loaded net runs, on a
picture of its own size. Prints JSON: how often it was done, in how many seconds, and each latency.
"""

import argparse
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from imaging.encode import encode_png
from models import segment
from models.pixel_threads import limit_pixel_threads
from models.reading import read_photo
from models.sessions import session_for
from models.settings import get_runtime


def main() -> None:
    """Work for the time that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bare_work")
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--session", action="store_true")
    asked = parser.parse_args()
    limit_pixel_threads()
    work = _session_alone() if asked.session else _cut_out(asked.photo.read_bytes())
    work()
    begun = time.perf_counter()
    with ThreadPoolExecutor(asked.threads) as pool:
        until = begun + asked.seconds
        laps = list(pool.map(lambda _: _repeat(work, until), range(asked.threads)))
    wall = time.perf_counter() - begun
    latencies = [each for lap in laps for each in lap]
    print(json.dumps({"count": len(latencies), "seconds": wall, "latencies": latencies}))


def _repeat(work: Callable[[], None], until: float) -> list[float]:
    found = []
    while (begun := time.perf_counter()) < until:
        work()
        found.append(time.perf_counter() - begun)
    return found


def _cut_out(photo: bytes) -> Callable[[], None]:
    def work() -> None:
        encode_png(segment.run({"photo": read_photo(photo, {})}, {}).pixels)

    return work


def _session_alone() -> Callable[[], None]:
    net = session_for("segment", get_runtime().segment_model)
    side = net.entry.input_size or 320
    planes = np.zeros((1, 3, side, side), np.float32)

    def work() -> None:
        net.run(planes)

    return work


if __name__ == "__main__":
    main()
