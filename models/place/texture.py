"""Paints what a scene is made of, at the canvas' size: floor, wall and podium, evenly lit."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from imaging.backdrop.focus import blur_by_depth, blur_rows
from imaging.backdrop.podium import draw_podium, podium_for
from imaging.backdrop.stage import Stage, floor_patch
from imaging.pixels import Floats, Pixels
from imaging.surfaces.concrete import concrete
from imaging.surfaces.linen import linen
from imaging.surfaces.marble import marble
from imaging.surfaces.patch import Patch
from imaging.surfaces.plaster import plaster
from imaging.surfaces.ramp import coloured, ramp, tones
from imaging.surfaces.wood import wood
from models.place.paints import Paints, mixed
from models.place.scenes import SceneSpec

_MOST_SAMPLES = 1_200_000
_WALL_SAMPLE = 0.012  # product sizes: the wall is out of focus, and is drawn no finer
_EDGE_BLUR = 0.004

_SURFACES: Mapping[str, Callable[[Patch, int], Floats]] = {
    "plaster": plaster,
    "marble": marble,
    "wood": wood,
    "concrete": concrete,
    "linen": linen,
}


def paint_texture(
    spec: SceneSpec, paints: Paints, stage: Stage, azimuth: float, seed: int
) -> Pixels | None:
    """uint8 sRGB, stage height x width x 3; None where floor and wall are plain paper.

    `azimuth`: where the light comes from, for the side of a podium.
    """
    assert spec.floor and spec.wall
    picture = np.empty((stage.height, stage.width, 3), np.uint8)
    if paints.podium is not None and not stage.flat:
        picture[:] = np.array(paints.floor[-1], np.uint8)
        draw_podium(picture, podium_for(stage), paints.podium, azimuth)
        return picture
    if (spec.floor.surface, spec.wall.surface) == ("paper", "paper"):
        return None
    edge = min(stage.height, max(0, round(stage.horizon)))
    if edge:
        _wall(picture[:edge], spec, paints, stage, seed)
    _floor(picture[edge:], spec, paints, stage, seed)
    if edge:
        blur_rows(picture, edge, _EDGE_BLUR * stage.unit)
    return picture


def _floor(part: Pixels, spec: SceneSpec, paints: Paints, stage: Stage, seed: int) -> None:
    """Fill the rows under the horizon."""
    assert spec.floor
    patch, matrix = floor_patch(stage, _MOST_SAMPLES)
    surface = _SURFACES.get(spec.floor.surface)
    if surface is None:
        part[:] = np.array(paints.floor[-1], np.uint8)
        return
    tone = surface(patch.scaled(1 / max(spec.floor.scale, 0.05)), seed)
    if not stage.flat:
        tone = blur_by_depth(tone, patch)
    top = stage.height - len(part)
    moved = matrix @ np.array([[1, 0, 0], [0, 1, top], [0, 0, 1]])
    seen = cv2.warpPerspective(
        tones(tone),
        moved,
        (stage.width, len(part)),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    coloured(np.asarray(seen, np.uint8), ramp(paints.floor), part)


def _wall(part: Pixels, spec: SceneSpec, paints: Paints, stage: Stage, seed: int) -> None:
    """Fill the rows above the horizon: the colour of the wall's foot, varied by its surface."""
    assert spec.wall
    surface = _SURFACES.get(spec.wall.surface)
    colour = paints.wall[0]
    if surface is None:
        part[:] = np.array(colour, np.uint8)
        return
    left, right = -stage.centre / stage.unit, (stage.width - stage.centre) / stage.unit
    high = len(part) / stage.unit
    grid = [
        max(2, min(side, round(size / _WALL_SAMPLE)))
        for side, size in ((stage.width, right - left), (len(part), high))
    ]
    tone = surface(Patch(left, -high, right - left, high, *grid), seed + 1)
    large = cv2.resize(tones(tone), (stage.width, len(part)), interpolation=cv2.INTER_LINEAR)
    deep = mixed(colour, (0, 0, 0), min(1.0, 2 * spec.wall.contrast))
    coloured(np.asarray(large, np.uint8), ramp((deep, colour)), part)
