"""What each step of the cut-out adds, on photos with true mattes.

    python -m benchmarks.cutout_steps [opal=/path/to/net.onnx] --sets photo-studio samples

The net's first look; with the second look at a crop; that refined at full size; or settled on the
photo's edges and tidied; and all of them, which is what the endpoint does.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from imaging.layout import Box
from imaging.matte import refine_matte
from imaging.pixels import Pixels
from models.cutout.find import look_twice, outlined
from models.cutout.look import Look, Net, look
from models.sessions import session_for
from models.settings import get_runtime
from models.training.evaluation.measures import score
from models.training.evaluation.photos import Case
from models.training.evaluation.predict import whole_alpha
from models.training.evaluation.sets import SETS, Sources

Step = Callable[[Net, Pixels], Pixels]


def first_look(net: Net, rgb: Pixels) -> Pixels:
    return whole_alpha(look(net, rgb, Box(0, 0, rgb.shape[1], rgb.shape[0])), rgb)


def second_look(net: Net, rgb: Pixels) -> Pixels:
    return whole_alpha(look_twice(net, rgb)[0], rgb)


def refined(net: Net, rgb: Pixels) -> Pixels:
    seen = look_twice(net, rgb)[0]
    return refine_matte(rgb, np.asarray(np.rint(255 * seen.mask), np.uint8), seen.box)


def settled(net: Net, rgb: Pixels) -> Pixels:
    seen = look_twice(net, rgb)[0]
    mask = np.asarray(outlined(seen, rgb), np.float32) / np.float32(255)
    return whole_alpha(Look(seen.box, mask, seen.peak), rgb)


def everything(net: Net, rgb: Pixels) -> Pixels:
    seen = look_twice(net, rgb)[0]
    return refine_matte(rgb, outlined(seen, rgb), seen.box)


STEPS: dict[str, Step] = {
    "first look": first_look,
    "+ second look": second_look,
    "  + refined": refined,
    "  + settled": settled,
    "all": everything,
}


def measured(net: Net, cases: Iterator[Case], steps: dict[str, Step]) -> dict[str, list[float]]:
    """Per step the means of IoU, boundary F, MAD in percent, and milliseconds of processor time."""
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in steps}
    for case in cases:
        for name, step in steps.items():
            start = time.process_time()
            found = step(net, case.rgb)
            spent = time.process_time() - start
            reached = score(found, case.matte)
            rows[name].append((reached.iou, reached.boundary, 100 * reached.mad, 1000 * spent))
    return {name: [float(each) for each in np.mean(rows[name], axis=0)] for name in steps}


def main() -> None:
    """Parse the command line and print a table for each set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cutout_steps")
    parser.add_argument("model", nargs="?", default=get_runtime().segment_model)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=["photo-studio", "samples"])
    parser.add_argument("--packages", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    net = session_for("segment", options.model)
    for name in options.sets:
        print(f"{name:18} IoU    boundary  MAD %   ms")
        cases = SETS[name](Sources(packages=options.packages))
        for step, row in measured(net, cases, STEPS).items():
            print(
                f"  {step:16} {row[0]:.4f} {row[1]:.4f}   {row[2]:6.3f} {row[3]:5.0f}", flush=True
            )


if __name__ == "__main__":
    main()
