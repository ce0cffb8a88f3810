"""One leaf of a picture: a shape of any outline, painted in a texture."""

import cv2
import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats, Pixels
from models.training.upscale.textures import Random

LARGEST = 460.0


def muted_colour(random: Random) -> Floats:
    """Mostly muted, as things are; brightness spread evenly, with true blacks and whites."""
    grey = float(np.clip(random.uniform(-0.05, 1.05), 0, 1)) * 255
    tint = random.normal(0, 1, 3) * float(random.choice((4, 12, 30, 70)))
    return np.asarray(np.clip(grey + tint - tint.mean(), 0, 255), np.float32)


def paint(random: Random, shape: tuple[int, int], bank: list[Pixels]) -> Pixels:
    """A patch of `shape` in two colours mixed by a texture, or of one colour with a slope."""
    height, width = shape
    first, second = muted_colour(random), muted_colour(random)
    if random.random() < 0.7:  # contrast within a thing is mostly low
        second = first + (second - first) * float(random.uniform(0, 1))
    if random.random() < 0.2:
        angle = float(random.uniform(0, 2 * np.pi))
        y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
        slope = np.cos(angle) * x + np.sin(angle) * y + float(random.random() - 0.5)
        mix = np.asarray(np.clip(slope, 0, 1), np.float32)
    else:
        mix = cut(random, bank[int(random.integers(len(bank)))], shape)
    patch = first + (second - first) * mix[:, :, None]
    return np.asarray(np.clip(patch, 0, 255), np.uint8)


def cut(random: Random, plane: Pixels, shape: tuple[int, int]) -> Floats:
    """A part of a plane at a random zoom, mirrored or turned."""
    zoom = float(np.exp(random.uniform(np.log(0.7), np.log(2.5))))
    side = int(np.clip(max(shape) / zoom, 8, plane.shape[0]))
    top, left = (int(each) for each in random.integers(0, plane.shape[0] - side + 1, 2))
    part = plane[top : top + side, left : left + side]
    part = np.rot90(part, int(random.integers(4)))
    part = part[:, ::-1] if random.random() < 0.5 else part
    how = cv2.INTER_CUBIC if side < max(shape) else cv2.INTER_AREA
    large = cv2.resize(np.ascontiguousarray(part), (max(shape),) * 2, interpolation=how)
    return np.asarray(large[: shape[0], : shape[1]] / np.float32(255), np.float32)


def _outline(random: Random, radius: float) -> npt.NDArray[np.int32]:
    """A closed line around (0, 0): an ellipse, a polygon, a box, a blob or a thin sliver."""
    kind = random.random()
    corners = 48 if kind < 0.55 else int(random.integers(3, 8))
    angles = np.sort(random.uniform(0, 2 * np.pi, corners)) if corners < 9 else None
    if angles is None:
        angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    if 0.75 < kind < 0.9:
        angles = np.array([0.25, 0.75, 1.25, 1.75]) * np.pi
    reach = np.full(angles.shape, radius)
    if kind < 0.3:
        for wave in range(2, 6):
            reach += (
                radius
                * random.normal(0, 0.5 / wave)
                * np.cos(wave * angles + random.uniform(0, 2 * np.pi))
            )
    aspect = float(np.exp(-abs(random.normal(0, 0.7)))) if kind < 0.9 else 0.06
    turn = float(random.uniform(0, 2 * np.pi))
    x, y = reach * np.cos(angles), reach * np.sin(angles) * aspect
    points = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)])
    return np.asarray(np.rint(points.T), np.int32)


def lay_leaf(random: Random, canvas: Pixels, bank: list[Pixels], smallest: float) -> None:
    """Lay one shape, filled or as an outline, over the canvas."""
    side = canvas.shape[0]
    share = 1 - float(random.random()) * (1 - (smallest / LARGEST) ** 2)
    radius = smallest / np.sqrt(share)
    outline = _outline(random, radius) + random.integers(0, side, 2).astype(np.int32)
    left, top = np.maximum(outline.min(0) - 3, 0)
    right, bottom = np.minimum(outline.max(0) + 4, side)
    if right - left < 1 or bottom - top < 1:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    local = (outline - np.array([left, top])).astype(np.int32)
    if random.random() < 0.12:
        cv2.polylines(mask, [local], True, 1, int(random.integers(1, 6)))
    else:
        cv2.fillPoly(mask, [local], 1)
    spot = canvas[top:bottom, left:right]
    if radius < 9:
        patch = np.broadcast_to(muted_colour(random).astype(np.uint8), spot.shape)
    else:
        patch = paint(random, mask.shape, bank)
    np.copyto(spot, patch, where=mask[:, :, None] > 0)
