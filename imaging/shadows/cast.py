"""The shadow that a product throws on the floor and up the wall, built from its matte.

The matte is taken for a solid: each row of the product, where it has matter, is a thin slab that is
as deep as the part's base lets one guess. The light moves each slab over the floor by its height.
"""

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from imaging.footing import PITCH, Footing
from imaging.lighting import Lighting
from imaging.pixels import Floats
from imaging.shadows.penumbra import soften

_STEP = 2.0
_MOST_SLABS = 260
_ROUND = 0.8
_FADE = 3.0


def cast_shadow(
    parts: Sequence[Footing], shape: tuple[int, int], light: Lighting, horizon: float
) -> Floats:
    """Share of the key light that is blocked, 0 to 1, float32 of `shape` (rows, columns).

    `horizon`: the row where the floor ends; above it the shadow stands on a wall. Edges soften
    with the distance from what casts them, and the shadow fades with it.
    """
    blocked = np.zeros(shape, np.float32)
    for part in parts:
        way = np.full(shape, -1, np.float32)
        for height, points in _slabs(part, shape, light):
            moved, distance = _move(points, height, light, horizon)
            outline = np.rint(moved).astype(np.int32)
            cv2.fillPoly(way, [outline], distance)
        soft = soften(way, light.softness)
        fade = part.opacity * np.exp(-np.maximum(soft[1], 0) / (_FADE * part.size))
        blocked = np.maximum(blocked, soft[0] * fade)
    return blocked


def _slabs(
    part: Footing, shape: tuple[int, int], light: Lighting
) -> Iterator[tuple[float, Floats]]:
    """Height and outline (points x 2: column, row, as if on the floor) of each slab, top first."""
    stretch = 1 / math.tan(math.radians(light.elevation))
    rows = np.flatnonzero(part.solid.any(axis=1))
    tallest = float(part.front.max() - rows[0])
    reach = max(shape) / max(stretch, 1e-3)
    tallest = min(tallest, 1.5 * reach)
    count = int(np.clip(tallest * stretch / _STEP, 24, _MOST_SLABS))
    for height in np.linspace(tallest, 0, count):
        for first, last in runs_at(part, float(height)):
            yield float(height), slab(part, first, last)


def runs_at(part: Footing, height: float) -> list[tuple[int, int]]:
    """The runs of columns, counted from the part's first, with matter at that height."""
    width = part.front.size
    rows = np.rint(part.front - height).astype(np.intp)
    inside = (rows >= 0) & (rows < part.solid.shape[0])
    columns = part.left + np.arange(width)
    matter = np.zeros(width + 2, np.int8)
    matter[1:-1] = inside & part.solid[np.clip(rows, 0, part.solid.shape[0] - 1), columns]
    turns = np.flatnonzero(np.diff(matter))
    return [(int(a), int(b) - 1) for a, b in zip(turns[::2], turns[1::2], strict=True)]


def slab(part: Footing, first: int, last: int) -> Floats:
    """Outline of a run of columns laid on the floor: as round as it is wide, no deeper than the
    base; points x 2, canvas columns and rows."""
    at = np.unique(np.rint(np.linspace(first, last, min(last - first + 1, 16))).astype(np.intp))
    base = part.front - part.back
    middle = (part.front[at] + part.back[at]) / 2
    along = (at - (first + last) / 2) / max((last - first) / 2, 0.5)
    ratio = max(float(base.max()) / base.size, _ROUND * PITCH)
    depth = min(float(base.max()), ratio * (last - first + 1))
    half = np.sqrt(np.clip(1 - along**4, 0, 1)) * depth / 2
    half = np.where(part.touch[at] > 0.5, np.minimum(half, base[at] / 2), half)
    near = np.stack([part.left + at, middle + half], axis=1)
    far = np.stack([part.left + at, middle - half], axis=1)
    return np.concatenate([near, far[::-1]]).astype(np.float32)


def _move(points: Floats, height: float, light: Lighting, horizon: float) -> tuple[Floats, float]:
    """The slab where its shadow falls, and how far that is from the slab, in pixels."""
    azimuth, elevation = math.radians(light.azimuth), math.radians(light.elevation)
    right, away = -math.cos(azimuth), -math.sin(azimuth)
    along = height / math.tan(elevation)
    row = float(points[:, 1].mean())
    up = 0.0
    to_wall = (row - horizon) / PITCH
    if along * away > max(to_wall, 0.0):
        along = max(to_wall, 0.0) / away
        up = height - along * math.tan(elevation)
    shift = np.array([along * right, -PITCH * along * away - up], np.float32)
    return points + shift, along / math.cos(elevation)
