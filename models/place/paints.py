"""Which colours a scene is painted in: its own, a paper colour, or a brand's."""

from dataclasses import dataclass

import numpy as np

from imaging.light import to_linear, to_srgb_scale
from imaging.surfaces.ramp import RGB
from models.place.scenes import SceneSpec

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


@dataclass(frozen=True)
class Paints:
    """sRGB colours: the floor's stops, the wall's foot and top, the podium's if there is one."""

    floor: tuple[RGB, ...]
    wall: tuple[RGB, RGB]
    podium: RGB | None


def paints_of(spec: SceneSpec, background: RGB | None, palette: tuple[RGB, ...]) -> Paints:
    """The scene's paints. Brand colours count before a paper colour, where the scene takes any.

    A scene that wants two brand colours and gets one makes the other of it, lighter or darker.
    Raises ValueError for a scene that has neither floor nor wall.
    """
    if spec.floor is None or spec.wall is None:
        raise ValueError(f"scene {spec.name} is not painted")
    if palette and spec.palette:
        return _of_palette(spec, palette)
    if background and spec.background:
        return _of_paper(spec, background, len(spec.floor.colours))
    return Paints(spec.floor.colours, (spec.wall.colours[0], spec.wall.colours[-1]), spec.podium)


def _of_palette(spec: SceneSpec, palette: tuple[RGB, ...]) -> Paints:
    first = palette[0]
    if spec.podium is not None:
        around = palette[1] if len(palette) > 1 else mixed(first, _WHITE, 0.6)
        return Paints((around,), (around, around), first)
    if spec.join == "edge":
        wall = palette[1] if len(palette) > 1 else mixed(first, _WHITE, 0.6)
        return Paints((first,), (wall, wall), None)
    top = palette[1] if len(palette) > 1 else mixed(first, _BLACK, 0.35)
    return Paints((first,), (first, top), None)


def _of_paper(spec: SceneSpec, paper: RGB, stops: int) -> Paints:
    """A surface of several stops keeps its contrast, in shades of the paper's colour."""
    floor = tuple(mixed(_BLACK, paper, 1 - 0.12 * (stops - 1 - each)) for each in range(stops))
    if spec.join == "edge":
        wall = mixed(paper, _BLACK, 0.22 if spec.palette else 0.06)
        return Paints(floor, (wall, wall), None)
    podium = mixed(paper, _WHITE, 0.5) if spec.podium else None
    shaded = mixed(paper, _BLACK, 0.25) if spec.palette and podium is None else paper
    return Paints(floor, (paper, shaded), podium)


def mixed(one: RGB, other: RGB, share: float) -> RGB:
    """`share` 0..1 of the other colour, mixed in linear light."""
    light = to_linear(np.array((one, other), np.uint8))
    red, green, blue = np.rint(to_srgb_scale(light[0] + (light[1] - light[0]) * share)).astype(int)
    return int(red), int(green), int(blue)
