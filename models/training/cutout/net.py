"""The cut-out net: a small residual U-Net that compares each place with the picture's border.

Most product photos show the background along their border, so the net is given, at an eighth of
the size, how unlike the border's colours each cell is; two blocks of self-attention at a
sixteenth let it tell one large thing from its surroundings.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
STRIDE = 32
_TEMPERATURES = (0.05, 0.5)
_CELLS = 8


def _conv(inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside an identity."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = _conv(channels, channels, 1, dilation)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


class Attention(nn.Module):
    """Self-attention over all cells, told where each cell lies, and a small perceptron."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.local = nn.Conv2d(channels, channels, 5, 1, 2, groups=channels)
        self.place = nn.Conv2d(3, channels, 1)
        self.before = nn.GroupNorm(1, channels)
        self.queries = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        self.perceptron = nn.Sequential(
            nn.GroupNorm(1, channels),
            nn.Conv2d(channels, 2 * channels, 1),
            nn.ReLU(),
            nn.Conv2d(2 * channels, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        down = torch.linspace(-1, 1, height, device=x.device, dtype=x.dtype)
        across = torch.linspace(-1, 1, width, device=x.device, dtype=x.dtype)
        down = down.view(1, 1, -1, 1).expand(batch, 1, height, width)
        across = across.view(1, 1, 1, -1).expand(batch, 1, height, width)
        edge = torch.maximum(across.abs(), down.abs()) ** 2
        x = x + self.local(x) + self.place(torch.cat([across, down, edge], 1))
        cells = self.queries(self.before(x)).reshape(batch, 3, self.heads, -1, height * width)
        query, key, value = cells[:, 0], cells[:, 1], cells[:, 2]
        weight = torch.softmax(
            (query.transpose(-1, -2) @ key) * (channels // self.heads) ** -0.5, -1
        )
        seen = (value @ weight.transpose(-1, -2)).reshape(batch, channels, height, width)
        x = x + self.out(seen)
        return x + self.perceptron(x)


def border_distance(x: Tensor) -> Tensor:
    """Soft minimum of the squared colour distance to the border's cells, at an eighth of the size.

    `x`: batch x 3 x height x width; the result has a channel per temperature.
    """
    cells = F.avg_pool2d(x, _CELLS)
    batch, channels, height, width = cells.shape
    sides = [cells[:, :, 0], cells[:, :, -1], cells[:, :, :, 0], cells[:, :, :, -1]]
    border = torch.cat(sides, 2)
    flat = cells.reshape(batch, channels, height * width)
    far = (flat * flat).sum(1).unsqueeze(2) + (border * border).sum(1).unsqueeze(1)
    far = (far - 2 * torch.bmm(flat.transpose(1, 2), border)).clamp_min(0)
    softest = [-t * torch.log(torch.exp(-far / t).mean(2) + 1e-6) for t in _TEMPERATURES]
    return torch.cat([each.reshape(batch, 1, height, width) for each in softest], 1)


class CutoutNet(nn.Module):
    """batch x 3 x height x width, normalised, sides multiples of 32, to logits of the same size.

    In training it returns logits at full size and at an eighth of it.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 32, 56, 96, 128)) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.down1 = nn.Sequential(_conv(3, a, 2), _conv(a, a))
        self.down2 = nn.Sequential(_conv(a, b, 2), Residual(b))
        self.down3 = nn.Sequential(_conv(b, c, 2), Residual(c), Residual(c))
        self.prior = nn.Sequential(
            nn.Conv2d(len(_TEMPERATURES), 16, 1), nn.ReLU(), nn.Conv2d(16, c, 1)
        )
        self.down4 = nn.Sequential(_conv(c, d, 2), Residual(d), Residual(d, 2), Residual(d))
        self.attention = nn.Sequential(Attention(d), Attention(d))
        self.down5 = nn.Sequential(_conv(d, e, 2), Residual(e), Residual(e, 2))
        self.join4, self.up4 = nn.Conv2d(e, d, 1), _conv(d, d)
        self.join3, self.up3 = nn.Conv2d(d, c, 1), nn.Sequential(_conv(c, c), _conv(c, c))
        self.join2, self.up2 = nn.Conv2d(c, b, 1), nn.Sequential(_conv(b, b), _conv(b, b))
        self.join1, self.up1 = nn.Conv2d(b, a, 1), _conv(a, a)
        self.to_full = nn.Conv2d(a, 8, 1)
        self.head = nn.Sequential(_conv(11, 8), nn.Conv2d(8, 1, 3, 1, 1))
        self.coarse = nn.Conv2d(c, 1, 3, 1, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        one = self.down1(x)
        two = self.down2(one)
        with torch.autocast(x.device.type, enabled=False):
            far = border_distance(x.float())
        three = self.down3(two)
        three = three + self.prior(far.to(three.dtype))
        four = self.attention(self.down4(three))
        five = self.down5(four)
        four = self.up4(four + _like(self.join4(five), four))
        three = self.up3(three + _like(self.join3(four), three))
        two = self.up2(two + _like(self.join2(three), two))
        one = self.up1(one + _like(self.join1(two), one))
        logits = self.head(torch.cat([_like(self.to_full(one), x), x.to(one.dtype)], 1))
        return logits, self.coarse(three)


def _like(x: Tensor, other: Tensor) -> Tensor:
    return F.interpolate(x, size=other.shape[-2:], mode="bilinear", align_corners=False)
