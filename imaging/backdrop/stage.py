"""Where floor and wall are: a pinhole camera that looks down a little on the product's place.

Sizes are in product sizes, the root of the area of the product's box. The floor has x to the
right, z away from the eye, and its origin under the product; a row y of the picture shows the
floor at the scale s = (y - v) / (b - v), where b is the base's row and v the row of the true
horizon, far above the frame; there x = (column - centre) / s and z = camera / s - camera.
"""

from dataclasses import dataclass

import numpy as np

from imaging.layout import Box
from imaging.pixels import Floats
from imaging.surfaces.patch import Patch

_TILT = 0.32  # how much shorter a length away from the eye looks than one across
_RISE = 3.2  # how far above the base the true horizon is
_MARGIN = 0.04
_SMALLEST = 0.06  # of the picture's longer side: a tinier product still stands on a slab of this


@dataclass(frozen=True)
class Stage:
    """`width`, `height`, `centre` (column), `base`, `horizon` (rows): pixels of a picture.

    `unit`: a product size, and `product_width`, in pixels too.
    `horizon` is where the floor ends and the wall begins. `flat`: seen from right above; the
    surface fills the frame, and its origin is at `centre` and `base`, the product's middle.
    """

    width: int
    height: int
    centre: float
    base: float
    unit: float
    horizon: float
    product_width: float
    flat: bool

    def shrunk(self, width: int, height: int) -> "Stage":
        """The same stage in a picture of another size."""
        x, y = width / self.width, height / self.height
        unit = self.unit * float(np.sqrt(x * y))
        rows = self.base * y, unit, self.horizon * y
        return Stage(width, height, self.centre * x, *rows, self.product_width * x, self.flat)

    @property
    def reach(self) -> float:
        """How far behind the product the floor ends."""
        return float(self.floor_z(np.array(self.horizon, np.float32)))

    def scale(self, rows: Floats) -> Floats:
        """The floor's scale at rows of the picture, 1 at the base; float32."""
        return np.asarray(1 + (rows - self.base) / (_RISE * self.unit), np.float32)

    def floor_z(self, rows: Floats) -> Floats:
        """How far behind the product the floor is that rows under the horizon show; float32."""
        if self.flat:
            return np.asarray((self.base - rows) / self.unit, np.float32)
        camera = _RISE / _TILT
        return np.asarray(camera / np.maximum(self.scale(rows), 0.05) - camera, np.float32)

    def grid(self) -> tuple[Floats, Floats]:
        """Columns (1 x width) and rows (height x 1) of the pixels' centres, float32."""
        columns = np.arange(self.width, dtype=np.float32)[None] + np.float32(0.5)
        rows = np.arange(self.height, dtype=np.float32)[:, None] + np.float32(0.5)
        return columns, rows


def set_stage(width: int, height: int, product: Box, depth: float, flat: bool) -> Stage:
    """The stage for a product's box; the floor ends `depth` sizes above the product's base."""
    unit = float(np.sqrt(product.width * product.height))
    unit = max(unit, _SMALLEST * max(width, height))
    centre = product.x + product.width / 2
    if flat:
        middle = product.y + product.height / 2
        return Stage(width, height, centre, middle, unit, 0.0, product.width, True)
    base = float(product.y + product.height)
    horizon = float(
        np.clip(base - min(depth, 0.75 * _RISE) * unit, _MARGIN * height, (1 - _MARGIN) * height)
    )
    return Stage(width, height, centre, base, unit, min(horizon, base), product.width, False)


def floor_patch(stage: Stage, most: int) -> tuple[Patch, Floats]:
    """The part of the floor in view, at most `most` samples, and how the picture sees it.

    The matrix (float64, 3 x 3) takes picture coordinates, of pixels' centres counted from 0, to
    samples counted the same way. A sample is as wide as a pixel at the product's base, or wider.
    """
    left, right, near, far = _view(stage)
    tilt = 1.0 if stage.flat else _TILT
    columns, rows = (right - left) * stage.unit, (far - near) * stage.unit * tilt
    shrink = min(1.0, float(np.sqrt(most / (columns * rows))))
    grid = max(2, round(columns * shrink)), max(2, round(rows * shrink))
    patch = Patch(left, -far, right - left, far - near, *grid)
    return patch, _matrix(stage, patch)


def _view(stage: Stage) -> tuple[float, float, float, float]:
    """Left, right, near and far ends of the floor in view."""
    ends = np.array((stage.height, stage.horizon), np.float32)
    near, far = (float(each) for each in stage.floor_z(ends))
    reach = stage.unit * (1.0 if stage.flat else max(0.05, float(stage.scale(ends)[1])))
    return -stage.centre / reach, (stage.width - stage.centre) / reach, near, far


def _matrix(stage: Stage, patch: Patch) -> Floats:
    unit, rise, camera = stage.unit, _RISE, _RISE / _TILT
    per_x, per_y = patch.columns / patch.width, patch.rows / patch.height
    x, y = stage.centre - 0.5, stage.base - 0.5
    if stage.flat:
        world = np.array([[1 / unit, 0, -x / unit], [0, 1 / unit, -y / unit], [0, 0, 1]])
    else:
        depth = np.array([0, 1 / (rise * unit), 1 - y / (rise * unit)])  # the floor's scale
        across = np.array([1 / unit, 0, -x / unit])
        world = np.stack([across, camera * depth - [0, 0, camera], depth])
    samples = np.array(
        [[per_x, 0, -patch.left * per_x - 0.5], [0, per_y, -patch.top * per_y - 0.5], [0, 0, 1]]
    )
    return np.asarray(samples @ world)
