"""What tiling costs: time over (tiles x the net's bare time for one tile), and memory.

Pictures of 1, 12 and 48 megapixels, each in a process of its own, three times. The bare time is
that of the session on one window of random numbers, taken before and after, so that it meets the
same machine. Memory is the peak above what was there before, less the result itself. The largest
picture is enlarged 1.4 times, for a result may have 100 megapixels; its tiles are shrunk to size.
"""

import json
import statistics
import subprocess
import sys
import time
from typing import Any

import cv2
import numpy as np

from benchmarks.peak import peak_mb
from imaging.pixels import Pixels
from models.enlarge import WINDOW
from models.sessions import Session, session_for
from models.upscale import model_name, run

CASES = ((1000, 1000, 2.0), (3000, 4000, 2.0), (6000, 8000, 1.4))
RUNS = 3
_TILE_RUNS = 4


def main(kind: str) -> None:
    """Print the table of all runs of the net `kind`."""
    print(f"net {kind}, {WINDOW} px tiles")
    print("picture MP  scale  tiles  run ratios              median  memory MB")
    for height, width, scale in CASES:
        runs = [_child(kind, height, width, scale) for _ in range(RUNS)]
        ratios = [each["ratio"] for each in runs]
        memory = max(each["memory_mb"] for each in runs)
        each = " ".join(f"{ratio:.3f}" for ratio in ratios)
        print(
            f"{height * width / 1e6:10.0f}  {scale:5.1f}  {runs[0]['tiles']:5}  {each:22}"
            f"  {statistics.median(ratios):6.3f}  {memory:9.0f}",
            flush=True,
        )


def _child(*arguments: Any) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.tiler", *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, check=True, text=True)
    measured: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return measured


def measure(kind: str, height: int, width: int, scale: float) -> dict[str, float]:
    """One picture in this process: `ratio`, `tiles`, and `memory_mb` beside the result."""
    session = session_for("upscale", model_name(kind, scale))
    image = _picture(height, width)
    bare = _tile_seconds(session)
    before = peak_mb()
    begun = time.perf_counter()
    result = run({"image": image}, {"scale": scale, "model": kind})
    seconds = time.perf_counter() - begun
    memory = peak_mb() - before - result.pixels.nbytes / 1e6
    tile = statistics.median(bare + _tile_seconds(session))
    tiles = result.quality["tiles"]
    return {"ratio": seconds / (tiles * tile), "tiles": tiles, "memory_mb": memory}


def _tile_seconds(session: Session) -> list[float]:
    window = np.random.default_rng(0).random((1, 3, WINDOW, WINDOW), np.float32)
    seconds = []
    for _ in range(_TILE_RUNS):
        begun = time.perf_counter()
        session.run(window)
        seconds.append(time.perf_counter() - begun)
    return seconds[1:]


def _picture(height: int, width: int) -> Pixels:
    coarse = np.random.default_rng(1).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height)), np.uint8)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        kind, rows, columns, factor = sys.argv[1:]
        print(json.dumps(measure(kind, int(rows), int(columns), float(factor))))
    else:
        main(*sys.argv[1:] or ["fast"])
