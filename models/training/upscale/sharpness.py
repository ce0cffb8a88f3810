"""The loss of the sharp nets: nearer to a sharpened target, with a bound on what it may add."""

import torch
from torch.nn import functional

_AMOUNT = 0.6
_BOUND = 0.06
_SIGMA = 1.0


def sharp_loss(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Charbonnier distance to the sharpened picture, plus that of both pictures' gradients.

    Both are count x 3 x height x width, RGB, 0 to 1.
    """
    target = sharpened(wanted)
    return _distance(made, target) + 0.5 * sum(
        (_distance(made.diff(dim=axis), target.diff(dim=axis)) for axis in (2, 3)),
        torch.zeros((), device=made.device),
    )


def sharpened(picture: torch.Tensor) -> torch.Tensor:
    """Unsharp masking that moves no value by more than 0.06 nor past its neighbours by more."""
    blurred = _blur(picture)
    change = (_AMOUNT * (picture - blurred)).clamp(-_BOUND, _BOUND)
    highest = functional.max_pool2d(picture, 5, 1, 2) + _BOUND / 3
    lowest = -functional.max_pool2d(-picture, 5, 1, 2) - _BOUND / 3
    return (picture + change).minimum(highest).maximum(lowest).clamp(0, 1)


def _blur(picture: torch.Tensor) -> torch.Tensor:
    at = torch.arange(-3, 4, device=picture.device, dtype=picture.dtype)
    line = torch.exp(-0.5 * (at / _SIGMA) ** 2)
    line = (line / line.sum()).repeat(3, 1)
    padded = functional.pad(picture, (3, 3, 3, 3), mode="replicate")
    rows = functional.conv2d(padded, line[:, None, None, :], groups=3)
    return functional.conv2d(rows, line[:, None, :, None], groups=3)


def _distance(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return torch.sqrt((made - wanted) ** 2 + 1e-6).mean()
