"""The nets: 3 x 3 convolutions at the small size, one pixel shuffle, a learnt bicubic skip.

The family is that of SRVGG (Wang et al.: Real-ESRGAN, ICCVW 2021, its compact models). The skip
is a 5 x 5 convolution that begins as bicubic interpolation, and activations are leaky ReLUs:
ONNX Runtime runs both several times faster than a cubic Resize and PReLU.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

SCALES = (2, 4)
SLOPE = 0.1


@dataclass(frozen=True)
class Shape:
    """`features` channels; between first and last `plain` convolutions, one after the other, then
    `pairs` of two, with a skip around each."""

    features: int
    plain: int
    pairs: int

    @property
    def reach(self) -> int:
        """How many small pixels away an input pixel can change an output pixel."""
        return self.plain + 2 * self.pairs + 2


SHAPES = {"fast": Shape(32, 8, 0), "best": Shape(48, 8, 3)}


def shape_of(weights: dict[str, torch.Tensor]) -> Shape:
    """The one of SHAPES that a checkpoint's net has, known by its channels."""
    features = weights["first.bias"].numel()
    return next(shape for shape in SHAPES.values() if shape.features == features)


class Upscaler(nn.Module):
    """One trunk with a head for each scale. Takes and gives RGB, 0 to 1, NCHW."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        wide = shape.features
        self.first = nn.Conv2d(3, wide, 3, 1, 1)
        depth = shape.plain + 2 * shape.pairs
        self.trunk = nn.ModuleList(nn.Conv2d(wide, wide, 3, 1, 1) for _ in range(depth))
        self.heads = nn.ModuleDict({str(s): nn.Conv2d(wide, 3 * s * s, 3, 1, 1) for s in SCALES})
        self.skips = nn.ModuleDict({str(s): _bicubic(s) for s in SCALES})
        for layer in (self.first, *self.trunk):
            nn.init.kaiming_normal_(layer.weight, a=SLOPE)
            nn.init.zeros_(layer.bias)
        for layer in (*self.trunk[shape.plain + 1 :: 2], *self.heads.values()):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def features(self, small: torch.Tensor) -> torch.Tensor:
        """Features of count x 3 x height x width, the same for every scale."""
        flow = functional.leaky_relu(self.first(small), SLOPE)
        plain, rest = self.trunk[: self.shape.plain], self.trunk[self.shape.plain :]
        for layer in plain:
            flow = functional.leaky_relu(layer(flow), SLOPE)
        for first, second in zip(rest[::2], rest[1::2], strict=True):
            flow = flow + second(functional.leaky_relu(first(flow), SLOPE))
        return flow

    def enlarge(self, small: torch.Tensor, features: torch.Tensor, scale: int) -> torch.Tensor:
        """The picture at `scale` from itself and its features."""
        detail = self.heads[str(scale)](features)
        padded = functional.pad(small, (2, 2, 2, 2), mode="replicate")
        with torch.autocast(small.device.type, enabled=False):
            plain = self.skips[str(scale)](padded.float())
        return functional.pixel_shuffle(plain + detail.float(), scale)

    def forward(self, small: torch.Tensor, scale: int) -> torch.Tensor:
        return self.enlarge(small, self.features(small), scale)


def grown(small: dict[str, torch.Tensor], shape: Shape) -> Upscaler:
    """A net of `shape` that begins by doing exactly what a smaller one does.

    `small`: weights of a net with as many plain convolutions and no more channels. The new channels
    are fed by the old ones and feed nothing old yet (Chen et al.: Net2Net, ICLR 2016); the new
    pairs end in zeros.
    """
    net = Upscaler(shape)
    weights = net.state_dict()
    for name, old in small.items():
        new = weights[name]
        inside = tuple(slice(0, length) for length in old.shape)
        if new.ndim == 4 and new.shape[1] > old.shape[1]:
            new[: old.shape[0], old.shape[1] :] = 0
        new[inside] = old
    net.load_state_dict(weights)
    return net


def _bicubic(scale: int) -> nn.Conv2d:
    """A 5 x 5 convolution that, with a pixel shuffle, interpolates bicubically."""
    layer = nn.Conv2d(3, 3 * scale * scale, 5, bias=False)
    weight = torch.zeros_like(layer.weight)
    for row in range(5):
        for column in range(5):
            impulse = torch.zeros(1, 1, 11, 11)
            impulse[0, 0, 3 + row, 3 + column] = 1
            large = functional.interpolate(
                impulse, scale_factor=scale, mode="bicubic", align_corners=False
            )
            centre = large[0, 0, 5 * scale : 6 * scale, 5 * scale : 6 * scale].reshape(-1)
            for channel in range(3):
                first = channel * scale * scale
                weight[first : first + scale * scale, channel, row, column] = centre
    layer.weight.data.copy_(weight)
    return layer
