"""The darkness right where a product meets the floor: the room's light can't get in there."""

from collections.abc import Sequence

import cv2
import numpy as np

from imaging.footing import Footing
from imaging.graded_blur import blur
from imaging.pixels import Floats
from imaging.shadows.cast import runs_at, slab

# (up to which height, blur, darkness): heights and blurs in sizes of the part. The lowest is the
# line of contact; the others stand for what hangs close above the floor.
_LAYERS = ((0.015, 0.020, 0.80), (0.06, 0.065, 0.50), (0.25, 0.20, 0.36))
_FLAT = 0.7
_SLABS = 5
# The far side of the base is a guess, and seen only through holes: it ends softly.
_BASE = ((1.0, 0.35), (0.7, 0.6), (0.4, 1.0))


def contact_shadow(parts: Sequence[Footing], shape: tuple[int, int]) -> Floats:
    """Share of the room's light that is kept off the floor, 0 to 1, float32 of `shape`."""
    open_share = np.ones(shape, np.float32)
    for part in parts:
        size = part.size
        for highest, spread, darkness in _LAYERS:
            mask = _footprint(part, shape, highest * size)
            soft = blur(mask, max(0.7, spread * size), _FLAT)
            open_share *= 1 - part.opacity * darkness * np.minimum(1, 1.5 * soft)
    return np.asarray(1 - open_share, np.float32)


def _footprint(part: Footing, shape: tuple[int, int], highest: float) -> Floats:
    """What stands on the floor or hangs no higher than `highest` above it, seen on the floor."""
    mask = np.zeros(shape, np.float32)
    for height in np.linspace(highest, 0, _SLABS):
        share = 1 - 0.5 * height / max(highest, 1e-6)
        for first, last in runs_at(part, float(height)):
            cv2.fillPoly(mask, [np.rint(slab(part, first, last)).astype(np.int32)], float(share))
    stands = np.flatnonzero(part.touch > 0.5)
    if stands.size:
        span = np.arange(stands[0], stands[-1] + 1)
        for depth, share in _BASE:
            rear = part.front + depth * (part.back - part.front)
            near = np.stack([part.left + span, part.front[span]], axis=1)
            far = np.stack([part.left + span, rear[span]], axis=1)
            outline = np.rint(np.concatenate([near, far[::-1]])).astype(np.int32)
            cv2.fillPoly(mask, [outline], share)
    return mask
