"""All trainings, one after the other: python -m models.training.upscale.recipe --out FOLDER

Started again, it goes on where it was. With `--effort 0.5` every run has half its steps. The files
of models/weights are written as soon as their run is done.
"""

import argparse
import dataclasses
from pathlib import Path

import torch

from models.training.upscale.export import WEIGHTS, export
from models.training.upscale.train import Run, train

RUNS = (
    Run("fast", "fast", steps=12000, decay=4000),
    Run("best", "best", steps=9000, decay=3500, start="fast"),
    Run("sharp", "fast", steps=2000, decay=1000, rate=3e-4, sharp=True, start="fast"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="for pictures and checkpoints")
    parser.add_argument("--effort", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", choices=[run.name for run in RUNS])
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    for run in RUNS:
        if given.only in (None, run.name):
            steps, decay = (round(given.effort * each) for each in (run.steps, run.decay))
            train(dataclasses.replace(run, steps=steps, decay=decay), given.out)
            export(given.out / f"{run.name}.pt", run.name, given.weights)


if __name__ == "__main__":
    main()
