"""Between the canvas and the frame in which the model paints."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from imaging.fill import fill
from imaging.layout import Box
from imaging.pixels import Pixels
from imaging.resize import resize
from models.enlarge import spread_colour
from models.place.diffusion.shapes import Shapes

_LONGEST = 2  # times the model's own side: what is longer it repeats and stacks
_RIM = 256  # of the frame's short side: how far the product is kept beyond its edge
_KEPT_ALPHA = 64


@dataclass(frozen=True)
class Frame:
    """`width` x `height`: pixels in which the model paints. `inner`: the canvas within it; what is
    around that is painted too and cut off. `scale`: frame pixels per canvas pixel."""

    width: int
    height: int
    inner: Box
    scale: float


@dataclass(frozen=True, eq=False)
class Kept:
    """What the model sees of the product: `rgb` uint8, frame size, mid-grey where it may paint;
    `mask`: bool, true where the product is, and a little beyond its edge."""

    rgb: Pixels
    mask: npt.NDArray[np.bool_]


def plan_frame(canvas: tuple[int, int], shapes: Shapes) -> Frame:
    """The frame for a canvas of `canvas` (width, height): its short side is the model's own, its
    long side at most twice that, its shape the canvas' but for what makes its sides fit the net."""
    scale = min(shapes.side / min(canvas), _LONGEST * shapes.side / max(canvas))
    inner = [max(1, round(side * scale)) for side in canvas]
    width, height = (-(-side // shapes.multiple) * shapes.multiple for side in inner)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    return Frame(width, height, Box(left, top, inner[0], inner[1]), scale)


def keep_product(product: Pixels, box: Box, frame: Frame) -> Kept:
    """The product, uint8 RGBA, at `box` of the canvas, as it lies in the frame.

    The rim beyond its edge has the edge's colours, for the model to paint on from.
    """
    left, top = (round(at * frame.scale) for at in (box.x, box.y))
    right = max(left + 1, round((box.x + box.width) * frame.scale))
    bottom = max(top + 1, round((box.y + box.height) * frame.scale))
    small = resize(product, right - left, bottom - top)
    whole = np.zeros((frame.height, frame.width, 4), np.uint8)
    target = whole[frame.inner.y + top :, frame.inner.x + left :]
    small = small[: target.shape[0], : target.shape[1]]
    target[: small.shape[0], : small.shape[1]] = small
    mask = _wider(whole[:, :, 3] >= _KEPT_ALPHA, _rim(frame))
    rgb = spread_colour(whole)
    rgb[~mask] = 128
    return Kept(rgb, mask)


def finish(painted: Pixels, kept: Kept, frame: Frame) -> Pixels:
    """The painted frame without the product, cut to the canvas: the scene around is drawn over it.

    The rim goes too, and a little more, for the model blends there.
    """
    scene = fill(painted, _wider(kept.mask, 1 + _rim(frame)))
    inner = frame.inner
    return scene[inner.y : inner.y + inner.height, inner.x : inner.x + inner.width]


def _rim(frame: Frame) -> int:
    return max(1, round(min(frame.width, frame.height) / _RIM))


def _wider(mask: npt.NDArray[np.bool_], by: int) -> npt.NDArray[np.bool_]:
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), around), bool)
