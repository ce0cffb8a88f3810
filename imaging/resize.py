"""Changes the size of pictures with a Lanczos filter, without aliasing and without fringes."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyvips

from imaging.pixels import Pixels


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
    if bands == 4:
        image = image.copy(interpretation="srgb").premultiply()
    image = image.resize(width / columns, vscale=height / rows, kernel="lanczos3")
    if bands == 4:
        image = image.unpremultiply().rint().cast("uchar")
    result = np.frombuffer(image.write_to_memory(), np.uint8).reshape(height, width, bands)
    if bands == 4:
        result = result.copy()
        result[result[:, :, 3] == 0] = 0
    return result


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
    result[result[:, :, 3] == 0] = 0
    return result
