"""Where the parts of a matte stand on the floor, read from their lower outlines.

A product seen a little from above meets the floor along a line that recedes: the far corner of a
box is higher in the picture and yet on the floor. A floor line recedes at a moderate slope; what
rises more steeply (the sides of a ring, the handle of a cup) has left the floor.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from imaging.pixels import Floats, Pixels

PITCH = 0.30
"""Screen rows for each unit of depth on the floor: the sine of the camera's usual pitch."""
_SLOPE = 0.45
_STEEPEST = 1.8
_MOST_SIDE = 0.15
_LEAST_EDGE = 0.06
_SOLID = 0.3
_SMALL_PART = 0.004
_NEAR_FLOOR = 0.35
_DEPTH = 0.32


@dataclass(frozen=True)
class Footing:
    """One part of a matte and the floor under it. Columns and rows are canvas pixels.

    `solid`: bool, rows x columns, True where there is product. `left`: the part's first column;
    the arrays that follow have one value for each of its columns, float32. `front`: the floor's
    row at the near side of the part. `back`: at its far side, guessed. `touch`: 1 where the part
    stands on the floor, falling to 0 as its outline leaves it. `size`: the smaller side of the
    part in pixels. `opacity`: the mean alpha of the part, 0 to 1.
    """

    solid: "np.typing.NDArray[np.bool_]"
    left: int
    front: Floats
    back: Floats
    touch: Floats
    size: float
    opacity: float


def footings(alpha: Floats) -> list[Footing]:
    """The parts of a matte (float32, height x width, 0 to 1), each with its floor.

    A part that ends far above the lowest one hangs in the air, over the floor of the lowest.
    """
    parts = list(_parts(alpha))
    if not parts:
        return []
    bottoms = [int(np.flatnonzero(part.any(axis=1))[-1]) for part in parts]
    tops = [int(np.flatnonzero(part.any(axis=1))[0]) for part in parts]
    base, height = max(bottoms), max(bottoms) - min(tops) + 1
    return [
        _footing(alpha, part, base if base - bottom > _NEAR_FLOOR * height else bottom)
        for part, bottom in zip(parts, bottoms, strict=True)
    ]


def _parts(alpha: Floats) -> Iterator["np.typing.NDArray[np.bool_]"]:
    mask: Pixels = (alpha > _SOLID).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    least = _SMALL_PART * int(mask.sum())
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] >= least:
            yield labels == label


def _footing(alpha: Floats, part: "np.typing.NDArray[np.bool_]", floor: int) -> Footing:
    columns = np.flatnonzero(part.any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    body = part[:, left:right]
    bottom = (body.shape[0] - 1 - np.argmax(body[::-1], axis=0)).astype(np.float32)
    rows = np.flatnonzero(body.any(axis=1))
    size = float(min(right - left, rows[-1] - rows[0] + 1))
    opacity = float(alpha[part].mean())
    width = bottom.size
    if rows[-1] < floor:
        flat = np.full(width, floor, np.float32)
        back = np.full(width, floor - _DEPTH * PITCH * size, np.float32)
        return Footing(part, left, flat, back, 0 * flat, size, opacity)
    lift = _envelope(bottom) - bottom
    for outline, above in ((bottom, lift), (bottom[::-1], lift[::-1])):
        _keep_straight_edge(outline, above, size)
    touch = np.exp(-lift / (0.03 * size + 0.5)).astype(np.float32)
    stands = np.flatnonzero(lift <= 0.02 * size + 0.5)
    front = np.interp(np.arange(width), stands, bottom[stands]).astype(np.float32)
    depth = np.minimum(_depth(front, stands, size), _thickness(body, bottom))
    return Footing(part, left, front, front - depth, touch, size, opacity)


def _envelope(bottom: Floats) -> Floats:
    """The lowest line over the outline that nowhere rises faster than a floor line recedes."""
    ramp = _SLOPE * np.arange(bottom.size, dtype=np.float32)
    falling = np.maximum.accumulate(bottom + ramp) - ramp
    rising = np.maximum.accumulate((bottom - ramp)[::-1])[::-1] + ramp
    return np.asarray(np.maximum(falling, rising), np.float32)


def _keep_straight_edge(bottom: Floats, lift: Floats, size: float) -> None:
    """Put the last columns back on the floor, in place, where they are the edge of a box.

    A box seen over its corner has a narrow side whose edge rises steeply, but straight, and then
    the outline turns up sharply; a curve that leaves the floor does not.
    """
    edge = int(np.flatnonzero(lift <= 0.01 * size)[-1])
    step = max(2, round(0.01 * size))
    rises = np.flatnonzero(bottom[edge:-step] - bottom[edge + step :] > _STEEPEST * step)
    end = edge + int(rises[0]) if rises.size else bottom.size - 1
    if end - edge < _LEAST_EDGE * bottom.size or bottom.size - end > _MOST_SIDE * bottom.size:
        return
    line = np.linspace(bottom[edge], bottom[end], end - edge + 1)
    if np.abs(bottom[edge : end + 1] - line).max() <= 0.006 * size + 0.75:
        lift[edge : end + 1] = 0


def _thickness(body: "np.typing.NDArray[np.bool_]", bottom: Floats) -> Floats:
    """Rows of matter right above the lower outline: what stands on a base hides all of the base,
    so a thin run over a hole, as a ring has, stands on a base no deeper than that."""
    rows = np.arange(body.shape[0], dtype=np.float32)[:, None]
    clear = np.where(body | (rows >= bottom), -1, rows).max(axis=0)
    thin = cv2.erode((bottom - clear)[None], np.ones((1, 5), np.uint8))[0]
    return np.asarray(np.maximum(1, thin), np.float32)


def _depth(front: Floats, stands: "np.typing.NDArray[np.intp]", size: float) -> Floats:
    """How far above the near side the far side is: that is the near one turned by half a circle
    about the middle of its two ends.

    That is exact for what has a box or an ellipse for its base. A straight front tells nothing of
    the depth; it is then taken as a share of the part's size.
    """
    first, last = int(stands[0]), int(stands[-1])
    span = np.arange(first, last + 1)
    depth = np.zeros(front.size, np.float32)
    depth[first : last + 1] = front[span] + front[span[::-1]] - front[first] - front[last]
    along = (np.arange(front.size) - (first + last) / 2) / max((last - first) / 2, 1)
    guess = np.sqrt(np.clip(1 - along**8, 0.2, 1)) * _DEPTH * PITCH * min(size, last - first + 1.0)
    return np.asarray(np.maximum(np.clip(depth, 0, 0.5 * size), guess), np.float32)
