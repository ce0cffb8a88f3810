"""Finds the product: a first look, a second one, the outline settled, the parts tidied."""

from dataclasses import dataclass

import numpy as np

from imaging.layout import Box
from imaging.matte import grid_size
from imaging.pixels import Floats, Pixels
from imaging.resize import resize
from models.cutout.look import Look, Net, look, spread
from models.cutout.outline import settle, tidy
from models.cutout.second_look import crop_around, joined

_SIDE = 384
_LEAST_PEAK = 0.5
_GROUND = 0.05


@dataclass(frozen=True)
class Found:
    """The product's mask over `box`, in photo pixels: uint8, at most 384 a side, 0 or 255.

    `confidence`: how sure the net is where it found product, 0.5 to 1. `agreement`: of its two
    looks, as intersection over union, 0 to 1; 1 where one look was enough.
    """

    box: Box
    mask: Pixels
    confidence: float
    agreement: float


def find_product(net: Net, rgb: Pixels) -> Found | None:
    """Find the product in `rgb`, uint8, height x width x 3; None where there is none."""
    seen, agreement = look_twice(net, rgb)
    if seen.peak < _LEAST_PEAK:
        return None
    return Found(seen.box, outlined(seen, rgb), _confidence(seen), agreement)


def look_twice(net: Net, rgb: Pixels) -> tuple[Look, float]:
    """What the net sees of the photo, and in a crop around that if it pays; and their agreement."""
    first = look(net, rgb, Box(0, 0, rgb.shape[1], rgb.shape[0]))
    crop = crop_around(first)
    return joined(first, look(net, rgb, crop)) if crop else (first, 1.0)


def outlined(seen: Look, rgb: Pixels) -> Pixels:
    """The look's mask settled on the photo's edges and tidied; uint8, 0 or 255."""
    box = seen.box
    columns, rows = grid_size(box.width, box.height, _SIDE, _SIDE)
    part = rgb[box.y : box.y + box.height, box.x : box.x + box.width]
    mask = spread(seen.mask, columns, rows)
    return np.asarray(255 * tidy(settle(resize(part, columns, rows), mask), mask), np.uint8)


def _confidence(seen: Look) -> float:
    """Mean distance of the mask from doubt, where it is not plainly ground; 0.5 to 1."""
    there: Floats = seen.mask[seen.mask > _GROUND]
    return float(np.maximum(there, 1 - there).mean()) if there.size else 1.0
