"""Measure a cut-out net: python -m models.training.evaluation --model FILE.onnx

Prints two tables of Markdown: a line a set, and a line a product. `plain` is the net alone at
320 x 320; `pipeline` is all that the endpoint does.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from imaging.pixels import Pixels
from models.training.evaluation.measures import Score, score
from models.training.evaluation.photos import Case
from models.training.evaluation.predict import pipeline, plain, use
from models.training.evaluation.sets import SETS, Sources

Way = Callable[[Pixels], Pixels]
Scores = dict[str, list[Score]]


def main() -> None:
    """Print the tables."""
    asked = _arguments()
    use(asked.model, asked.family)
    ways: dict[str, Way] = {"plain": lambda rgb: plain(asked.model, rgb), "pipeline": pipeline}
    sources = Sources(asked.seed, asked.packages, asked.heldout, asked.limit)
    found: dict[str, dict[str, Scores]] = {}
    for name in asked.sets:
        found[name] = {way: defaultdict(list) for way in asked.ways}
        for number, case in enumerate(SETS[name](sources)):
            for way in asked.ways:
                matte = ways[way](case.rgb)
                found[name][way][case.name].append(score(matte, case.matte))
                if asked.save:
                    _save(asked.save / f"{name}-{number:03}-{case.name}-{way}.png", case, matte)
    found = {name: each for name, each in found.items() if any(each.values())}
    print(_sets_table(found))
    print(_products_table(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.training.evaluation")
    parser.add_argument("--model", type=Path, required=True, help="an ONNX file")
    parser.add_argument("--family", default="opal", help="its family, for the pipeline")
    parser.add_argument("--ways", nargs="+", default=["plain", "pipeline"])
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--heldout", type=Path, help="folder of held-out renders")
    parser.add_argument("--limit", type=int, default=200, help="most of them to use")
    parser.add_argument("--packages", type=Path, help="site-packages to look for photos in first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", type=Path, help="folder for pictures of every case")
    return parser.parse_args()


def _sets_table(found: dict[str, dict[str, Scores]]) -> str:
    lines = [
        "| Set | Photos | Way | IoU mean | median | worst | Boundary F | MAD |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, ways in found.items():
        for way, products in ways.items():
            scores = [each for group in products.values() for each in group]
            ious = np.array([each.iou for each in scores])
            lines.append(
                f"| {name} | {len(scores)} | {way} | {ious.mean():.3f} | {np.median(ious):.3f}"
                f" | {ious.min():.3f} | {_mean(scores, 'boundary'):.3f}"
                f" | {_mean(scores, 'mad'):.4f} |"
            )
    return "\n".join(lines) + "\n"


def _products_table(found: dict[str, dict[str, Scores]]) -> str:
    ways = list(next(iter(found.values()), {}))
    heads = [f"{way} {measure}" for way in ways for measure in ("IoU", "worst", "boundary F")]
    lines = [
        f"| Set | Product | {' | '.join(heads)} |",
        "| --- | --- |" + " --- |" * len(heads),
    ]
    for name, by_way in found.items():
        for product in by_way[ways[0]]:
            cells = []
            for way in ways:
                scores = by_way[way][product]
                cells.append(f"{_mean(scores, 'iou'):.3f}")
                cells.append(f"{min(each.iou for each in scores):.3f}")
                cells.append(f"{_mean(scores, 'boundary'):.3f}")
            lines.append(f"| {name} | {product} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _mean(scores: list[Score], measure: str) -> float:
    return float(np.mean([getattr(each, measure) for each in scores]))


def _save(path: Path, case: Case, matte: Pixels) -> None:
    """The photo, its cut-out and its true cut-out in magenta, side by side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    magenta = np.array([255, 0, 255], np.float32)
    parts = [case.rgb]
    for alpha in (matte, case.matte):
        share = alpha[:, :, None].astype(np.float32) / 255
        parts.append(np.asarray(case.rgb * share + magenta * (1 - share), np.uint8))
    Image.fromarray(np.concatenate(parts, axis=1)).save(path)


if __name__ == "__main__":
    main()
