"""Changes the size of pictures with a Lanczos filter, without aliasing and without fringes."""

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyvips

from imaging.pixels import Pixels

_TILE = 64


def resize(pixels: Pixels, width: int, height: int) -> Pixels:
    """Resize uint8 pixels, height x width x channels, to `width` by `height` in pixels.

    One channel may be given without its axis and comes back so; two-dimensional in, the same
    out. With four channels the fourth is straight alpha, and colour is weighted by it, so the
    colour of clear pixels leaks nowhere; clear pixels come back black.

    libvips shrinks (Lanczos3, antialiased, fast and exact). OpenCV enlarges (Lanczos, 8 taps):
    libvips falls back to bicubic there and shifts the picture by a fraction of a pixel.
    Raises ValueError for sizes below 1 and for other layouts.
    """
    plane = pixels.ndim == 2
    source = pixels[:, :, None] if plane else pixels
    if min(width, height) < 1 or source.ndim != 3 or source.shape[2] not in (1, 3, 4):
        raise ValueError(f"cannot resize {pixels.shape} to {width} x {height}")
    rows, columns, _ = source.shape
    if (columns, rows) == (width, height):
        return pixels.copy()
    source = _shrink(source, min(width, columns), min(height, rows))
    source = _enlarge(source, width, height)
    return source[:, :, 0] if plane else source


def _shrink(pixels: Pixels, width: int, height: int) -> Pixels:
    rows, columns, bands = pixels.shape
    if (columns, rows) == (width, height):
        return pixels
    source = np.ascontiguousarray(pixels)  # libvips reads this memory until the last line
    image: Any = pyvips.Image.new_from_memory(source.data, columns, rows, bands, "uchar")
    image = image.copy(interpretation="srgb") if bands == 4 else image
    scale, by = width / columns, {"vscale": height / rows, "kernel": "lanczos3"}
    result = _evaluated(image.resize(scale, **by))
    if bands == 4:
        # Weighting is arithmetic in floats: it is done only where the filter sees an edge.
        weighted = image.premultiply().resize(scale, **by).unpremultiply().rint().cast("uchar")
        for x, y, across, down in _parts_with_edges(source[:, :, 3], width, height):
            part = _evaluated(weighted.crop(x, y, across, down))
            result[y : y + down, x : x + across] = part
        result.view(np.uint32)[:, :, 0][result[:, :, 3] == 0] = 0
    return result


def _evaluated(image: Any) -> Pixels:
    data = bytearray(image.write_to_memory())
    return np.frombuffer(data, np.uint8).reshape(image.height, image.width, image.bands)


def _parts_with_edges(
    alpha: Pixels, width: int, height: int
) -> Iterator[tuple[int, int, int, int]]:
    """Boxes (x, y, width, height) of the shrunk picture that hold all pixels whose filter sees
    pixels that are neither all opaque nor all clear."""
    rows, columns = alpha.shape
    for y in range(0, height, _TILE):
        down = min(_TILE, height - y)
        strip = alpha[_seen(y, down, rows / height)]
        lowest, highest = strip.min(axis=0), strip.max(axis=0)
        begin: int | None = None
        for x in range(0, width + _TILE, _TILE):
            seen = _seen(x, _TILE, columns / width)
            mixed = x < width and lowest[seen].min() < 255 and highest[seen].max() > 0
            if mixed and begin is None:
                begin = x
            elif not mixed and begin is not None:
                yield begin, y, min(x, width) - begin, down
                begin = None


def _seen(begin: int, count: int, step: float) -> slice:
    """The source's pixels that the filter sees for `count` pixels from `begin` on."""
    reach = 3 * step + 2
    return slice(
        max(0, math.floor(begin * step - reach)), math.ceil((begin + count) * step + reach)
    )


def _enlarge(pixels: Pixels, width: int, height: int) -> Pixels:
    rows, columns, bands = pixels.shape
    if (columns, rows) == (width, height):
        return pixels
    source: npt.NDArray[Any] = _premultiply(pixels) if bands == 4 else pixels
    large = cv2.resize(source, (width, height), interpolation=cv2.INTER_LANCZOS4)
    if bands == 4:
        return _unpremultiply(np.asarray(large, np.uint16))
    return np.asarray(large, np.uint8).reshape(height, width, bands)


def _premultiply(pixels: Pixels) -> npt.NDArray[np.uint16]:
    """Straight uint8 to premultiplied uint16: half of colour times alpha, and alpha times 128.

    Both use half of the range, since the filter overshoots at edges; clipped there, the colours
    of the edge would come out wrong.
    """
    wide = pixels.astype(np.uint16)
    wide[:, :, :3] *= wide[:, :, 3:]
    wide[:, :, :3] >>= 1
    wide[:, :, 3] *= 128
    return wide


def _unpremultiply(wide: npt.NDArray[np.uint16]) -> Pixels:
    alpha = np.ascontiguousarray(wide[:, :, 3])
    result = np.empty(wide.shape, np.uint8)
    result[:, :, 3] = cv2.convertScaleAbs(alpha, alpha=1 / 128)
    for channel in range(3):  # OpenCV divides by zero to zero, rounds and saturates
        result[:, :, channel] = cv2.divide(wide[:, :, channel], alpha, scale=256, dtype=cv2.CV_8U)
    result.view(np.uint32)[:, :, 0][result[:, :, 3] == 0] = 0
    return result
