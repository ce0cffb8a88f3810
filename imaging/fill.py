"""Fills holes of a picture smoothly from what is around them."""

import cv2
import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats, Pixels


def fill(rgb: Pixels, hole: npt.NDArray[np.bool_]) -> Pixels:
    """`rgb`, uint8 height x width x 3, with the pixels under `hole` made from those beside it.

    Pull and push (Gortler et al.: The Lumigraph, 1996): the known pixels are averaged at ever half
    the size, and each unknown pixel takes the finest average that there is. Known pixels stay as
    they are; where nothing is known, all of the picture does.
    """
    known = (~hole).astype(np.float32)
    if known.all() or not known.any():
        return rgb.copy()
    found = _filled(rgb * known[:, :, None], known)
    result = rgb.copy()
    result[hole] = np.rint(found[hole]).clip(0, 255).astype(np.uint8)
    return result


def _filled(total: Floats, weight: Floats) -> Floats:
    """Colours everywhere, of `total`, colour times weight; `weight`, 0 to 1: how known it is."""
    height, width = weight.shape
    own = total / np.maximum(weight, 1e-6)[:, :, None]
    if weight.min() > 0 or (height, width) == (1, 1):
        return np.asarray(own, np.float32)
    half = (width + 1) // 2, (height + 1) // 2
    means = np.asarray(cv2.resize(total, half, interpolation=cv2.INTER_AREA), np.float32)
    shares = np.asarray(cv2.resize(weight, half, interpolation=cv2.INTER_AREA), np.float32)
    # One known pixel of four makes their mean known in full.
    known = np.minimum(4 * shares, 1)
    means *= (known / np.maximum(shares, 1e-6))[:, :, None]
    coarse = cv2.resize(_filled(means, known), (width, height), interpolation=cv2.INTER_LINEAR)
    share = weight[:, :, None]
    return np.asarray(share * own + (1 - share) * coarse, np.float32)
