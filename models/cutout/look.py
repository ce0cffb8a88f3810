"""One look of the net at a photo or at a part of it."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from imaging.layout import Box
from imaging.pixels import Floats, Pixels
from imaging.resize import resize
from models.engine import Model
from models.entries import Entry

Mask = npt.NDArray[np.bool_]

_STRIP_ROWS = 512
_STEP = 32
# Families whose nets take any size; the others see the part squeezed to their square.
_UNDISTORTED = frozenset({"opal"})


class Net(Protocol):
    """A loaded net: `run` takes float32 N x 3 x H x W and gives its first output, N x 1 x H x W."""

    @property
    def entry(self) -> Entry: ...

    @property
    def model(self) -> Model: ...

    def run(self, planes: Floats) -> Floats: ...


@dataclass(frozen=True)
class Look:
    """What the net saw in `box`, in the photo's pixels.

    `mask`: float32, height x width at the net's own size, 0 ground to 1 product, to be spread
    over the box. `peak`: the mask's maximum before it was stretched, 0 to 1.
    """

    box: Box
    mask: Floats
    peak: float


def look(net: Net, rgb: Pixels, box: Box) -> Look:
    """Run the net on one box of `rgb`, uint8, height x width x 3."""
    part = rgb[box.y : box.y + box.height, box.x : box.x + box.width]
    entry = net.entry
    sides = sorted(entry.sides or (entry.input_size,))
    views = [_seen(net, normalised(shrunk(part, entry, side), entry)) for side in sides]
    rows, columns = views[-1].shape
    same = [spread(view, columns, rows) for view in views]
    seen: Floats = np.asarray(np.mean(same, axis=0), np.float32)
    low, high = float(seen.min()), float(seen.max())
    if entry.stretch == "minmax" and high > low:
        return Look(box, (seen - np.float32(low)) / np.float32(high - low), high)
    return Look(box, np.clip(seen, 0, 1), high)


def _seen(net: Net, planes: Floats) -> Floats:
    """What the net gives for 1 x 3 x height x width, as height x width, 0 to 1."""
    if not net.entry.mirror:
        return np.asarray(_activated(net, planes)[0, 0], np.float32)
    both = _activated(net, np.concatenate([planes, planes[:, :, :, ::-1]]))[:, 0]
    return np.asarray((both[0] + both[1, :, ::-1]) / 2, np.float32)


def _activated(net: Net, planes: Floats) -> Floats:
    output = net.run(planes)
    if net.entry.activation == "none":
        return output
    return np.asarray(1 / (1 + np.exp(-np.clip(output, -60, 60))), np.float32)


def shrunk(part: Pixels, entry: Entry, side: int) -> Pixels:
    """The part at the size that the net takes, `side` x `side` pixels.

    A net of ours sees it undistorted but for the rounding of its sides to multiples of 32, with
    as many pixels as its square has. Other families take a square, shrunk as rembg does it, bit
    for bit: with Pillow's Lanczos filter, whatever the part's aspect.
    """
    if entry.family in _UNDISTORTED:
        return resize(part, *input_size(part.shape[1], part.shape[0], side))
    # Pillow filters along rows first, so strips give the same and need no copy of the photo.
    strips = [
        np.asarray(Image.fromarray(strip).resize((side, strip.shape[0]), Image.Resampling.LANCZOS))
        for strip in (part[top : top + _STRIP_ROWS] for top in range(0, len(part), _STRIP_ROWS))
    ]
    narrow = Image.fromarray(np.concatenate(strips))
    return np.asarray(narrow.resize((side, side), Image.Resampling.LANCZOS))


def input_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height, multiples of 32, of about the same aspect, with about side x side pixels.

    Beyond 4 : 1 the aspect is not followed.
    """
    aspect = float(np.clip(width / height, 0.25, 4)) ** 0.5
    across = max(_STEP, _STEP * round(side * aspect / _STEP))
    return across, max(_STEP, _STEP * round(side * side / across / _STEP))


def normalised(small: Pixels, entry: Entry) -> Floats:
    """1 x 3 x height x width, as the entry's peak, mean and std ask for."""
    peak = max(float(small.max()), 1e-6) if entry.peak == "image" else 255.0
    planes = (small / peak - entry.mean) / entry.std  # in double precision, as rembg has it
    return np.ascontiguousarray(planes.transpose(2, 0, 1)[None], np.float32)


def plain_alpha(seen: Look, width: int, height: int) -> Pixels:
    """A look at the whole photo as its alpha, enlarged as rembg does it, bit for bit."""
    codes = Image.fromarray((seen.mask * 255).astype(np.uint8))
    return np.asarray(codes.resize((width, height), Image.Resampling.LANCZOS))


def spread(mask: Floats, width: int, height: int) -> Floats:
    """A mask at another size, bilinear, antialiased where it shrinks."""
    smaller = width < mask.shape[1] and height < mask.shape[0]
    way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(mask, (width, height), interpolation=way), np.float32)
