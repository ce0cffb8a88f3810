"""Runs an upscaling net over a picture tile by tile, to any size, alpha on a path of its own."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from imaging.pixels import Floats, Pixels
from models.tiles import Span, grid

# Planes of 0 to 1, 1 x 3 x height x width, to the same times the net's scale.
Net = Callable[[Floats], Floats]

WINDOW = 320  # the sessions keep the memory of runs up to this size
_FILTER_REACH = 4  # of the final Lanczos filter, in pixels of the source
_SPREAD = 8  # how far colours are carried into clear pixels
_Box = tuple[float, float, float, float]


def enlarge(
    image: Pixels, width: int, height: int, net: Net, reach: int, window: int = WINDOW
) -> tuple[Pixels, int]:
    """`image`, uint8 RGB or RGBA with straight alpha, at `width` by `height`; and the tile count.

    `reach`: how many pixels away a source pixel can change the net's result; tiles overlap by so
    much that the result is that of one tile as large as the image. What the net makes is brought
    to the size by Pillow's Lanczos filter, which reads positions in fractions of a pixel, so it
    works tile by tile too. Beside the result, memory does not grow with the image.

    Where all that the net sees of a pixel has one colour, that colour stays as it is: white paper
    is 255 after it too. Alpha is enlarged by Lanczos alone, without its ripples. Under clear pixels
    the net sees the colours beside them, so that no dark fringe comes in; clear pixels come back
    black.
    """
    rows, columns, bands = image.shape
    overlap = reach + _FILTER_REACH + (_SPREAD if bands == 4 else 0)
    result = np.empty((height, width, bands), np.uint8)
    count = 0
    for across_rows, across_columns in grid(rows, columns, window, overlap):
        top, bottom, upper, lower = _target(across_rows, rows, height)
        left, right, first, last = _target(across_columns, columns, width)
        seen = image[
            across_rows.start : across_rows.stop, across_columns.start : across_columns.stop
        ]
        box = (first, upper, last, lower)
        made = _tile(seen, (right - left, bottom - top), box, net, reach + _FILTER_REACH)
        result[top:bottom, left:right] = made
        count += 1
    return result, count


def _target(span: Span, source: int, result: int) -> tuple[int, int, float, float]:
    """The result's pixels of a tile, and where they lie in its window, in source pixels."""
    ratio = result / source
    first, last = round(span.begin * ratio), round(span.end * ratio)
    length = span.stop - span.start
    begin, end = (min(max(at / ratio - span.start, 0.0), length) for at in (first, last))
    return first, last, begin, end


def _tile(seen: Pixels, size: tuple[int, int], box: _Box, net: Net, reach: int) -> Pixels:
    """`box` (left, top, right, bottom) of what is seen, enlarged to `size` (width, height)."""
    if seen.shape[2] == 3 or seen[:, :, 3].min() == 255:
        colour = _colour(seen[:, :, :3], size, box, net, reach)
        return colour if seen.shape[2] == 3 else _with_alpha(colour, np.uint8(255))
    if seen[:, :, 3].max() == 0:
        return np.zeros((size[1], size[0], 4), np.uint8)
    alpha = _alpha(np.ascontiguousarray(seen[:, :, 3]), size, box)
    return _with_alpha(_colour(spread_colour(seen), size, box, net, reach), alpha)


def _colour(rgb: Pixels, size: tuple[int, int], box: _Box, net: Net, reach: int) -> Pixels:
    even = _even(rgb, reach)
    if even.all():
        return np.full((size[1], size[0], 3), rgb[0, 0])
    codes = _enlarged(rgb, size, box, net)
    if even.any():
        columns = _source_of(size[0], box[0], box[2])
        rows = _source_of(size[1], box[1], box[3])
        keep = even[rows][:, columns]
        codes[keep] = rgb[rows][:, columns][keep]
    return codes


def _even(rgb: Pixels, reach: int) -> npt.NDArray[np.bool_]:
    """Which pixels have nothing but their own colour around them, `reach` pixels far."""
    around = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    rgb = np.ascontiguousarray(rgb)
    return np.asarray((cv2.dilate(rgb, around) == cv2.erode(rgb, around)).all(axis=2))


def _source_of(length: int, begin: float, end: float) -> npt.NDArray[np.intp]:
    """The source pixel that each of `length` result pixels between `begin` and `end` lies in."""
    return ((np.arange(length) + 0.5) * ((end - begin) / length) + begin).astype(np.intp)


def _enlarged(rgb: Pixels, size: tuple[int, int], box: _Box, net: Net) -> Pixels:
    planes = np.ascontiguousarray(rgb.transpose(2, 0, 1)[None], np.float32)
    planes *= 1 / 255
    large = net(planes)[0]
    scale = large.shape[1] // rgb.shape[0]
    whole = np.array(box) * scale
    if (whole[2:] - whole[:2] == size).all() and (whole == np.rint(whole)).all():
        left, top, right, bottom = whole.astype(int)
        return _codes(large[:, top:bottom, left:right])
    left, top, right, bottom = map(float, whole)
    return _codes(np.stack([_resampled(each, size, (left, top, right, bottom)) for each in large]))


def _codes(planes: Floats) -> Pixels:
    """Planes of 0 to 1 as interleaved uint8; what lies outside is cut off."""
    scaled = planes * np.float32(255)
    np.clip(np.rint(scaled, out=scaled), 0, 255, out=scaled)
    return np.ascontiguousarray(scaled.astype(np.uint8).transpose(1, 2, 0))


def _alpha(alpha: Pixels, size: tuple[int, int], box: _Box) -> Pixels:
    """Lanczos, kept between the least and the most of the pixels around: its ripples would draw
    a halo around the product and holes into it."""
    around = np.ones((3, 3), np.uint8)
    least, most = (
        _resampled(np.asarray(bound, np.float32), size, box, Image.Resampling.BILINEAR)
        for bound in (cv2.erode(alpha, around), cv2.dilate(alpha, around))
    )
    smooth = _resampled(alpha.astype(np.float32), size, box)
    return np.rint(np.clip(smooth, least, most)).astype(np.uint8)


def _with_alpha(colour: Pixels, alpha: Pixels | np.uint8) -> Pixels:
    result = np.empty((*colour.shape[:2], 4), np.uint8)
    result[:, :, :3] = colour
    result[:, :, 3] = alpha
    result[result[:, :, 3] == 0] = 0
    return result


def spread_colour(rgba: Pixels) -> Pixels:
    """The colours of uint8 RGBA, with those of clear pixels made from the nearest ones beside.

    They are carried 8 pixels far, each pixel the mean of its neighbours that have a colour.
    """
    known = (rgba[:, :, 3] > 0).astype(np.float32)
    total = rgba[:, :, :3] * known[:, :, None]
    for _ in range(_SPREAD):
        sums = cv2.blur(total, (3, 3), borderType=cv2.BORDER_CONSTANT)
        weights = cv2.blur(known, (3, 3), borderType=cv2.BORDER_CONSTANT)
        new = (known == 0) & (weights > 0.05)
        total[new] = sums[new] / weights[new][:, None]
        known[new] = 1
    return np.asarray(np.rint(total), np.uint8)


def _resampled(
    plane: Floats,
    size: tuple[int, int],
    box: _Box,
    how: Image.Resampling = Image.Resampling.LANCZOS,
) -> Floats:
    """In float32: rounded between its two passes, a tile could differ by 2 from the whole."""
    return np.asarray(Image.fromarray(plane).resize(size, how, box), np.float32)
