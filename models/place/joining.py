"""Joins a product with a finished scene; its opaque pixels stay as they are."""

from dataclasses import dataclass

import cv2
import numpy as np

from imaging.composite import lay_over
from imaging.despill import despill
from imaging.grain import add_grain, noise_level
from imaging.light import to_linear
from imaging.pixels import Floats, Pixels
from imaging.wrap import wrap_light
from models.place.backdrop import Canvas


@dataclass(frozen=True)
class Grain:
    """Luma noise of the product: its standard deviation in code values, and the grain's seed."""

    level: float = 0.0
    seed: int = 0


def product_grain(part: Pixels, scale: float, seed: int) -> Grain:
    """The grain of a product that is placed at `scale`, canvas pixels per pixel of `part`.

    Measured before it is scaled, where fine texture can be told from noise; shrinking averages
    noise, enlarging leaves it as strong.
    """
    return Grain(noise_level(part) * min(1.0, scale), seed)


def lay_in(picture: Pixels, product: Pixels, canvas: Canvas, wrap: float, grain: Grain) -> None:
    """Give the scene (uint8 RGB, changed in place) the product's grain, and lay the product on it.

    `product`: uint8 RGBA, straight alpha, as large as `canvas.product`. `wrap`, 0 to 1: how far
    the scene's light reaches over its partly clear pixels; an old background goes from them first.
    """
    add_grain(picture, grain.level, grain.seed)
    edged = product.copy()
    despill(edged)
    wrap_light(edged, picture, canvas.product, wrap)
    lay_over(picture, edged, canvas.product)


def small_size(canvas: Canvas, longest: int) -> tuple[int, int]:
    """Columns and rows of the canvas, made small for what is soft: at most `longest` a side."""
    shrink = min(1.0, longest / max(canvas.width, canvas.height))
    return max(2, round(canvas.width * shrink)), max(2, round(canvas.height * shrink))


def small_alpha(product: Pixels, canvas: Canvas, columns: int, rows: int) -> Floats:
    """The product's alpha on the small canvas, float32, rows x columns, 0 to 1."""
    size, part = _landing(canvas, columns, rows)
    plane = np.ascontiguousarray(product[:, :, 3])
    whole = np.zeros((rows, columns), np.float32)
    whole[part] = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA)) / 255
    return whole


def small_colour(product: Pixels, canvas: Canvas, columns: int, rows: int) -> Floats:
    """The product on the small canvas: premultiplied linear RGB and alpha, rows x columns x 4."""
    size, part = _landing(canvas, columns, rows)
    weighed = cv2.cvtColor(product, cv2.COLOR_RGBA2mRGBA)
    weighed = np.asarray(cv2.resize(weighed, size, interpolation=cv2.INTER_AREA), np.uint8)
    reduced = cv2.cvtColor(weighed, cv2.COLOR_mRGBA2RGBA)
    alpha = weighed[:, :, 3:].astype(np.float32) / 255
    whole = np.zeros((rows, columns, 4), np.float32)
    whole[part] = np.concatenate(
        [to_linear(np.asarray(reduced, np.uint8)[:, :, :3]) * alpha, alpha], axis=2
    )
    return whole


def _landing(
    canvas: Canvas, columns: int, rows: int
) -> tuple[tuple[int, int], tuple[slice, slice]]:
    """Size and place of the product's box on the small canvas; a side is 1 at least."""
    box = canvas.product
    left, right = (round(x * columns / canvas.width) for x in (box.x, box.x + box.width))
    top, bottom = (round(y * rows / canvas.height) for y in (box.y, box.y + box.height))
    left, top = min(left, columns - 1), min(top, rows - 1)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    return (right - left, bottom - top), (slice(top, bottom), slice(left, right))
