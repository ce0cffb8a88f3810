"""A frame: a picture that is wanted, and where in it the product stands."""

import math
from dataclasses import dataclass
from typing import Literal

Horizontal = Literal["left", "center", "right"]
Vertical = Literal["top", "middle", "bottom"]
_ACROSS: dict[Horizontal, float] = {"left": 0.0, "center": 0.5, "right": 1.0}


@dataclass(frozen=True)
class Padding:
    """The least free border of each side: shares of the frame's height (`top`, `bottom`) and
    width (`right`, `left`), at least 0, opposite sides together below 1."""

    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    left: float = 0.0

    def __post_init__(self) -> None:
        sides = (self.top, self.right, self.bottom, self.left)
        roomy = self.top + self.bottom < 1 and self.left + self.right < 1
        if not roomy or not all(side >= 0 for side in sides):
            raise ValueError("padding is negative or leaves no room for the product")


@dataclass(frozen=True)
class Frame:
    """A picture that is wanted: `width` by `height` pixels, and the share `fill`, above 0 to 1,
    of its limiting side that the product's box may take.

    The box keeps off the padding, and stands in what is left by `horizontal` and `vertical`. In
    the `middle`, with a `floor`, its lower edge is on that line: a share of the height from the
    top, or what the padding leaves of it.
    """

    name: str
    width: int
    height: int
    fill: float
    padding: Padding = Padding()
    horizontal: Horizontal = "center"
    vertical: Vertical = "middle"
    floor: float | None = None

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or not 0 < self.fill <= 1:
            raise ValueError(f"frame {self.name!r} has no area or a fill outside (0, 1]")
        if self.floor is not None and not 0 <= self.floor <= 1:
            raise ValueError(f"frame {self.name!r} has a floor outside 0 to 1")


def floor_line(fill: float) -> float:
    """The floor line of frames that a product fills up to `fill`, as a share of the height from
    the top: a product as tall as that stands on it a little low, with seven tenths of the free
    height below it. It depends on nothing else, so all products of a catalogue share it."""
    return fill + 0.3 * (1 - fill)


def wanted_scale(width: int, height: int, frame: Frame) -> float:
    """The largest scale of a product box, `width` by `height` pixels, that keeps to the frame's
    fill and padding, in frame pixels per product pixel."""
    across, down = frame.width / width, frame.height / height
    padding = frame.padding
    return min(
        frame.fill * min(across, down),
        (1 - padding.left - padding.right) * across,
        (1 - padding.top - padding.bottom) * down,
    )


def corner(
    frame: Frame, size: tuple[int, int], product: tuple[int, int], middle: float
) -> tuple[float, float]:
    """Where the product's left and top edges go, in pixels from the frame's, not rounded.

    `size` is the frame's own as it is drawn here, `product` the box's, both (width, height).
    `middle` is the share of the free height that is above a product that is in the middle of a
    frame without a floor.
    """
    padding = frame.padding
    down = {"top": 0.0, "middle": middle, "bottom": 1.0}[frame.vertical]
    free_width = size[0] * (1 - padding.left - padding.right) - product[0]
    free_height = size[1] * (1 - padding.top - padding.bottom) - product[1]
    from_top = free_height * down
    if frame.floor is not None and frame.vertical == "middle":
        standing = size[1] * (frame.floor - padding.top) - product[1]
        from_top = min(max(standing, 0.0), max(free_height, 0.0))
    return (
        size[0] * padding.left + free_width * _ACROSS[frame.horizontal],
        size[1] * padding.top + from_top,
    )


def half_down(offset: float) -> int:
    """The nearest whole number, the lower one of two that are equally near."""
    return math.ceil(offset - 0.5)
