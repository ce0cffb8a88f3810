"""The outline of a product in a picture, and the colours on both sides of it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from imaging.light import to_linear
from imaging.pixels import Floats, Pixels

CELL = 8
NEAR, FAR = 3.0, 7.0
"""Pixels from the outline: what is nearer than the first may be the outline's own mix, and
nothing is looked for beyond the second."""
STRIP_ROWS = 480
"""Rows that are worked on at a time; a multiple of the cells."""
_LEAST_PIXELS = 8

Mask = npt.NDArray[np.bool_]
Where = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Cells:
    """Means over 3 x 3 cells of 8 pixels each: colours in linear light, float32, rows x columns
    x 3, and whether there are pixels enough behind them."""

    light: Floats
    known: Mask


class Outline:
    """The outline of a product on a common grid.

    `reference`: uint8, height x width x 4, the product; `picture`: uint8, height x width x 3.
    `rows` and `columns` are of the pixels within 7 of the outline, by rows in order; `distance`
    is theirs to where alpha is one half, negative inside, and `cover` their alpha. `scene` is the
    picture's colour 3 to 7 pixels outside.
    """

    def __init__(self, reference: Pixels, picture: Pixels) -> None:
        self.alpha = np.ascontiguousarray(reference[:, :, 3])
        self.colour = np.ascontiguousarray(reference[:, :, :3])
        self.picture = np.ascontiguousarray(picture)
        self.rows, self.columns, self.distance = _near_outline(self.alpha)
        self.cover = self.alpha[self.rows, self.columns]
        self.scene = self.clear_means(NEAR, FAR)

    def between(self, low: float, high: float) -> Mask:
        """Which of the pixels are that far from the outline."""
        return np.asarray((self.distance >= low) & (self.distance < high))

    def clear_means(self, low: float, high: float) -> Cells:
        """The scene's colours that far from the outline, where there is no product at all."""
        return self.means(self.picture, self.between(low, high) & (self.cover == 0))

    def means(self, picture: Pixels, where: Mask) -> Cells:
        """The colours of `picture` in cells, of those of the pixels that `where` names."""
        rows, columns = (-(-side // CELL) for side in self.alpha.shape)
        down, across = self.rows[where], self.columns[where]
        cell = down // CELL * columns + across // CELL
        light = to_linear(picture[down, across])
        weights = [light[:, 0], light[:, 1], light[:, 2], None]
        sums = np.stack([np.bincount(cell, each, rows * columns) for each in weights], axis=-1)
        grid = sums.reshape(rows, columns, 4).astype(np.float32)
        total = cv2.boxFilter(grid, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
        count = total[:, :, 3]
        means = total[:, :, :3] / np.maximum(count, 1)[:, :, None]
        return Cells(np.asarray(means, np.float32), np.asarray(count >= _LEAST_PIXELS))


def _near_outline(alpha: Pixels) -> tuple[Where, Where, Floats]:
    """Rows and columns of the pixels near the outline, by rows in order, and their distances."""
    parts = []
    for top in range(0, len(alpha), STRIP_ROWS):
        begin = max(0, top - CELL)
        distance = _signed_distance(alpha[begin : top + STRIP_ROWS + CELL])
        own = distance[top - begin : top - begin + STRIP_ROWS]
        rows, columns = np.nonzero(np.abs(own) < FAR)
        parts.append((rows + top, columns, own[rows, columns]))
    rows, columns, distances = (np.concatenate(each) for each in zip(*parts, strict=True))
    return rows, columns, np.asarray(distances, np.float32)


def _signed_distance(alpha: Pixels) -> Floats:
    """Pixels from the outline, where alpha is one half; negative inside."""
    solid = cv2.inRange(alpha, 128, 255)
    outside = cv2.distanceTransform(255 - solid, cv2.DIST_L2, 3)
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    half = np.where(solid > 0, np.float32(0.5), np.float32(-0.5))
    return np.asarray(outside - inside + half, np.float32)
