"""The mirror image of a product in a glossy floor."""

from collections.abc import Sequence

import cv2
import numpy as np

from imaging.footing import Footing
from imaging.graded_blur import graded_blur
from imaging.pixels import Floats

_FADE = 0.42
_BLUR = 0.30
_HIDDEN = 1e-3
_EVEN = 0.03


def floor_reflection(
    product: Floats, parts: Sequence[Footing], gloss: float, roughness: float
) -> Floats:
    """What the floor mirrors: float32, height x width x 4, premultiplied linear RGB and cover.

    `product`: float32, height x width x 4, premultiplied linear RGB and alpha on the (reduced)
    canvas. `parts`: where it stands there. `gloss`, 0 to 1: the share of light that is mirrored at
    the contact; it falls with the distance from there, as it does for a lens that looks down more
    steeply. `roughness`, 0 to 1: how fast the image blurs with that distance. Each column is
    mirrored at its own floor line, so none leaves a gap. Lay it over a scene S, in linear light,
    as S * (1 - cover) + RGB.
    """
    result = np.zeros_like(product)
    for part in parts if gloss > 0 else ():
        window = _below(part, product.shape[1])
        image, distance = _mirrored(product, part, window)
        soft = graded_blur(image, np.asarray(0.8 + _BLUR * roughness * distance, np.float32), 1.0)
        height = float(np.ptp(np.flatnonzero(part.solid.any(axis=1))) + 1)
        strength = gloss * np.exp(-distance / (_FADE * height))
        strength *= (distance > 0) & (strength > _HIDDEN)
        soft *= strength[:, :, None]
        result[window] = soft + result[window] * (1 - soft[:, :, 3:])
    return result


def _below(part: Footing, columns: int) -> tuple[slice, slice]:
    """Where the part's mirror image may be."""
    margin = round(0.15 * part.size) + 8
    right = part.left + part.front.size + margin
    top = max(0, int(part.front.min()))
    return slice(top, None), slice(max(0, part.left - margin), min(columns, right))


def _mirrored(product: Floats, part: Footing, window: tuple[slice, slice]) -> tuple[Floats, Floats]:
    """The part turned over at its floor line, and each pixel's distance below that line."""
    rows, columns = np.arange(product.shape[0])[window[0]], np.arange(product.shape[1])[window[1]]
    line = np.interp(columns, part.left + np.arange(part.front.size), part.front)
    smooth = cv2.GaussianBlur(
        line[None].astype(np.float32),
        (0, 0),
        max(1.0, _EVEN * part.size),
        borderType=cv2.BORDER_REPLICATE,
    )
    down = np.repeat(rows.astype(np.float32)[:, None], columns.size, axis=1)
    across = np.repeat(columns.astype(np.float32)[None], rows.size, axis=0)
    own = cv2.dilate(part.solid.astype(np.uint8), np.ones((5, 5), np.uint8))
    image = cv2.remap(
        product * own[:, :, None],
        across,
        np.asarray(2 * smooth + 1 - down, np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return np.asarray(image, np.float32), np.asarray(np.maximum(0, down - smooth), np.float32)
