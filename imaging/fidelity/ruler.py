"""Proves that a product in a finished picture is the product of the photo.

The picture's known geometry is undone, and what is left is measured: structure and colour over
the product's opaque pixels, and the outline.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from imaging.composite import lay_over
from imaging.fidelity.common_grid import CommonGrid
from imaging.fidelity.delta_e import delta_e_of_pixels
from imaging.fidelity.halo import halo
from imaging.fidelity.outline import Outline
from imaging.fidelity.shift import shift
from imaging.fidelity.ssim import masked_ssim
from imaging.framing import Place
from imaging.layout import Box
from imaging.pixels import Pixels

VISIBLE = 2.0
"""CIEDE2000 above which a difference is seen at a glance; 1 is seen when looked for."""
_MOST_COLOURS = 200_000


@dataclass(frozen=True)
class Figures:
    """A product in a picture against its source, over opaque pixels.

    `ssim`: mean structural similarity of luma, 1 for equal. `delta_e_mean`, `delta_e_p99`:
    CIEDE2000, mean and 99th percentile. `changed`: share of pixels whose CIEDE2000 is above 2.
    `halo`, `shift`: see the functions; CIEDE2000, and pixels at the smaller of both resolutions.
    """

    ssim: float
    delta_e_mean: float
    delta_e_p99: float
    changed: float
    halo: float
    shift: float


class Ruler:
    """Compares a product with what finished pictures show of it.

    `source`: uint8, height x width x 4, sRGB and straight alpha: the cut-out, with the product in
    `box`; `place` is where the box lies in pictures of `width` by `height` pixels. Raises
    ValueError where the product has no opaque pixel at the smaller resolution or is not in the
    picture.
    """

    def __init__(self, source: Pixels, box: Box, place: Place, width: int, height: int) -> None:
        self._grid = CommonGrid(source, box, place, width, height)
        self._opaque = self._grid.reference[:, :, 3] == 255
        if not self._opaque.any():
            raise ValueError("the product has no opaque pixel to compare")
        self._colour = np.ascontiguousarray(self._grid.reference[:, :, :3])
        self._ground = _ground(source, box)

    def measure(self, picture: Pixels) -> Figures:
        """Measure a picture as decoded from its file: uint8, height x width x 3 or 4, sRGB.

        Colour is measured on at most 200,000 pixels, evenly spread; structure and outline on all.
        """
        solid = picture if picture.shape[2] == 3 else _laid_on(picture, self._ground)
        seen = np.ascontiguousarray(self._grid.view(solid))
        differences = _colour_differences(self._colour, seen, self._opaque)
        outline = Outline(self._grid.reference, seen)
        return Figures(
            ssim=_structure(self._colour, seen, self._opaque),
            delta_e_mean=float(differences.mean(dtype=np.float64)),
            delta_e_p99=float(np.percentile(differences, 99)),
            changed=float(np.mean(differences > VISIBLE)),
            halo=halo(outline),
            shift=shift(outline),
        )


def _structure(colour: Pixels, seen: Pixels, opaque: npt.NDArray[np.bool_]) -> float:
    """SSIM with the scene around the product in both, so that only the product can differ."""
    first, second = (
        np.asarray(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), np.uint8) for each in (colour, seen)
    )
    return masked_ssim(np.where(opaque, first, second), second, opaque)


def _colour_differences(
    colour: Pixels, seen: Pixels, opaque: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    step = -(-int(np.count_nonzero(opaque)) // _MOST_COLOURS)
    where = np.flatnonzero(opaque.ravel()[::step]) * step
    return delta_e_of_pixels(colour.reshape(-1, 3)[where], seen.reshape(-1, 3)[where])


def _ground(source: Pixels, box: Box) -> int:
    """White for a dark product and black for a bright one: what shows where alpha is wrong."""
    part = source[box.y : box.y + box.height, box.x : box.x + box.width]
    red, green, blue, _ = cv2.mean(part, mask=cv2.inRange(part[:, :, 3], 128, 255))
    return 255 if red + green + blue < 3 * 128 else 0


def _laid_on(rgba: Pixels, ground: int) -> Pixels:
    canvas = np.full((*rgba.shape[:2], 3), ground, np.uint8)
    lay_over(canvas, rgba, Box(0, 0, rgba.shape[1], rgba.shape[0]))
    return canvas
