"""Places a small seller takes photos in: paper sweeps, a table, a shelf, a cloth.

Each room lies around the origin with its floor at z = 0 and the camera somewhere towards -Y.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import bpy
import numpy as np

from . import materials, meshes
from .materials import Colour

Objects = list[bpy.types.Object]


def area_light(
    position: meshes.Point,
    size: tuple[float, float],
    power: float,
    colour: Colour = (1, 1, 1),
    target: meshes.Point = (0, 0, 0.7),
) -> bpy.types.Object:
    """A rectangular lamp or window aimed at `target`."""
    data = bpy.data.lights.new("light", "AREA")
    data.shape, data.size, data.size_y = "RECTANGLE", *size
    data.energy, data.color = power, colour
    obj = bpy.data.objects.new("light", data)
    obj.location = position
    aim = np.asarray(target, dtype=float) - np.asarray(position, dtype=float)
    flat = math.hypot(aim[0], aim[1])
    obj.rotation_euler = (math.atan2(flat, -aim[2]), 0, math.atan2(aim[1], aim[0]) - math.pi / 2)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def ambience(colour: Colour, strength: float) -> None:
    """Even light from all around: the room the photo was taken in."""
    world = bpy.data.worlds.new("room")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*colour, 1)
    background.inputs["Strength"].default_value = strength
    bpy.context.scene.world = world


def window(power: float, side: float = -1.0, warm: float = 0.0) -> Objects:
    """Daylight from a four-pane window beside the product; the bars show in reflections."""
    colour = (1.0, 1.0 - 0.08 * warm, 1.0 - 0.2 * warm)
    lights = []
    for y in (-2.4, 0.4):
        for z in (2.6, 5.4):
            place = (7.0 * side, y - 1.5, z)
            aim = (0.0, y - 1.5 + 0.8, z - 2.6)
            lights.append(area_light(place, (2.6, 2.6), power / 4, colour, aim))
    return lights


def sweep(low: Colour, high: Colour, curl: float = 3.0, bump: float = 0.02) -> Objects:
    """A roll of paper that runs from the table up the wall in one curve."""
    paper = materials.mottled("paper", low, high, 0.85, 0.7, bump)
    t = np.linspace(0, math.pi / 2, 32)
    floor = [(-30.0, 0.0), (2.5, 0.0)]
    curve = [(2.5 + curl * math.sin(a), curl * (1 - math.cos(a))) for a in t[1:]]
    side = np.array([*floor, *curve, (2.5 + curl, 25.0)])
    x = np.linspace(-25, 25, 2)
    grid = np.empty((len(side), 2, 3))
    grid[..., 0], grid[..., 1], grid[..., 2] = x, side[:, :1], side[:, 1:]
    return [meshes.surface("sweep", grid, paper, smooth_degrees=60)]


def white_sweep() -> Objects:
    """White paper in daylight with a card on the other side."""
    ambience((0.95, 0.97, 1.0), 0.34)
    card = materials.plain("card", (0.8, 0.8, 0.8), 0.9)
    bounce = meshes.box("card", (0.05, 4, 4), (3.4, 0, 2), card, bevel=0)
    return [*sweep((0.76, 0.76, 0.75), (0.8, 0.8, 0.79)), bounce, *window(1500, -1)]


def grey_sweep() -> Objects:
    """Mid-grey paper under a softbox and a weaker fill."""
    ambience((0.9, 0.95, 1.0), 0.2)
    key = area_light((-4, -3.5, 6), (3, 3), 900, (1.0, 0.97, 0.93))
    fill = area_light((6, -4, 3), (3, 4), 120, (0.9, 0.95, 1.0))
    return [*sweep((0.33, 0.34, 0.35), (0.37, 0.38, 0.39)), key, fill]


def blue_sweep() -> Objects:
    """Pale blue craft paper."""
    ambience((1.0, 0.98, 0.95), 0.2)
    return [
        *sweep((0.30, 0.52, 0.60), (0.34, 0.56, 0.64)),
        *window(1500, -1, 0.4),
        area_light((4, -5, 5), (2, 2), 110, (1.0, 0.9, 0.8)),
    ]


def yellow_sweep() -> Objects:
    """Ochre paper, afternoon light from the right."""
    ambience((1.0, 0.97, 0.93), 0.22)
    return [
        *sweep((0.68, 0.44, 0.14), (0.74, 0.49, 0.17)),
        *window(1500, 1, 0.5),
        area_light((-5, -5, 4), (3, 3), 110),
    ]


def table() -> Objects:
    """An oak table in a room that is out of focus behind it."""
    ambience((1.0, 0.97, 0.94), 0.22)
    oak = materials.wood("oak", (0.30, 0.16, 0.075), (0.55, 0.34, 0.17))
    wall = materials.mottled("wall", (0.62, 0.6, 0.55), (0.68, 0.66, 0.61), 0.9, 0.4)
    objects = [
        meshes.box("table", (40, 14, 0.4), (0, 1.5, -0.2), oak, bevel=0.06),
        meshes.box("wall", (80, 0.2, 60), (0, 24, 10), wall, bevel=0),
    ]
    return [*objects, *_far_things(), *window(1600, -1, 0.25)]


def _far_things() -> Objects:
    """Furniture and plants that only ever appear as blur."""
    dark = materials.plain("sideboard", (0.16, 0.085, 0.045), 0.6)
    leaf = materials.plain("leaf", (0.06, 0.16, 0.05), 0.6)
    pot = materials.plain("pot", (0.55, 0.25, 0.15), 0.8)
    frame = materials.plain("frame", (0.25, 0.32, 0.36), 0.6)
    glow = bpy.data.materials.new("lamp")
    glow.use_nodes = True
    shader = glow.node_tree.nodes["Principled BSDF"]
    shader.inputs["Emission Color"].default_value = (1.0, 0.72, 0.4, 1)
    shader.inputs["Emission Strength"].default_value = 2.2
    objects = [
        meshes.box("sideboard", (12, 3, 6), (8, 21, -3.2), dark),
        meshes.box("picture", (3.4, 0.2, 4.4), (-6.5, 23.6, 4.6), frame),
        meshes.lathe("pot", [(0.8, -0.2), (1.1, 1.5), (0.0, 1.5)], pot),
        meshes.lathe("shade", [(1.2, 2.2), (0.8, 4.0), (0, 4.0)], glow),
    ]
    objects[2].location = (5.0, 20.5, 0)
    objects[3].location = (11.0, 20.5, 0)
    random = np.random.default_rng(8)
    for _ in range(26):
        x, y, z = random.normal((5.0, 20.5, 3.2), (0.9, 0.5, 0.9))
        blade = [(5.0, 20.5, 1.4), ((x + 5) / 2, 20.5, z), (x, y, z + random.uniform(-0.6, 0.9))]
        objects.append(meshes.tube("leaf", blade, 0.3, leaf, flat=0.15, samples=12))
    return objects


def shelf() -> Objects:
    """A painted board against a sage green wall."""
    ambience((1.0, 0.98, 0.96), 0.14)
    board = materials.mottled("board", (0.70, 0.68, 0.63), (0.74, 0.72, 0.67), 0.45, 2.0)
    wall = materials.mottled("plaster", (0.28, 0.35, 0.28), (0.32, 0.39, 0.32), 0.9, 1.2, 0.05)
    return [
        meshes.box("board", (30, 4.4, 0.3), (0, 0.3, -0.15), board, bevel=0.03),
        meshes.box("wall", (60, 0.2, 40), (0, 2.6, 4), wall, bevel=0),
        *window(1500, -1, 0.2),
        area_light((4, -7, 4), (3, 3), 60),
    ]


def cloth() -> Objects:
    """Coarse linen laid over a table, flat under the product and creased around it."""
    ambience((1.0, 0.98, 0.95), 0.2)
    linen = materials.weave("linen", (0.10, 0.12, 0.13), (0.2, 0.235, 0.25), 2.6)
    x, y = np.meshgrid(np.linspace(-14, 14, 280), np.linspace(-12, 20, 320))
    fold = np.sin(x * 0.9 + 0.7 * np.sin(y * 0.5)) * np.sin(y * 0.45 + 1.1)
    fold = 0.22 * np.abs(fold) ** 1.5 + 0.05 * np.sin(x * 2.3 + y * 1.7)
    calm = np.clip((np.hypot(x, y * 0.9) - 1.6) / 3.0, 0, 1) ** 2
    grid = np.stack([x, y, fold * calm], axis=2)
    return [
        meshes.surface("cloth", grid, linen, smooth_degrees=80),
        *window(1500, -1, 0.1),
        area_light((3.5, -3, 6), (2, 2), 180),
    ]


def window_sill() -> Objects:
    """A wooden sill, lit from behind through a window onto a garden."""
    ambience((0.95, 0.98, 1.0), 0.4)
    walnut = materials.wood("walnut", (0.12, 0.055, 0.025), (0.3, 0.15, 0.07), 3.3)
    paint = materials.plain("paint", (0.75, 0.75, 0.73), 0.4)
    garden = materials.backdrop("garden", (0.05, 0.13, 0.035), (0.75, 0.85, 0.55), 0.22, 1.3)
    return [
        meshes.box("sill", (40, 7, 0.4), (0, -0.4, -0.2), walnut, bevel=0.05),
        meshes.box("rail", (40, 0.5, 0.55), (0, 3.3, 0.1), paint, bevel=0.05),
        meshes.box("mullion", (0.55, 0.5, 24), (3.1, 3.3, 8), paint, bevel=0.05),
        meshes.box("garden", (120, 0.2, 80), (0, 40, 0), garden, bevel=0),
        area_light((-3, 8, 8), (4, 4), 1700, (1.0, 0.97, 0.92)),
        area_light((-6, -5, 4), (2, 4), 220),
    ]


ROOMS: dict[str, Callable[[], Objects]] = {
    "white sweep": white_sweep,
    "grey sweep": grey_sweep,
    "blue sweep": blue_sweep,
    "yellow sweep": yellow_sweep,
    "table": table,
    "shelf": shelf,
    "cloth": cloth,
    "window sill": window_sill,
}
