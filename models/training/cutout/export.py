"""Writes the trained net as ONNX: sigmoid inside, any height and width in multiples of 32.

python -m models.training.cutout.export --checkpoint FILE --out models/weights/opal-cutout.onnx
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

from models.training.cutout.net import CutoutNet

OPSET = 17
_SIDE = 320


class Probabilities(nn.Module):
    """The net as it is served: one output, 0 to 1."""

    def __init__(self, net: CutoutNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.net(x)[0])


def export(checkpoint: Path, out: Path) -> None:
    """Write the moving average of `checkpoint`."""
    net = CutoutNet()
    net.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["mean"])
    sides = {0: "batch", 2: "height", 3: "width"}
    torch.onnx.export(
        Probabilities(net.eval()).eval(),
        (torch.zeros(1, 3, _SIDE, _SIDE),),
        str(out),
        input_names=["input"],
        output_names=["matte"],
        dynamic_axes={"input": sides, "matte": sides},
        opset_version=OPSET,
        dynamo=False,
    )


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m models.training.cutout.export")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    export(options.checkpoint, options.out)


if __name__ == "__main__":
    main()
