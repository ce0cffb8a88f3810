"""Scenes by prompt: images per second of our engine beside diffusers' pipeline on the same card.

A model of SD 1.5's size for inpainting, with random weights in float16, is exported as optimum does
it (plain) and with attention as one node (fused). Both programs paint the same scenes at 512 x 512
from prompt to pixels. Rounds alternate; the figures are medians, with range.

Needs a GPU and an environment of its own, which holds requirements-endpoint-gpu.txt and onnx,
torch, diffusers and transformers in the versions of requirements-dev.txt:

    python -m benchmarks.diffusion                      a table row for each export and batch
    python -m benchmarks.diffusion --device cpu --tiny  proves that it runs; the figures say nothing
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionInpaintPipeline

from benchmarks.diffusion_export import export, export_unet
from benchmarks.diffusion_models import Parts, sd15_parts, tiny_parts
from benchmarks.fused_attention import fused_attention
from imaging.layout import Box
from models.place.diffusion.frame import Frame, Kept, keep_product, plan_frame
from models.place.diffusion.model import DiffusionModel
from models.place.diffusion.request import Scene
from models.providers import CUDA
from models.settings import Runtime

GUIDANCE = 7.5
_HEAD = "| Device | Export | Batch | Steps | OPAL images/s | diffusers images/s | Ratio |"
Paint = Callable[[int, int], Any]


def main(arguments: Sequence[str]) -> int:
    """Print the table. Returns 0, or 2 where there is no CUDA to measure on."""
    parsed = _parser().parse_args(arguments)
    missing = _missing_cuda()
    if parsed.device == "cuda" and missing:
        print(f"Not measured: {missing}. On this machine use --device cpu --tiny.", file=sys.stderr)
        return 2
    if parsed.device == "cpu" and not parsed.tiny:
        print("A model of full size is not for a CPU: add --tiny.", file=sys.stderr)
        return 2
    parts = tiny_parts() if parsed.tiny else sd15_parts()
    kind = torch.float32 if parsed.device == "cpu" else torch.float16
    parts.to(parsed.device, kind)
    with tempfile.TemporaryDirectory() as folder:
        _measure(parts, Path(folder), parsed)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diffusion", description=__doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="a model of a toy's size")
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def _missing_cuda() -> str:
    if CUDA not in onnxruntime.get_available_providers():
        return "this ONNX Runtime has no CUDA"
    return "" if torch.cuda.is_available() else "torch finds no CUDA"


def _measure(parts: Parts, folder: Path, parsed: argparse.Namespace) -> None:
    plain = export(parts, folder / "plain")
    shutil.copytree(plain, folder / "fused", ignore=lambda *_: ["unet"])
    with fused_attention(parts.unet):
        export_unet(parts.unet, folder / "fused" / "unet")
    name = torch.cuda.get_device_name() if parsed.device == "cuda" else "CPU"
    theirs = _diffusers(parts)
    print(f"{_HEAD}\n| --- | --- | --- | --- | --- | --- | --- |")
    for kind in ("plain", "fused"):
        model = DiffusionModel(folder / kind, Runtime(device=parsed.device))
        if parsed.device not in model.providers[0].lower():
            raise SystemExit(f"the model runs on {model.providers[0]}, not on {parsed.device}")
        for batch in parsed.batch:
            rates = _rates(_opal(model), theirs, batch, parsed)
            ratios = [one / other for one, other in zip(*rates, strict=True)]
            cells = [name, kind, batch, parsed.steps, *map(_told, (*rates, ratios))]
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


def _rates(
    ours: Paint, theirs: Paint, batch: int, parsed: argparse.Namespace
) -> tuple[list[float], list[float]]:
    """Images per second of each in every round; a round before them warms both."""
    rates: tuple[list[float], list[float]] = ([], [])
    for at in range(parsed.rounds + 1):
        for paint, found in zip((ours, theirs), rates, strict=True):
            start = time.perf_counter()
            paint(batch, parsed.steps)
            if at:
                found.append(batch / (time.perf_counter() - start))
    return rates


def _told(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def _product(side: int) -> np.ndarray:
    product = np.full((side // 2, side // 3, 4), 200, np.uint8)
    product[:, :, 3] = 255
    return product


def _framed(model: DiffusionModel) -> tuple[Kept, Frame]:
    side = model.shapes.side
    frame = plan_frame((side, side), model.shapes)
    box = Box(side // 3, side // 3, side // 3, side // 2)
    return keep_product(_product(side), box, frame), frame


def _opal(model: DiffusionModel) -> Paint:
    kept, frame = _framed(model)

    def paint(batch: int, steps: int) -> Any:
        scenes = [Scene("a marble table with soft light", "wood", seed) for seed in range(batch)]
        return model.paint(kept, frame, scenes, steps, GUIDANCE)

    return paint


def _diffusers(parts: Parts) -> Paint:
    """As its users run it: float16, PyTorch's own fused attention, pictures as uint8."""
    scheduler = DPMSolverMultistepScheduler.from_config(parts.scheduler)
    pipeline = StableDiffusionInpaintPipeline(
        vae=parts.vae,
        text_encoder=parts.encoders[0],
        tokenizer=parts.tokenizers[0],
        unet=parts.unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    side = parts.unet.config.sample_size * 8
    picture = torch.full((1, 3, side, side), 0.5)
    mask = torch.ones(1, 1, side, side)
    mask[:, :, side // 3 :, side // 3 : 2 * side // 3] = 0

    def paint(batch: int, steps: int) -> Any:
        return pipeline(
            prompt=["a marble table with soft light"] * batch,
            negative_prompt=["wood"] * batch,
            image=picture,
            mask_image=mask,
            height=side,
            width=side,
            strength=1.0,
            num_inference_steps=steps,
            guidance_scale=GUIDANCE,
            generator=[torch.Generator("cpu").manual_seed(seed) for seed in range(batch)],
        ).images

    return paint


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
