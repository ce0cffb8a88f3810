"""Film grain: how noisy a product's photo is, and a scene made as noisy."""

import cv2
import numpy as np

from imaging.pixels import Floats, Pixels

_LEAST, _MOST = 0.5, 3.0
_SEEN = 0.33
_TILE = 256
_CROP = 768
_BLOCK = 16
_FEWEST = 8
_FLATTEST = 0.10
_WHITE = 1.7
"""Noise is as strong at all scales; a texture's blocks vary more than its finest detail says."""


def noise_level(cutout: Pixels) -> float:
    """Standard deviation of the luma noise of a cut-out, in code values, 0 or 0.5 to 3.

    `cutout`: uint8 RGBA. Measured in the middle of the picture, in the flattest blocks that are
    opaque and neither black nor blown out, by a Laplacian that is blind to slopes (Immerkær: Fast
    Noise Variance Estimation, 1996). It is 0 where there are too few such blocks, where they are a
    texture such as leather, and where the noise is too fine to be seen.
    """
    top, left = (max(0, (side - _CROP) // 2) for side in cutout.shape[:2])
    part = np.ascontiguousarray(cutout[top : top + _CROP, left : left + _CROP])
    grey = cv2.cvtColor(part[:, :, :3], cv2.COLOR_RGB2GRAY)
    usable = cv2.bitwise_and(cv2.inRange(part[:, :, 3], 255, 255), cv2.inRange(grey, 8, 247))
    usable = cv2.erode(usable, np.ones((3, 3), np.uint8))
    plane = grey.astype(np.float32)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    fine = np.abs(cv2.filter2D(plane, -1, kernel))
    whole = _blocks(usable).min(axis=1) > 0
    if int(whole.sum()) < _FEWEST:
        return 0.0
    finest = _blocks(fine)[whole].mean(axis=1) * np.sqrt(np.pi / 2) / 6
    spread = _detrended(_blocks(plane)[whole]).std(axis=1)
    flat = np.argsort(spread, kind="stable")[: max(_FEWEST // 2, int(_FLATTEST * spread.size))]
    level = float(np.median(finest[flat]))
    if float(np.median(spread[flat])) > _WHITE * level:
        return 0.0
    level = float(np.sqrt(max(0.0, level**2 - 1 / 12)))  # what rounding to whole codes adds
    return min(level, _MOST) if level >= _LEAST else 0.0


def _blocks(plane: "np.typing.NDArray[np.generic]") -> Floats:
    """Blocks x pixels of each, of the whole blocks of a plane."""
    rows, columns = (side // _BLOCK for side in plane.shape)
    cut = plane[: rows * _BLOCK, : columns * _BLOCK]
    parts = cut.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    return np.asarray(parts.reshape(rows * columns, _BLOCK**2), np.float32)


def _detrended(blocks: Floats) -> Floats:
    """Blocks less the plane that fits each best."""
    down, across = (axis.ravel() for axis in np.mgrid[:_BLOCK, :_BLOCK].astype(np.float32))
    trend, _ = np.linalg.qr(np.stack([np.ones_like(down), down, across], axis=1))
    return np.asarray(blocks - (blocks @ trend) @ trend.T, np.float32)


def add_grain(scene: Pixels, level: float, seed: int) -> None:
    """Add luma grain of `level` code values (standard deviation) to a uint8 RGB scene, in place.

    Pure white stays pure white. The same seed gives the same grain. Below a third of a code value
    there is none to see.
    """
    if level < _SEEN:
        return
    height, width = scene.shape[:2]
    tile = np.random.default_rng(seed).normal(0, 1, (_TILE, _TILE)).astype(np.float32)
    tile = np.rint(np.clip(level * tile, -3 * level, 3 * level)).astype(np.int16)
    row = np.tile(tile, (1, -(-width // _TILE)))[:, :width]
    grain = np.ascontiguousarray(np.repeat(row[:, :, None], 3, axis=2))
    for top in range(0, height, _TILE):
        strip = scene[top : top + _TILE]
        open_to = cv2.bitwise_not(cv2.inRange(strip, (255, 255, 255), (255, 255, 255)))
        cv2.add(strip, grain[: strip.shape[0]], dst=strip, mask=open_to, dtype=cv2.CV_8U)
