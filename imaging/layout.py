"""Plans one scene that serves every frame: where the product stands, and each frame's crop.

A marketplace wants the same product in frames of several shapes. One canvas is rendered; each
frame is a crop of it. All crops hold the whole product, so none cuts through it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2

from imaging.frame import Frame, corner, half_down, wanted_scale
from imaging.pixels import Pixels

MAX_CANVAS_PIXELS = 24_000_000
MAX_UPSCALED_PIXELS = 96_000_000
MAX_UPSCALE = 4.0
MAX_STRETCH = 1.05
"""How far a frame may be sampled above its resolution before the canvas is enlarged for it."""


@dataclass(frozen=True)
class Box:
    """A rectangle in whole pixels; `x` and `y` are its left and top edges."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class SceneLayout:
    """A planned scene, in canvas pixels.

    `product` is where the product's box lands and `scale` is canvas pixels per source pixel.
    `upscale` (1 to 4) is how far the whole canvas must then be enlarged so that no frame is
    sampled noticeably above its resolution. `crops` are cut from the canvas before it is enlarged.
    """

    canvas_width: int
    canvas_height: int
    product: Box
    scale: float
    upscale: float
    crops: Mapping[str, Box]


def layout_scene(
    product_width: int,
    product_height: int,
    frames: Sequence[Frame],
    baseline: float = 0.5,
    max_canvas_pixels: int = MAX_CANVAS_PIXELS,
) -> SceneLayout:
    """Lay out one scene for a product box of the given size in source pixels.

    In a frame the product wants the scale min(fill w / pw, fill h / ph), or less where padding
    leaves less room; the scene takes the largest such scale, but at most 1, and less where the
    canvas would exceed `max_canvas_pixels`. `baseline` is the share of a crop's free height above
    a product in the middle of a frame without a floor. `upscale` stays where the enlarged canvas
    has at most MAX_UPSCALED_PIXELS. Raises ValueError for an empty product, no frames, two frames
    of one name, or a baseline outside 0 to 1.
    """
    names = {frame.name for frame in frames}
    if min(product_width, product_height) < 1 or not frames or len(names) < len(frames):
        raise ValueError("a layout needs a product, and frames of different names")
    if not 0 <= baseline <= 1 or max_canvas_pixels < 1:
        raise ValueError("baseline must be 0 to 1 and max_canvas_pixels at least 1")
    size = (product_width, product_height)
    wanted = {frame.name: wanted_scale(*size, frame) for frame in frames}
    scale = min(1.0, max(wanted.values()))
    while True:
        product, crops = _place(size, frames, wanted, scale, baseline)
        canvas = _union(list(crops.values()))
        area = canvas.width * canvas.height
        if area <= max_canvas_pixels:
            break
        scale *= 0.999 * math.sqrt(max_canvas_pixels / area)
    return SceneLayout(
        canvas.width,
        canvas.height,
        _moved(product, canvas),
        scale,
        _upscale(max(wanted.values()) / scale, area),
        {name: _moved(crop, canvas) for name, crop in crops.items()},
    )


def _place(
    size: tuple[int, int],
    frames: Sequence[Frame],
    wanted: Mapping[str, float],
    scale: float,
    baseline: float,
) -> tuple[Box, dict[str, Box]]:
    """The product with its corner at the origin, and each frame's crop around it."""
    width, height = (max(1, round(side * scale)) for side in size)
    crops: dict[str, Box] = {}
    for frame in frames:
        ratio = scale / wanted[frame.name]
        # Rounding keeps the order of real numbers, but not against their last bit: hence max.
        crop_width = max(width, round(frame.width * ratio))
        crop_height = max(height, round(frame.height * ratio))
        x, y = corner(frame, (crop_width, crop_height), (width, height), baseline)
        left = max(0, min(half_down(x), crop_width - width))
        top = max(0, min(round(y), crop_height - height))
        crops[frame.name] = Box(-left, -top, crop_width, crop_height)
    return Box(0, 0, width, height), crops


def _union(boxes: Sequence[Box]) -> Box:
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right = max(box.x + box.width for box in boxes)
    bottom = max(box.y + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _moved(box: Box, origin: Box) -> Box:
    return Box(box.x - origin.x, box.y - origin.y, box.width, box.height)


def _upscale(needed: float, area: int) -> float:
    if needed <= MAX_STRETCH:
        return 1.0
    allowed = math.sqrt(MAX_UPSCALED_PIXELS / area)
    return max(1.0, round(min(needed, MAX_UPSCALE, allowed), 4))


def scale_box(box: Box, factor: float) -> Box:
    """The box on a picture enlarged by `factor`; edges are rounded, and a side is at least 1."""
    left, top = round(box.x * factor), round(box.y * factor)
    right = max(left + 1, round((box.x + box.width) * factor))
    bottom = max(top + 1, round((box.y + box.height) * factor))
    return Box(left, top, right - left, bottom - top)


def bounding_box(alpha: Pixels, threshold: int = 8) -> Box | None:
    """The smallest box around alpha (uint8, height x width) above `threshold`, None if empty.

    The threshold keeps a haze of almost clear pixels from widening the box.
    """
    solid = cv2.inRange(alpha, threshold + 1, 255)
    x, y, width, height = cv2.boundingRect(solid)
    return Box(x, y, width, height) if width else None
