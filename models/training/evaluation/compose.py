"""Stands a cut-out product on a backdrop the way a camera would have seen it.

Edge colours and shadows are computed here rather than by `imaging`, so that the test sets stay the
same when that changes.
"""

import io

import cv2
import numpy as np
from PIL import Image

from imaging.encode import encode_jpeg
from imaging.light import to_linear, to_srgb_scale
from imaging.pixels import Floats, Pixels
from imaging.resize import resize
from models.training.evaluation.photos import Case

_QUALITY = 90
_LARGEST, _MOST_ENLARGED = 720, 2.0
_ASPECTS = ((4, 3), (1, 1), (3, 4))
_TOUCH = 0.02


def cut(case: Case) -> Pixels:
    """The product alone, RGBA, with its own colour along the edge, of the photo's size.

    An edge pixel takes the mean of the opaque ones around it, weighted by nearness.
    """
    solid = (case.matte > 250).astype(np.float32)
    colour = case.rgb.astype(np.float32)
    weight = cv2.GaussianBlur(solid, (0, 0), 2.5) + 1e-6
    near = cv2.GaussianBlur(colour * solid[:, :, None], (0, 0), 2.5) / weight[:, :, None]
    edge = (solid == 0) & (weight > 1e-3)
    own = np.where(edge[:, :, None], near, colour)
    return np.dstack([np.rint(np.clip(own, 0, 255)).astype(np.uint8), case.matte])


def placed(cutout: Pixels, random: np.random.Generator) -> Pixels:
    """The product on a clear canvas, RGBA: where it was if it touches the frame, else anywhere."""
    alpha = cutout[:, :, 3] > 127
    sides = (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1])
    if any(side.mean() > _TOUCH for side in sides):
        return cutout
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    pad = 3
    part = cutout[
        max(0, rows[0] - pad) : rows[-1] + pad + 1,
        max(0, columns[0] - pad) : columns[-1] + pad + 1,
    ]
    aspect = _ASPECTS[random.integers(len(_ASPECTS))]
    largest = min(_LARGEST, 2 * max(cutout.shape[:2]))
    width, height = (largest * side // max(aspect) for side in aspect)
    fill = random.uniform(0.45, 0.85)
    scale = fill * min(width / part.shape[1], height / part.shape[0])
    scale = min(scale, _MOST_ENLARGED)
    size = (max(8, round(part.shape[1] * scale)), max(8, round(part.shape[0] * scale)))
    small = resize(np.ascontiguousarray(part), *size)
    canvas = np.zeros((height, width, 4), np.uint8)
    left = int(random.uniform(0.2, 0.8) * (width - size[0]))
    top = int(random.uniform(0.3, 0.8) * (height - size[1]))
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas


def stand(name: str, product: Pixels, backdrop: Floats, random: np.random.Generator) -> Case:
    """A photo of the product before the backdrop: soft shadow, sensor noise, JPEG at 90.

    `product`: uint8 RGBA; `backdrop`: float32 RGB in linear light, 0 to 1, of the same size.
    Mixed in linear light, as a lens mixes.
    """
    part = np.asarray(product[:, :, 3:], np.float32) / np.float32(255)
    ground = backdrop * _shadow(part[:, :, 0], random)[:, :, None]
    light = part * to_linear(product[:, :, :3]) + (1 - part) * ground
    codes = to_srgb_scale(light * random.uniform(0.85, 1.1))
    codes += random.normal(0, random.uniform(0.3, 2.0), light.shape).astype(np.float32)
    photo = np.rint(np.clip(codes, 0, 255)).astype(np.uint8)
    stored = np.asarray(Image.open(io.BytesIO(encode_jpeg(photo, _QUALITY))))
    return Case(name, stored, np.ascontiguousarray(product[:, :, 3]))


def _shadow(alpha: Floats, random: np.random.Generator) -> Floats:
    """The share of light that is left: a narrow dark shadow beneath, and a wide faint one aside."""
    size = float(max(alpha.shape))
    close = _cast(alpha, (0, 0.006 * size), random.uniform(0.004, 0.008) * size)
    aside = random.uniform(-0.05, 0.05) * size, random.uniform(0.0, 0.04) * size
    wide = _cast(alpha, aside, random.uniform(0.012, 0.04) * size)
    light = (1 - random.uniform(0.1, 0.6) * close) * (1 - random.uniform(0.1, 0.5) * wide)
    return np.asarray(light, np.float32)


def _cast(alpha: Floats, shift: tuple[float, float], blur: float) -> Floats:
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
    moved = cv2.warpAffine(alpha, matrix, alpha.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), blur), np.float32)
