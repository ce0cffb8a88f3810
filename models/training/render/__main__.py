"""Renders shots in several processes; a shot that is there already is not rendered again.

python -m models.training.render --out DIR --count 3000 --workers 2
python -m models.training.render --out DIR/heldout --held-out --seed 2 --count 120
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .products import HELD_OUT, TRAINING
from .shoot import SIDE, shoot

FOLDERS = ("photo", "matte", "plate", "shot")


def main() -> None:
    """Parse the command line; with several workers, start one process each."""
    parser = argparse.ArgumentParser(prog="python -m models.training.render")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--side", type=int, default=SIDE, help="pixels")
    parser.add_argument("--held-out", action="store_true", help="families kept from training")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name in FOLDERS:
        (options.out / name).mkdir(parents=True, exist_ok=True)
    if options.worker is None and options.workers > 1:
        command = [sys.executable, "-m", "models.training.render", *sys.argv[1:], "--worker"]
        running = [subprocess.Popen([*command, str(k)]) for k in range(options.workers)]
        sys.exit(max(process.wait() for process in running))
    work(options)


def work(options: argparse.Namespace) -> None:
    """Render this process's share: every `workers`-th index."""
    families = HELD_OUT if options.held_out else TRAINING
    for index in range(options.worker or 0, options.count, options.workers):
        done = options.out / "shot" / f"{index:06d}.json"
        if done.exists():
            continue
        try:
            with _quiet():
                shot = shoot(options.seed, index, families, options.out, options.side)
        except (ValueError, RuntimeError, IndexError, ZeroDivisionError) as error:
            print(f"shot {index} left out: {error}", file=sys.stderr, flush=True)
            continue
        done.write_text(json.dumps(dataclasses.asdict(shot)))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Blender reports every render on standard output, below Python's own."""
    sys.stdout.flush()
    kept = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


if __name__ == "__main__":
    main()
