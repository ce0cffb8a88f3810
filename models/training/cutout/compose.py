"""Draws one training example: a render as it is, or a product laid over another background."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from imaging.pixels import Floats, Pixels
from models.training.cutout.degrade import degrade
from models.training.cutout.library import Library
from models.training.render.palette import Random, paper
from models.training.render.prints import art, noise

_EMPTY, _AS_RENDERED, _REDRESSED, _CUT_BY_FRAME = 0.03, 0.5, 0.4, 0.15


def example(rng: Random, library: Library, side: int) -> tuple[Pixels, Pixels]:
    """An RGB picture and its matte, uint8, `side` x `side` (x 3)."""
    if rng.random() < _EMPTY:  # where there is nothing, nothing must be found
        photo, matte = background(rng, library, side), np.zeros((side, side), np.uint8)
    elif rng.random() < _AS_RENDERED:
        index = int(rng.integers(len(library.photos)))
        photo, matte = _view(rng, library.photos[index], library.mattes[index], side)
    else:
        photo, matte = _collage(rng, library, side)
    if rng.random() < 0.5:
        photo, matte = photo[:, ::-1], matte[:, ::-1]
    codes = np.rint(255 * np.clip(degrade(rng, photo), 0, 1)).astype(np.uint8)
    return np.ascontiguousarray(codes), np.ascontiguousarray(matte)


def _view(rng: Random, photo: Pixels, matte: Pixels, side: int) -> tuple[Floats, Pixels]:
    """A random window of a render: from all of it to the product alone, stretched and turned."""
    rows, columns = np.nonzero(matte > 127)
    if rows.size == 0:
        rows, columns = np.nonzero(matte >= 0)
    low = np.array([columns.min(), rows.min()], float)
    high = np.array([columns.max() + 1, rows.max() + 1], float)
    whole = np.array(matte.shape[::-1], float)
    tight = rng.random() ** 1.5
    if rng.random() < 0.12:
        tight = rng.uniform(1.0, 1.25)  # the frame cuts the product
    margin = rng.uniform(0.02, 0.12, 2) * (high - low)
    start = low * tight - margin * min(tight, 1) + rng.normal(0, 0.02, 2) * whole
    end = whole + (high + margin - whole) * tight + rng.normal(0, 0.02, 2) * whole
    size = np.maximum(end - start, 32)
    if rng.random() < 0.6:  # mostly keep shapes as they are
        size[:] = np.sqrt(size.prod()) if rng.random() < 0.5 else size.max()
        start = (start + end - size) / 2
    turn = rng.normal(0, 4) if rng.random() < 0.4 else 0.0
    centre = start + size / 2
    scale = side / size
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    linear = np.array([[c * scale[0], -s * scale[0]], [s * scale[1], c * scale[1]]])
    shift = side / 2 - linear @ centre
    warp = np.column_stack([linear, shift])
    border = cv2.BORDER_REFLECT_101 if rng.random() < 0.5 else cv2.BORDER_REPLICATE
    both = np.dstack([photo, matte]).astype(np.float32) / np.float32(255)
    seen = _warped(both, warp, side, border)
    return seen[:, :, :3], np.rint(255 * seen[:, :, 3]).astype(np.uint8)


def _collage(rng: Random, library: Library, side: int) -> tuple[Floats, Pixels]:
    ground = background(rng, library, side)
    cover = np.zeros((side, side), np.float32)
    count = int(rng.choice([1, 1, 1, 1, 2, 3]))
    sprite = library.sprites[int(rng.integers(len(library.sprites)))]
    tone = np.exp(rng.normal(0, 0.12, 3) + rng.normal(0, 0.15)).astype(np.float32)
    for k in range(count):
        if k and rng.random() < 0.5:
            sprite = library.sprites[int(rng.integers(len(library.sprites)))]
        layer = _laid(rng, _redressed(rng, sprite, library), side, count)
        alpha = layer[:, :, 3]
        if rng.random() < 0.85:
            ground *= (1 - _shadow(rng, alpha))[:, :, None]
        if rng.random() < 0.12:
            ground = _mirrored(rng, ground, layer)
        ground = ground * (1 - alpha[:, :, None]) + layer[:, :, :3] * tone * alpha[:, :, None]
        cover = np.maximum(cover, alpha)
    return np.asarray(np.clip(ground, 0, 1), np.float32), np.rint(255 * cover).astype(np.uint8)


def _redressed(rng: Random, sprite: Pixels, library: Library) -> Pixels:
    """Sometimes the sprite's outline with another skin: a print, or a piece of any render.

    Real things are patchy inside; a net that has seen smooth products only takes a patch for them.
    """
    if rng.random() > _REDRESSED:
        return sprite
    height, width = sprite.shape[:2]
    if rng.random() < 0.4:
        skin = np.asarray(art(rng), np.float32) ** np.float32(1 / 2.2)
    else:
        photo = library.photos[int(rng.integers(len(library.photos)))]
        skin = np.asarray(photo / np.float32(255), np.float32)
    size = int(len(skin) * rng.uniform(0.3, 1))
    y, x = rng.integers(0, len(skin) - size + 1, 2)
    piece = cv2.resize(skin[y : y + size, x : x + size], (width, height))
    colour = sprite[:, :, :3].astype(np.float32) / 255
    light = colour.mean(axis=2, keepdims=True)
    shaded = piece * (light / max(float(light.mean()), 0.05)) ** rng.uniform(0, 1)
    share = rng.uniform(0.3, 1.0)
    mixed = np.clip(colour * (1 - share) + shaded * share, 0, 1)
    return np.dstack([np.rint(255 * mixed).astype(np.uint8), sprite[:, :, 3]])


def _laid(rng: Random, sprite: Pixels, side: int, count: int) -> Floats:
    """The sprite at a random size and place; side x side x 4, straight alpha, 0 to 1."""
    height, width = sprite.shape[:2]
    cut = rng.random() < _CUT_BY_FRAME
    fill = rng.uniform(0.6, 1.5) if cut else rng.uniform(0.3, 0.97)
    fill /= 1 if count == 1 else 1.6
    scale = fill * side / max(height, width)
    stretch = np.exp(rng.normal(0, 0.12))
    half = np.array([width * scale * stretch, height * scale]) / 2
    room = np.maximum(side / 2 - half, 0)
    centre = side / 2 + rng.uniform(-1, 1, 2) * room
    if cut:
        centre += np.array([rng.normal(0, 0.12), abs(rng.normal(0, 0.25))]) * side
    turn = np.radians(rng.normal(0, 8) if rng.random() < 0.8 else rng.uniform(-180, 180))
    c, s = np.cos(turn) * scale, np.sin(turn) * scale
    linear = np.array([[c * stretch, -s], [s * stretch, c]])
    shift = centre - linear @ np.array([width, height]) / 2
    wide = np.asarray(sprite / np.float32(255), np.float32)
    wide[:, :, :3] *= wide[:, :, 3:]
    laid = _warped(wide, np.column_stack([linear, shift]), side)
    clear = np.maximum(laid[:, :, 3:], np.float32(1e-4))
    return np.dstack([laid[:, :, :3] / clear, laid[:, :, 3]])


def _warped(picture: Floats, warp: Any, side: int, border: int = cv2.BORDER_CONSTANT) -> Floats:
    """Warp to side x side; where the warp shrinks much, shrink first, so that nothing aliases."""
    scale = float(np.sqrt(abs(np.linalg.det(warp[:, :2]))))
    if scale < 0.75:
        height, width = picture.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
        warp = warp @ np.diag([width / size[0], height / size[1], 1])
    flags = cv2.INTER_LINEAR
    return np.asarray(
        cv2.warpAffine(picture, warp, (side, side), flags=flags, borderMode=border), np.float32
    )


def _shadow(rng: Random, alpha: Floats) -> Floats:
    """Darkening below and beside: contact, cast, or a flat-lay's offset; 0 to 1."""
    side = len(alpha)
    rows = np.nonzero(alpha.max(axis=1) > 0.3)[0]
    if rows.size == 0:
        return np.zeros_like(alpha)
    bottom, kind = int(rows[-1]), rng.random()
    if kind < 0.45:
        squash, lean = rng.uniform(0.05, 0.5) * rng.choice([1, 1, -1]), rng.uniform(-1.2, 1.2)
        warp = np.array([[1, lean, -lean * bottom], [0, squash, bottom * (1 - squash)]])
    else:
        across, down = rng.normal(0, 0.03, 2) * side
        warp = np.array([[1, 0, across], [0, 1, abs(down)]])
    cast = cv2.warpAffine(alpha, warp.astype(np.float32), (side, side))
    if kind < 0.75:
        band = np.zeros_like(alpha)
        band[max(0, bottom - side // 25) : bottom + 1] = 1
        foot = np.nonzero((alpha * band).max(axis=0) > 0.3)[0]
        if foot.size:
            middle = (int(foot.mean()), bottom)
            axes = (int(np.ptp(foot) * 0.55) + 2, int(np.ptp(foot) * rng.uniform(0.02, 0.14)) + 2)
            cv2.ellipse(cast, middle, axes, 0, 0, 360, 1, -1, cv2.LINE_AA)
    soft = side * 10 ** rng.uniform(-2.4, -1.1)
    blurred = cv2.GaussianBlur(cast, (0, 0), float(soft))
    return np.asarray(np.clip(blurred, 0, 1) * rng.uniform(0.1, 0.8), np.float32)


def _mirrored(rng: Random, ground: Floats, layer: Floats) -> Floats:
    """A reflection in a glossy floor."""
    side = len(layer)
    bottom = int(np.nonzero(layer[:, :, 3].max(axis=1) > 0.3)[0].max(initial=side - 1))
    flip = np.array([[1, 0, 0], [0, -1, 2 * bottom + 1]], np.float32)
    image = cv2.warpAffine(layer, flip, (side, side))
    fade = np.clip(1 - (np.arange(side) - bottom) / (side * rng.uniform(0.1, 0.5)), 0, 1)
    share = (
        image[:, :, 3:] * (fade * (np.arange(side) > bottom) * rng.uniform(0.1, 0.5))[:, None, None]
    )
    return np.asarray(ground * (1 - share) + image[:, :, :3] * share, np.float32)


def background(rng: Random, library: Library, side: int) -> Floats:
    """An empty room, a gradient, a print or a texture; side x side x 3, 0 to 1."""
    kind = rng.random()
    if kind < 0.4 and library.plates:
        plate = library.plates[int(rng.integers(len(library.plates)))]
        size = int(len(plate) * rng.uniform(0.35, 1))
        y, x = rng.integers(0, len(plate) - size + 1, 2)
        picture = cv2.resize(plate[y : y + size, x : x + size], (side, side))
        if rng.random() < 0.5:
            picture = picture[:, ::-1]
        return np.asarray(picture / np.float32(255), np.float32)
    if kind < 0.72:
        return _gradient(rng, side)
    if kind < 0.82:
        sheet = art(rng).astype(np.float32) ** (1 / 2.2)
    else:
        a, b = np.asarray(paper(rng)), np.asarray(paper(rng))
        grain = noise(rng, float(rng.choice([0.7, 1.1, 1.6])))[:, :, None]
        sheet = ((a + (b - a) * grain) ** (1 / 2.2)).astype(np.float32)
    size = int(len(sheet) * rng.uniform(0.3, 1))
    y, x = rng.integers(0, len(sheet) - size + 1, 2)
    picture = np.asarray(cv2.resize(sheet[y : y + size, x : x + size], (side, side)), np.float32)
    if rng.random() < 0.4:
        soft = cv2.GaussianBlur(picture, (0, 0), side * rng.uniform(0.004, 0.03))
        picture = np.asarray(soft, np.float32)
    return np.asarray(picture, np.float32)


def _gradient(rng: Random, side: int) -> Floats:
    """A studio sweep: plain, falling off, vignetted, or with a soft or hard horizon."""
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j].astype(np.float32)
    a = np.asarray(paper(rng)) ** (1 / 2.2)
    b = np.clip(a * np.exp(rng.normal(0, 0.3)) + rng.normal(0, 0.02, 3), 0, 1)
    kind = rng.random()
    if kind < 0.2:
        share = np.zeros_like(x)
    elif kind < 0.5:
        turn = rng.uniform(0, 2 * np.pi)
        share = 0.5 + (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn)
    elif kind < 0.75:
        centre = rng.uniform(0.2, 0.8, 2)
        share = np.hypot(x - centre[0], y - centre[1]) / rng.uniform(0.5, 1.2)
    else:
        steep = (y - rng.uniform(0.35, 0.85)) * 10 ** rng.uniform(0.7, 2.5)
        share = 1 / (1 + np.exp(np.clip(-steep, -30, 30)))
    return np.asarray(a + (b - a) * np.clip(share, 0, 1)[:, :, None], np.float32)
