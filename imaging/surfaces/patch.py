"""A rectangle of a surface, sampled on a grid."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from imaging.pixels import Floats


@dataclass(frozen=True)
class Patch:
    """`left`, `top`, `width`, `height` in product sizes; `columns` by `rows` samples.

    x grows to the right and y towards the eye; the origin is where the product stands, so that a
    surface looks the same whatever part of it a canvas shows, and at whatever resolution.
    """

    left: float
    top: float
    width: float
    height: float
    columns: int
    rows: int

    @property
    def x(self) -> Floats:
        """Where the columns are, float32, 1 x columns."""
        steps = (np.arange(self.columns) + 0.5) / self.columns
        return np.asarray(self.left + self.width * steps, np.float32)[None]

    @property
    def y(self) -> Floats:
        """Where the rows are, float32, rows x 1."""
        steps = (np.arange(self.rows) + 0.5) / self.rows
        return np.asarray(self.top + self.height * steps, np.float32)[:, None]

    def sampled(self, columns: int, rows: int) -> "Patch":
        """The same rectangle on another grid."""
        return dataclasses.replace(self, columns=columns, rows=rows)

    def scaled(self, factor: float) -> "Patch":
        """The grid laid on a part `factor` times as large: the pattern looks smaller by it."""
        return dataclasses.replace(
            self,
            left=self.left * factor,
            top=self.top * factor,
            width=self.width * factor,
            height=self.height * factor,
        )

    def turned(self, degrees: float) -> Floats:
        """Distance along a direction, 0 to the right and 90 away from the eye; rows x columns."""
        angle = np.deg2rad(degrees)
        return np.asarray(self.x * np.cos(angle) - self.y * np.sin(angle), np.float32)
