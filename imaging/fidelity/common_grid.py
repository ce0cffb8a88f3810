"""Brings a product and a picture of it to one grid of pixels, to be compared one by one."""

import math

import cv2
import numpy as np
from PIL import Image

from imaging.framing import Place
from imaging.layout import Box
from imaging.pixels import Pixels
from imaging.resize import resize

_MARGIN = 8
_PAD = 18
_WHOLE = 1e-3
_LOSSY = 2.0  # enlarged less than that and shrunk back, a picture loses its finest detail
_Edges = tuple[float, float, float, float]  # left, top, right, bottom


class CommonGrid:
    """The product and pictures of it, pixel on pixel, at the smaller of both resolutions.

    `source`: uint8, height x width x 4, sRGB and straight alpha; `box` the product in it. `place`
    is where the box lies in pictures of `width` by `height` pixels. The grid covers the box and,
    as far as the picture goes, 8 pixels around it. A product that was shrunk is shrunk here too,
    by the filter of `resize`; of one that was enlarged the picture is shrunk. Raises ValueError
    where next to nothing of the box is in the picture.

    `reference` is the product on the grid, uint8, height x width x 4.
    """

    reference: Pixels
    _size: tuple[int, int]
    _seen: _Edges

    def __init__(self, source: Pixels, box: Box, place: Place, width: int, height: int) -> None:
        part = source[box.y : box.y + box.height, box.x : box.x + box.width]
        self._whole = (width, height)
        if place.width * place.height <= box.width * box.height:
            self._at_picture(part, place)
        else:
            self._at_source(part, place)

    def view(self, picture: Pixels) -> Pixels:
        """The picture, uint8, height x width x 3, on the grid."""
        return _sampled(picture, self._size, self._seen)

    def _at_picture(self, part: Pixels, place: Place) -> None:
        left, right = _within(place.x, place.x + place.width, self._whole[0])
        top, bottom = _within(place.y, place.y + place.height, self._whole[1])
        width, height = max(1, round(place.width)), max(1, round(place.height))
        small = _padded(resize(np.ascontiguousarray(part), width, height))
        across, down = width / place.width, height / place.height
        edges = (
            (left - place.x) * across + _PAD,
            (top - place.y) * down + _PAD,
            (right - place.x) * across + _PAD,
            (bottom - place.y) * down + _PAD,
        )
        self._size, self._seen = (right - left, bottom - top), (left, top, right, bottom)
        self.reference = _sampled(small, self._size, edges)

    def _at_source(self, part: Pixels, place: Place) -> None:
        rows, columns = part.shape[:2]
        across, down = place.width / columns, place.height / rows
        left, right = _reach(place.x, across, columns, self._whole[0])
        top, bottom = _reach(place.y, down, rows, self._whole[1])
        self._size = (right - left, bottom - top)
        self._seen = (
            max(0.0, place.x + left * across),
            max(0.0, place.y + top * down),
            min(float(self._whole[0]), place.x + right * across),
            min(float(self._whole[1]), place.y + bottom * down),
        )
        wide = _padded(part)[top + _PAD : bottom + _PAD, left + _PAD : right + _PAD]
        if across * down < _LOSSY**2:
            wide[:, :, :3] = self._there_and_back(part, place, (left, top))[:, :, :3]
            wide[wide[:, :, 3] == 0] = 0
        self.reference = wide

    def _there_and_back(self, part: Pixels, place: Place, corner: tuple[int, int]) -> Pixels:
        """The product enlarged and shrunk as its picture is: what the filters take from it is no
        damage."""
        rows, columns = part.shape[:2]
        width, height = round(place.width), round(place.height)
        large = _padded(resize(np.ascontiguousarray(part), width, height))
        across, down = width / columns, height / rows
        left, top = corner[0] * across + _PAD, corner[1] * down + _PAD
        edges = (left, top, left + self._size[0] * across, top + self._size[1] * down)
        return _sampled(large, self._size, edges)


def _within(begin: float, end: float, length: int) -> tuple[int, int]:
    """The picture's pixels from `begin` to `end` and around."""
    first = max(0, math.floor(begin) - _MARGIN)
    last = min(length, math.ceil(end) + _MARGIN)
    return _checked(first, last)


def _reach(begin: float, scale: float, count: int, length: int) -> tuple[int, int]:
    """The source's pixels, and some around, that lie in the picture in full."""
    first = max(-_MARGIN, math.ceil(-begin / scale - _WHOLE))
    last = min(count + _MARGIN, math.floor((length - begin) / scale + _WHOLE))
    return _checked(first, last)


def _checked(first: int, last: int) -> tuple[int, int]:
    if last - first < 2:
        raise ValueError("the product is not in the picture")
    return first, last


def _padded(part: Pixels) -> Pixels:
    return np.pad(part, ((_PAD, _PAD), (_PAD, _PAD), (0, 0)))


def _sampled(pixels: Pixels, size: tuple[int, int], box: _Edges) -> Pixels:
    """What is in `box` (left, top, right, bottom), at `size` (width, height), by Lanczos.

    A box of whole pixels that has the size already is cut out as it is. Colour is weighted by
    alpha. Pillow is the one that reads positions in fractions of a pixel.
    """
    left, top, right, bottom = (round(edge) for edge in box)
    whole = all(abs(edge - round(edge)) < _WHOLE for edge in box)
    if whole and (right - left, bottom - top) == size:
        return np.ascontiguousarray(pixels[top:bottom, left:right])
    if pixels.shape[2] == 3:
        return _planes(pixels, size, box)
    alpha = pixels[:, :, 3]
    colour = cv2.multiply(pixels[:, :, :3], cv2.merge([alpha] * 3), scale=1 / 255)
    result = _planes(np.dstack([colour, alpha]), size, box)
    soft = result[:, :, 3] < 255
    weighted = result[soft].astype(np.float32)
    straight = weighted[:, :3] * 255 / np.maximum(weighted[:, 3:], 1)
    result[soft, :3] = np.minimum(np.rint(straight), 255).astype(np.uint8)
    return result


def _planes(pixels: Pixels, size: tuple[int, int], box: _Edges) -> Pixels:
    """Plane by plane: Pillow resizes three planes in less time than one picture of three."""
    lanczos = Image.Resampling.LANCZOS
    planes = [Image.fromarray(plane).resize(size, lanczos, box) for plane in cv2.split(pixels)]
    return np.dstack([np.asarray(plane, np.uint8) for plane in planes])
