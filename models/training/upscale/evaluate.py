"""Measure nets against Lanczos: python -m models.training.upscale.evaluate WEIGHTS ...

WEIGHTS are ONNX files, or checkpoints of train.py. PSNR and SSIM are of BT.601 luma, in decibels
and from 0 to 1, without a border of 4 pixels; the mean is over photos.
"""

import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from PIL import Image
from skimage.metrics import structural_similarity

from imaging.pixels import Floats, Pixels
from models.training.upscale.damage import jpeg, shrink
from models.training.upscale.net import SCALES, Upscaler, shape_of
from models.training.upscale.photos import held_out

Enlarge = Callable[[Pixels], Pixels]
Score = tuple[float, float]
DAMAGES = (
    *("bicubic", "lanczos", "area", "bilinear", "gaussian"),
    *("jpeg 95", "jpeg 85", "jpeg 70", "noise 2", "noise 4"),
)
_BORDER = 4


def small_picture(large: Pixels, scale: int, damage: str) -> Pixels:
    """`large`, RGB, shrunk by the kernel that `damage` names; JPEG and noise follow bicubic."""
    kind, _, number = damage.partition(" ")
    planes = torch.from_numpy(large.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    kernel = "bicubic" if number else kind
    values = shrink(planes, scale, kernel)[0].numpy().transpose(1, 2, 0) * 255
    if kind == "noise":
        values = values + np.random.default_rng(0).normal(0, float(number), values.shape)
    codes = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return np.asarray(jpeg(codes, int(number)), np.uint8) if kind == "jpeg" else codes


def score(made: Pixels, wanted: Pixels) -> Score:
    """PSNR and SSIM of luma."""
    inner = slice(_BORDER, -_BORDER)
    a, b = (_luma(each[inner, inner]) for each in (made, wanted))
    error = float(np.mean((a - b) ** 2))
    return 10 * float(np.log10(219**2 / error)), float(structural_similarity(a, b, data_range=219))


def compare(enlarge: Enlarge, scale: int, damage: str) -> dict[str, tuple[Score, Score]]:
    """By photo: the net's score and that of Pillow's Lanczos."""
    scores = {}
    for name, large in held_out().items():
        small = small_picture(large, scale, damage)
        size = (large.shape[1], large.shape[0])
        plain = Image.fromarray(small).resize(size, Image.Resampling.LANCZOS)
        scores[name] = (score(enlarge(small), large), score(np.asarray(plain, np.uint8), large))
    return scores


def enlargers(path: Path) -> Iterator[tuple[int, Enlarge]]:
    """The scales of a file, and what enlarges by each."""
    if path.suffix == ".onnx":
        session = onnxruntime.InferenceSession(str(path))
        name = session.get_inputs()[0].name
        probe = np.zeros((1, 3, 8, 8), np.float32)
        scale = session.run(None, {name: probe})[0].shape[2] // 8
        yield scale, functools.partial(_onnx, session, name)
        return
    weights = torch.load(path, map_location="cpu")["average"]
    net = Upscaler(shape_of(weights))
    net.load_state_dict(weights)
    for scale in SCALES:
        yield scale, functools.partial(_torch, net, scale)


def _onnx(session: Any, name: str, small: Pixels) -> Pixels:
    return _codes(session.run(None, {name: _planes(small)})[0])


def _torch(net: Upscaler, scale: int, small: Pixels) -> Pixels:
    with torch.no_grad():
        return _codes(net(torch.from_numpy(_planes(small)), scale).numpy())


def _planes(small: Pixels) -> Floats:
    return np.ascontiguousarray(small.transpose(2, 0, 1)[None].astype(np.float32) / 255)


def _codes(planes: Floats) -> Pixels:
    return np.asarray(np.rint(np.clip(planes[0].transpose(1, 2, 0), 0, 1) * 255), np.uint8)


def _luma(pixels: Pixels) -> npt.NDArray[np.float64]:
    weights = np.array([65.481, 128.553, 24.966]) / 255
    return np.asarray(pixels.astype(np.float64) @ weights, np.float64)


def main() -> None:
    torch.set_num_threads(1)
    for path in map(Path, sys.argv[1:]):
        for scale, enlarge in enlargers(path):
            print(f"\n{path.stem}, {scale} times\n")
            print("| Damage | Lanczos | Net | Gain | Least gain |\n| --- | --- | --- | --- | --- |")
            for damage in DAMAGES:
                print(_row(damage, compare(enlarge, scale, damage)), flush=True)


def _row(damage: str, scores: dict[str, tuple[Score, Score]]) -> str:
    """Means over photos; the least gains in PSNR and in SSIM may be of different photos."""
    net, plain = (np.array([pair[each] for pair in scores.values()]) for each in (0, 1))
    gains = net - plain
    worst = [list(scores)[int(each)] for each in gains.argmin(0)]
    cells = [
        damage,
        *(f"{each[:, 0].mean():.2f} / {each[:, 1].mean():.4f}" for each in (plain, net)),
        f"{gains[:, 0].mean():+.2f} / {gains[:, 1].mean():+.4f}",
        f"{gains[:, 0].min():+.2f} {worst[0]} / {gains[:, 1].min():+.4f} {worst[1]}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
