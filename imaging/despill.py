"""Takes a single old background colour out of the soft edge of a cut-out that others made."""

import cv2
import numpy as np

from imaging.graded_blur import blur
from imaging.pixels import Floats, Pixels

_SIDE = 320
_REACH, _LEAST_REACH = 0.010, 3.0
_HALF = (50, 205)
_FEWEST = 60
_KNOWN = 0.002
_AGREED = 24.0
_APART = 40.0


def despill(cutout: Pixels) -> None:
    """Unmix the old background from partly clear pixels of a cut-out, uint8 RGBA, in place.

    A careless cut-out keeps the photo's own colours C = a F + (1 - a) B along its edge, alpha a,
    and a fringe of the old background B shows. With the colour of nearby opaque pixels for F, each
    half clear pixel tells a B. Only where they agree on one colour, which is not the product's, is
    it taken out: F = (C - (1 - a) B) / a. Clear and opaque pixels and all alpha stay.
    """
    alpha = cutout[:, :, 3]
    soft = cv2.inRange(alpha, 1, 254)
    if int(cv2.countNonZero(soft)) < _FEWEST:
        return
    columns, rows = np.asarray(cv2.findNonZero(soft), np.int32).reshape(-1, 2).T
    pixels = cutout[rows, columns].astype(np.float32)
    near, known = _product_colours(cutout, rows, columns)
    ground = _ground(pixels, near, known)
    if ground is None:
        return
    share = pixels[:, 3:] / 255
    clean = (pixels[:, :3] - (1 - share) * ground) / share
    # Where little of the product is left, division only amplifies noise.
    trust = np.clip((share - 0.05) / 0.3, 0, 1)
    guess = np.where(known[:, None], near, pixels[:, :3])
    cutout[rows, columns, :3] = np.rint(np.clip(trust * clean + (1 - trust) * guess, 0, 255))


def _ground(pixels: Floats, near: Floats, known: "np.typing.NDArray[np.bool_]") -> Floats | None:
    """The background's colour that the edge agrees on, or None."""
    half = known & (pixels[:, 3] >= _HALF[0]) & (pixels[:, 3] <= _HALF[1])
    if int(half.sum()) < _FEWEST:
        return None
    share = pixels[half, 3:] / 255
    told = (pixels[half, :3] - share * near[half]) / (1 - share)
    ground = np.median(told, axis=0)
    half_off, most_off = np.quantile(np.abs(told - ground).max(axis=1), (0.5, 0.65))
    apart = np.abs(near[half] - ground).max(axis=1)
    agreed = half_off <= _AGREED and most_off <= 1.6 * _AGREED
    a_colour = ground.min() > -_AGREED and ground.max() < 255 + _AGREED
    if not (agreed and a_colour) or np.median(apart) < _APART:
        return None
    return np.asarray(np.clip(ground, 0, 255), np.float32)


def _product_colours(
    cutout: Pixels, rows: "np.typing.NDArray[np.int32]", columns: "np.typing.NDArray[np.int32]"
) -> tuple[Floats, "np.typing.NDArray[np.bool_]"]:
    """The colour of opaque pixels near each of the given, and whether there are any."""
    height, width = cutout.shape[:2]
    shrink = max(1.0, max(height, width) / _SIDE)
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    solid = cv2.inRange(cutout[:, :, 3], 255, 255)
    cover = np.asarray(cv2.resize(solid, size, interpolation=cv2.INTER_AREA), np.float32)
    kept = cv2.bitwise_and(cutout[:, :, :3], cutout[:, :, :3], mask=solid)
    colour = np.asarray(cv2.resize(kept, size, interpolation=cv2.INTER_AREA), np.float32)
    sigma = max(_LEAST_REACH, _REACH * max(size))
    weight, colour = blur(cover, sigma, 1.0) / 255, blur(colour, sigma, 1.0)
    at = rows * size[1] // height, columns * size[0] // width
    total = weight[at]
    near = colour[at] / np.maximum(total, 1e-4)[:, None]
    return np.asarray(near, np.float32), total > _KNOWN
