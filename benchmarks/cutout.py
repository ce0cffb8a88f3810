"""Our cut-out stage against rembg 2.0.86, on the same ONNX file and photo.

`python -m benchmarks.cutout [--photos FILE ...] [--ways plain refined] [--threads 1 2]`. A JPEG
in, a PNG out. `plain` is one look of the net, enlarged; `refined` is our edge refinement against
rembg's alpha matting, which takes gigabytes: photos above `--matting-up-to` megapixels are refined
by us alone. Each run has a process of its own, bound to as many cores as it may use threads; runs
of the two engines alternate. Prints the table for docs/performance.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
_PYTHON = {
    "opal": ROOT / ".venv-endpoint" / "bin" / "python",
    "rembg": ROOT / ".venv-rembg" / "bin" / "python",
}
_HEAD = (
    "| Photo | Way | Threads | rembg s | OPAL s | Times faster | rembg MB | OPAL MB |"
    " Share of memory | IoU | Alpha equal |"
)
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Run:
    """One cut-out: seconds, peak resident megabytes, and its alpha, uint8."""

    seconds: float
    peak_mb: float
    alpha: "np.typing.NDArray[np.uint8]"


def main() -> None:
    """Print a row for each photo, way and number of threads."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as name:
        print(_HEAD)
        print("| " + " | ".join(["---"] * _HEAD.count(" |")) + " |")
        for path in asked.photos:
            photo, megapixels = _as_jpeg(path, Path(name))
            for way in asked.ways:
                skip = way == "refined" and megapixels > asked.matting_up_to
                engines = ("opal",) if skip else ("rembg", "opal")
                for threads in asked.threads:
                    runs = _compare(engines, photo, asked.model, way, threads, asked.repeats)
                    label = f"{path.name}, {megapixels:.1f} MP | {way} | {threads}"
                    print(_row(label, runs), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cutout")
    samples = [ROOT / "samples" / name for name in ("tea-box.jpg", "sneaker.jpg")]
    parser.add_argument("--photos", type=Path, nargs="+", default=samples)
    bundled = ROOT / "models" / "weights" / "opal-cutout.onnx"
    parser.add_argument("--model", type=Path, default=bundled)
    ways = ("plain", "refined")
    parser.add_argument("--ways", nargs="+", choices=ways, default=list(ways))
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--matting-up-to", type=float, default=12.1, metavar="MEGAPIXELS")
    return parser.parse_args()


def _as_jpeg(path: Path, folder: Path) -> tuple[Path, float]:
    """The photo as JPEG, and its megapixels."""
    with Image.open(path) as image:
        megapixels = image.width * image.height / 1e6
        if image.format == "JPEG":
            return path, megapixels
        copy = folder / f"{path.stem}.jpg"
        image.convert("RGB").save(copy, quality=92)
    return copy, megapixels


def _compare(
    engines: Sequence[str], photo: Path, model: Path, way: str, threads: int, repeats: int
) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {engine: [] for engine in engines}
    for turn in range(repeats):
        order = engines if turn % 2 == 0 else tuple(reversed(engines))
        for engine in order:
            runs[engine].append(_run(engine, photo, model, way, threads))
    return runs


def _run(engine: str, photo: Path, model: Path, way: str, threads: int) -> Run:
    """One cut-out in a fresh process on `threads` cores."""
    cores = sorted(os.sched_getaffinity(0))[:threads]
    limits = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "OPAL_THREADS")
    environment = dict(os.environ) | dict.fromkeys(limits, str(threads))
    with tempfile.TemporaryDirectory() as name:
        out = Path(name, "cutout.png")
        command = [_PYTHON[engine], "-m", "benchmarks.cutout_once", engine]
        command += ["--model", model.resolve(), "--photo", photo.resolve(), "--out", out]
        command += ["--refine"] if way == "refined" else []
        done = subprocess.run(
            [str(each) for each in ("taskset", "-c", ",".join(map(str, cores)), *command)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
        pixels = cv2.imdecode(np.frombuffer(out.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return Run(found["seconds"], found["peak_mb"], np.asarray(pixels[:, :, 3], np.uint8))


def _row(label: str, runs: dict[str, list[Run]]) -> str:
    ours, theirs = runs["opal"], runs.get("rembg", [])
    cells = [
        _spread([run.seconds for run in theirs], ".2f"),
        _spread([run.seconds for run in ours], ".2f"),
        _spread([b.seconds / a.seconds for a, b in zip(ours, theirs, strict=False)], ".1f"),
        _spread([run.peak_mb for run in theirs], ".0f"),
        _spread([run.peak_mb for run in ours], ".0f"),
        _spread([a.peak_mb / b.peak_mb for a, b in zip(ours, theirs, strict=False)], ".2f"),
    ]
    if not theirs:
        return f"| {label} | {' | '.join(cells)} | | |"
    a, b = ours[0].alpha, theirs[0].alpha
    union = np.count_nonzero((a > 127) | (b > 127))
    iou = np.count_nonzero((a > 127) & (b > 127)) / union if union else 1.0
    equal = "yes" if np.array_equal(a, b) else f"{np.mean(a == b):.2%} of pixels"
    return f"| {label} | {' | '.join(cells)} | {iou:.4f} | {equal} |"


def _spread(values: list[float], form: str) -> str:
    """The median, and in brackets the least and the most."""
    if not values:
        return ""
    median, least, most = statistics.median(values), min(values), max(values)
    return f"{median:{form}} ({least:{form}} to {most:{form}})"


if __name__ == "__main__":
    main()
