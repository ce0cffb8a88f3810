"""Write a checkpoint as ONNX: python -m models.training.upscale.export CHECKPOINT NAME

makes models/weights/opal-x2-NAME.onnx and opal-x4-NAME.onnx. The graph is built node by node, so
the same checkpoint gives the same bytes. Weights are stored as float16, which halves the files;
ONNX Runtime turns them into float32 once, when it loads them.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import NodeProto, TensorProto, helper, numpy_helper

from models.training.upscale.net import SCALES, SLOPE, Shape, shape_of

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"
_OPSET, _IR = 17, 8
_AXES: list[str | int | None] = ["batch", 3, "height", "width"]
_LARGE: list[str | int | None] = ["batch", 3, "large_height", "large_width"]


class _Graph:
    """Nodes in order, and the weights that they use."""

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        self._weights = weights
        self.nodes: list[NodeProto] = []
        self.stored: dict[str, npt.NDArray[Any]] = {}

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def weight(self, name: str) -> str:
        self.stored[f"{name}.half"] = self._weights[name].numpy().astype(np.float16)
        return self.add("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)

    def conv(self, source: str, name: str, *, active: bool = False) -> str:
        inputs = [source, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        made = self.add("Conv", inputs, f"{name}.out", kernel_shape=[3, 3], pads=[1] * 4)
        return self.add("LeakyRelu", [made], f"{name}.active", alpha=SLOPE) if active else made


def build(weights: dict[str, torch.Tensor], shape: Shape, scale: int) -> onnx.ModelProto:
    """The net of one scale: float32 RGB, 0 to 1, NCHW, any count, height and width."""
    graph = _Graph(weights)
    flow = graph.conv("input", "first", active=True)
    for index in range(shape.plain):
        flow = graph.conv(flow, f"trunk.{index}", active=True)
    for index in range(shape.plain, shape.plain + 2 * shape.pairs, 2):
        inner = graph.conv(flow, f"trunk.{index}", active=True)
        change = graph.conv(inner, f"trunk.{index + 1}")
        flow = graph.add("Add", [flow, change], f"trunk.{index}.sum")
    detail = graph.conv(flow, f"heads.{scale}")
    graph.stored["border"] = np.array([0, 0, 2, 2, 0, 0, 2, 2], np.int64)
    padded = graph.add("Pad", ["input", "border"], "padded", mode="edge")
    kernel = graph.weight(f"skips.{scale}.weight")
    plain = graph.add("Conv", [padded, kernel], "plain", kernel_shape=[5, 5])
    packed = graph.add("Add", [plain, detail], "packed")
    graph.add("DepthToSpace", [packed], "output", blocksize=scale, mode="CRD")
    return _model(graph)


def _model(graph: _Graph) -> onnx.ModelProto:
    made = helper.make_graph(
        graph.nodes,
        "opal-sr",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, _AXES)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, _LARGE)],
        [numpy_helper.from_array(value, name) for name, value in graph.stored.items()],
    )
    opset = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(made, opset_imports=opset, ir_version=_IR, producer_name="opal")
    onnx.checker.check_model(model)
    return model


def export(checkpoint: Path, name: str, folder: Path = WEIGHTS) -> list[Path]:
    """Write both scales' files, named opal-x{scale}-{name}.onnx."""
    weights = torch.load(checkpoint, map_location="cpu")["average"]
    shape = shape_of(weights)
    paths = []
    for scale in SCALES:
        path = folder / f"opal-x{scale}-{name}.onnx"
        path.write_bytes(build(weights, shape, scale).SerializeToString(deterministic=True))
        paths.append(path)
    return paths


if __name__ == "__main__":
    for written in export(Path(sys.argv[1]), sys.argv[2], Path([*sys.argv, str(WEIGHTS)][3])):
        print(written, written.stat().st_size)
