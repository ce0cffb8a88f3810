"""How long the model endpoint takes from process start to ready, models loaded and warmed up.

`python -m benchmarks.startup [--model FILE.onnx]`. The rival is the same server with a scoring
script that loads nothing. Files are in the system's cache after a first, uncounted start.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.serving import running_endpoint, served_environment
from local.config import ROOT

_EMPTY = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"


def main() -> None:
    """Print each start, and the ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup")
    parser.add_argument("--model", type=Path, help="an ONNX file in place of the bundled one")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    environment = served_environment(4, asked.model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        empty = folder / "empty.py"
        empty.write_text(_EMPTY, "utf-8")
        scripts = (ROOT / "models" / "score.py", empty)
        _start(scripts[0], environment, folder)
        print("| Start | OPAL s | Empty script s | Times as long |\n| --- | --- | --- | --- |")
        ratios = []
        for number in range(1, asked.repeats + 1):
            ours, theirs = (_start(script, environment, folder) for script in scripts)
            ratios.append(ours / theirs)
            print(f"| {number} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} |", flush=True)
    print(
        f"\n{statistics.median(ratios):.2f} times as long ({min(ratios):.2f} to {max(ratios):.2f})"
    )


def _start(script: Path, environment: dict[str, str], folder: Path) -> float:
    with running_endpoint(script, environment, folder) as (_, seconds):
        return seconds


if __name__ == "__main__":
    main()
