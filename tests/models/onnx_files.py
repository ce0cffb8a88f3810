"""Small ONNX files with the signatures of the model families, for tests.

`u2net_file`, `isnet_file` and `birefnet_file` have random weights: their masks mean nothing.
`dark_file` finds what is darker than the middle of its input's range, so its mask means something.
`upscale_file` repeats pixels, plus `texture` times random detail.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

_KINDS = {
    "float16": TensorProto.FLOAT16,
    "float32": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
}
Shape = Sequence[int | str]


def u2net_file(path: Path, side: int = 32, **options: Any) -> Path:
    """As rembg's u2net: `input.1` [1, 3, side, side], seven outputs of 0..1 (320 px in earnest)."""
    return _segmenter(path, "input.1", side, outputs=7, **options)


def isnet_file(path: Path, side: int = 32, **options: Any) -> Path:
    """As rembg's isnet-general-use: two outputs stand for its twelve (1024 px in earnest)."""
    return _segmenter(path, "input_image", side, outputs=2, **options)


def birefnet_file(path: Path, side: int = 32, **options: Any) -> Path:
    """As BiRefNet: dynamic batch, one output of logits (1024 px in earnest)."""
    return _segmenter(path, "input_image", side, batch="batch", activation="", **options)


def opal_file(path: Path, **options: Any) -> Path:
    """As our cut-out net: dynamic height and width, one output of 0..1."""
    return _segmenter(path, "input", "height", "width", **options)


def dark_file(path: Path, side: int | str = "height", threshold: float = 0.0) -> Path:
    """As our cut-out net: 0..1, near 1 where R + G + B, as normalised, is below 3 x `threshold`."""
    wide = "width" if isinstance(side, str) else side
    weights = {"w": np.full((1, 3, 1, 1), -8.0), "b": np.array([24.0 * threshold])}
    nodes = [
        helper.make_node("Conv", ["input", "w", "b"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["output"]),
    ]
    inputs, outputs = {"input": [1, 3, side, wide]}, {"output": [1, 1, side, wide]}
    return _save(path, nodes, inputs, outputs, weights, "float32")


def _segmenter(
    path: Path,
    name: str,
    height: int | str,
    width: int | str | None = None,
    *,
    batch: int | str = 1,
    outputs: int = 1,
    activation: str = "Sigmoid",
    kind: str = "float32",
    channels: int = 3,
    features: int = 4,
    layers: int = 2,
    seed: int = 0,
    whole: bool = False,
) -> Path:
    """Convolutions of 3 x 3 with random weights; every output is the same but for its name.

    `whole`: the input is made of whole numbers.
    """
    size = [height, width or height]
    nodes, weights, last = _convolutions("cast", channels, features, layers, seed)
    nodes.insert(0, helper.make_node("Cast", [name], ["cast"], to=_KINDS[kind]))
    names = [str(1959 + at) for at in range(outputs)]
    nodes += [helper.make_node(activation or "Identity", [last], [each]) for each in names]
    shapes: dict[str, Shape] = {each: [batch, 1, *size] for each in names}
    inputs: dict[str, Shape] = {name: [batch, channels, *size]}
    return _save(path, nodes, inputs, shapes, weights, kind, "int64" if whole else kind)


def _convolutions(
    name: str, channels: int, features: int, layers: int, seed: int, last_features: int = 1
) -> tuple[list[NodeProto], dict[str, Any], str]:
    random = np.random.default_rng(seed)
    widths = [channels, *[features] * (layers - 1), last_features]
    nodes, weights = [], {}
    for at, (before, after) in enumerate(itertools.pairwise(widths)):
        weights[f"w{at}"] = random.normal(0, (2 / (9 * before)) ** 0.5, (after, before, 3, 3))
        made = f"c{at}"
        nodes.append(helper.make_node("Conv", [name, f"w{at}"], [made], pads=[1, 1, 1, 1]))
        name = made
        if at < layers - 1:
            nodes.append(helper.make_node("Relu", [made], [f"r{at}"]))
            name = f"r{at}"
    return nodes, weights, name


def upscale_file(
    path: Path,
    scale: int = 4,
    *,
    texture: float = 0.0,
    features: int = 4,
    layers: int = 2,
    kind: str = "float32",
    batch: int | str = 1,
    seed: int = 0,
) -> Path:
    """As Real-ESRGAN and ours: dynamic height and width, RGB of 0..1, `scale` times larger."""
    nodes, weights, last = _convolutions("input", 3, features, layers, seed, 3 * scale * scale)
    weights["repeat"] = np.repeat(np.eye(3), scale * scale, axis=0)[:, :, None, None]
    weights["texture"] = np.array(texture)
    nodes += [
        helper.make_node("Conv", ["input", "repeat"], ["repeated"]),
        helper.make_node("Mul", [last, "texture"], ["detail"]),
        helper.make_node("Add", ["repeated", "detail"], ["packed"]),
        helper.make_node("DepthToSpace", ["packed"], ["output"], blocksize=scale, mode="CRD"),
    ]
    inputs: dict[str, Shape] = {"input": [batch, 3, "height", "width"]}
    outputs: dict[str, Shape] = {"output": [batch, 3, "out_height", "out_width"]}
    return _save(path, nodes, inputs, outputs, weights, kind)


def _save(
    path: Path,
    nodes: list[NodeProto],
    inputs: dict[str, Shape],
    outputs: dict[str, Shape],
    weights: dict[str, Any],
    kind: str,
    input_kind: str = "",
) -> Path:
    given = _KINDS[input_kind or kind]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(n, given, s) for n, s in inputs.items()],
        [helper.make_tensor_value_info(n, _KINDS[kind], s) for n, s in outputs.items()],
        [numpy_helper.from_array(np.asarray(w, kind), name) for name, w in weights.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)
    return path
