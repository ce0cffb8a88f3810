"""How long a studio scene takes, against what a weekend script does with Pillow.

`python -m benchmarks.scenes [--sizes 1024 2048 4096] [--scenes NAME ...]`. Both make the same
square picture of a sample's cut-out, from decoded pixels to decoded pixels, without any encoding.
OPAL's side is the task `place`: it renders the scene, and joins the product to it in its light. The
script finds its background ready: the scene without a product, an image file of that very size,
opened before the clock starts. It resizes the cut-out by Pillow's Lanczos filter, makes a drop
shadow of its alpha, shifted and blurred by `ImageFilter.GaussianBlur`, and lays both over the
background by `Image.alpha_composite`. Each has one core and one thread, and its processor time is
what counts; runs alternate, after one of each that does not count. Prints a Markdown table of
medians, and the range of the ratio.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from imaging.decode import decode_photo
from imaging.develop import develop
from imaging.frame import floor_line
from imaging.layout import Box, bounding_box
from imaging.pixels import Pixels
from models import segment
from models.pixel_threads import limit_pixel_threads
from models.place import task as place
from models.place.backdrop import Canvas, Look, paint
from models.place.scenes import load_scene, scene_names
from models.training.evaluation.sets import SAMPLES

_SAMPLE = SAMPLES / "tea-box.jpg"
_FILL = 0.68
# The script's shadow, as shares of the canvas side, and how dark it is.
_SHADOW_DOWN, _SHADOW_BLUR, _SHADOW_STRENGTH = 0.015, 0.02, 0.45


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scenes")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1024, 2048, 4096])
    parser.add_argument("--scenes", nargs="+", choices=scene_names(), default=scene_names())
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    limit_pixel_threads()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    cutout = _trimmed_cutout(decode_photo(_SAMPLE.read_bytes()).rgb)
    heads = " | ".join(f"{side:,}²: OPAL / Pillow ms, times as long" for side in asked.sizes)
    print(f"| Scene | {heads} |\n| --- |{' --- |' * len(asked.sizes)}")
    for name in asked.scenes:
        cells = [compared(name, side, cutout, asked.repeats) for side in asked.sizes]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _trimmed_cutout(rgb: Pixels) -> Pixels:
    cutout = segment.run({"photo": rgb}, {}).pixels
    box = bounding_box(np.ascontiguousarray(cutout[:, :, 3]))
    assert box
    part = cutout[box.y : box.y + box.height, box.x : box.x + box.width]
    return np.ascontiguousarray(part)


def compared(name: str, side: int, cutout: Pixels, repeats: int) -> str:
    """One cell: medians in milliseconds, and the ratio with its range."""
    box = product_box(cutout, side)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "background.png")
        Image.fromarray(empty_scene(name, side, box)).save(file, compress_level=1)
        with Image.open(file) as opened:
            background = opened.convert("RGBA")
    product = Image.fromarray(cutout)
    params = _params(name, side, box)
    ours, theirs = _alternate(
        lambda: place.run({"cutout": cutout}, params),
        lambda: weekend_script(background, product, box),
        repeats,
    )
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    medians = f"{statistics.median(ours):.0f} / {statistics.median(theirs):.0f}"
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return f"{medians}, {statistics.median(ratios):.2f} ({spread})"


def product_box(cutout: Pixels, side: int) -> Box:
    """Where the product lands on the canvas: on the floor line, in the middle."""
    scale = _FILL * side / max(cutout.shape[:2])
    width, height = round(cutout.shape[1] * scale), round(cutout.shape[0] * scale)
    return Box((side - width) // 2, round(floor_line(_FILL) * side) - height, width, height)


def empty_scene(name: str, side: int, box: Box) -> Pixels:
    """The scene as `place` paints it for a product in that box, without the product; uint8 RGB."""
    spec = load_scene(name)
    backdrop = paint(spec, Canvas(side, side, box), Look(lighting=spec.lighting))
    return develop(backdrop.light, side, side, backdrop.texture)


def weekend_script(background: Image.Image, product: Image.Image, box: Box) -> Image.Image:
    """The rival: the product, RGBA, over the background, RGBA, with a drop shadow; RGB."""
    small = product.resize((box.width, box.height), Image.Resampling.LANCZOS)
    side = background.width
    cover = Image.new("L", background.size)
    darkness = small.getchannel("A").point([round(_SHADOW_STRENGTH * a) for a in range(256)])
    cover.paste(darkness, (box.x, box.y + round(_SHADOW_DOWN * side)))
    shadow = Image.new("RGBA", background.size)
    shadow.putalpha(cover.filter(ImageFilter.GaussianBlur(_SHADOW_BLUR * side)))
    picture = Image.alpha_composite(background, shadow)
    picture.alpha_composite(small, (box.x, box.y))
    return picture.convert("RGB")


def _params(name: str, side: int, box: Box) -> dict[str, Any]:
    return {
        "scene": name,
        "canvas": [side, side],
        "product_box": [box.x, box.y, box.width, box.height],
    }


def _alternate(
    ours: Callable[[], object], theirs: Callable[[], object], repeats: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of processor time of each run."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(repeats + 1):
        for work, found in zip((ours, theirs), times, strict=True):
            begun = time.process_time()
            work()
            if turn > 0:
                found.append(1000 * (time.process_time() - begun))
    return times


if __name__ == "__main__":
    main()
