"""Places to photograph in: sweeps, tables, shelves, cloth, cluttered rooms, and their light."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import cv2
import numpy as np

from samples.blender import artwork, materials, meshes
from samples.blender.rooms import area_light

from . import surfaces
from .palette import Random, colour, natural, paper
from .parts import Parts, blob, outline_box, place, slab, vertices
from .prints import noise
from .products import TRAINING


def light(rng: Random) -> None:
    """One to three lamps, hard or soft, from above, the sides or behind, and a lit world."""
    _world(rng)
    hard = rng.random() < 0.25
    for k in range(int(rng.integers(1, 4))):
        azimuth, height = rng.uniform(0, 2 * np.pi), rng.uniform(1.5, 6)
        reach = rng.uniform(3, 7)
        size = rng.uniform(0.05, 0.4) if hard and k == 0 else rng.uniform(1, 4)
        spot = (reach * np.cos(azimuth), reach * np.sin(azimuth), height)
        warm = rng.normal(0, 0.12)
        tone = tuple(np.clip((1 + warm, 1.0, 1 - warm), 0.5, 1.4))
        area_light(spot, (size, size * rng.uniform(0.5, 2)), rng.uniform(60, 700), tone)


def _world(rng: Random) -> None:
    """A painted surrounding: sky to ground, windows, blurred furniture. Seen in reflections."""
    height, width = 256, 512
    down = np.linspace(0, 1, height)[:, None, None]
    top, low = np.asarray(paper(rng)), np.asarray(natural(rng))
    image = (top * (1 - down) + low * down) * np.ones((1, width, 1))
    image = np.ascontiguousarray(image, np.float32)
    for _ in range(int(rng.integers(0, 60))):
        x, y = rng.uniform(0, width), rng.uniform(0.1, 0.95) * height
        w, h = rng.uniform(4, 90), rng.uniform(4, 90)
        corners = ((int(x), int(y)), (int(x + w), int(y + h)))
        cv2.rectangle(image, *corners, tuple(float(v) for v in colour(rng)), -1)
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(0, width), rng.uniform(0.05, 0.5) * height
        w, h, bright = rng.uniform(20, 80), rng.uniform(20, 70), rng.uniform(2, 12)
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), (bright,) * 3, -1)
    image = cv2.GaussianBlur(image, (0, 0), float(rng.choice([1.0, 3.0, 8.0])))
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    tree = world.node_tree
    picture = tree.nodes.new("ShaderNodeTexEnvironment")
    picture.image = artwork.from_array("surrounding", image[::-1])
    background = tree.nodes["Background"]
    tree.links.new(picture.outputs["Color"], background.inputs["Color"])
    background.inputs["Strength"].default_value = rng.uniform(0.15, 1.0)
    world.cycles.sampling_method, world.cycles.sample_map_resolution = "MANUAL", 64
    bpy.context.scene.world = world


def _any_paper(rng: Random) -> bpy.types.Material:
    tone = paper(rng)
    return materials.mottled("paper", tone, surfaces.scaled(tone, 0.96), rng.uniform(0.4, 1), 5)


def sweep(rng: Random) -> Parts:
    """A paper or acrylic sweep without a horizon."""
    near, far, rise = -9.0, rng.uniform(2.5, 7), 12.0
    bend = rng.uniform(0.8, 3)
    t = np.linspace(0, np.pi / 2, 12)
    y = np.concatenate([[near, 0], far - bend + bend * np.sin(t), [far]])
    z = np.concatenate([[0, 0], bend - bend * np.cos(t), [rise]])
    x = np.linspace(-12, 12, 3)
    grid = np.stack(
        [
            np.broadcast_to(x, (len(y), 3)),
            np.broadcast_to(y[:, None], (len(y), 3)),
            np.broadcast_to(z[:, None], (len(y), 3)),
        ],
        axis=2,
    )
    glossy = rng.random() < 0.25
    skin = (
        materials.plain("acrylic", paper(rng), rng.uniform(0.03, 0.2))
        if glossy
        else _any_paper(rng)
    )
    return [meshes.surface("sweep", grid, skin, smooth_degrees=80)]


def _floor(rng: Random) -> bpy.types.Material:
    makers = [
        surfaces.wood,
        surfaces.wood,
        surfaces.stone,
        surfaces.cloth,
        surfaces.plastic,
        surfaces.printed,
    ]
    return makers[rng.integers(len(makers))](rng)


def table_top(rng: Random) -> Parts:
    """A table before a wall, which may be near or far."""
    far = rng.uniform(1.2, 6)
    parts = [
        meshes.box(
            "top", (30, 8 + far, 0.2), (0, far / 2 - 4 + far / 2, -0.1), _floor(rng), bevel=0.02
        )
    ]
    if rng.random() < 0.75:
        back = _floor(rng) if rng.random() < 0.4 else _any_paper(rng)
        parts.append(meshes.box("wall", (40, 0.2, 30), (0, far + 0.6, 8), back, bevel=0))
    return parts


def cloth_floor(rng: Random) -> Parts:
    """Draped or wrinkled cloth below, and behind."""
    x, y = np.meshgrid(np.linspace(-7, 7, 120), np.linspace(-6, 8, 120))
    relief = sum(
        np.sin(x * rng.normal(0, 1.6) + y * rng.normal(0, 1.6) + rng.uniform(0, 6))
        for _ in range(6)
    )
    rough = noise(rng, 2.0, 120) * rng.uniform(0, 0.5)
    calm = np.clip((np.hypot(x, y) - 1.4) / 3, 0, 1)
    back = np.clip(y - 3, 0, None) ** 1.5 * rng.uniform(0, 1)
    z = (relief * 0.08 + rough) * calm + back - 0.01
    return [
        meshes.surface("cloth", np.stack([x, y, z], axis=2), surfaces.cloth(rng), smooth_degrees=80)
    ]


def clutter(rng: Random) -> Parts:
    """A table or floor with other things behind and beside the product, mostly out of focus."""
    parts = table_top(rng)
    names = list(TRAINING)
    for _ in range(int(rng.integers(2, 7))):
        family = TRAINING[names[rng.integers(len(names))]]
        try:
            other = family(rng)
        except ValueError:  # a random outline can fold over itself; another one will do
            continue
        side = rng.choice([-1, 1])
        spot = (side * rng.uniform(1.2, 4), rng.uniform(0.3, 4), 0.0)
        if rng.random() < 0.5:
            spot = (rng.uniform(-3, 3), rng.uniform(2, 5), 0.0)
        parts += settle(other, rng.uniform(0.8, 2.5), spot)
    return parts


def shelves(rng: Random) -> Parts:
    """Inside a shelf: boards above, below and at the sides."""
    skin, deep, tall = _floor(rng), rng.uniform(1, 3), rng.uniform(2.6, 4)
    parts = [
        meshes.box("board", (14, deep * 2, 0.15), (0, 0, z), skin, bevel=0.02)
        for z in (-0.075, tall)
    ]
    parts.append(meshes.box("back", (14, 0.1, 8), (0, deep, 2), _floor(rng), bevel=0))
    if rng.random() < 0.6:
        x = rng.choice([-1, 1]) * rng.uniform(1.6, 3)
        parts.append(meshes.box("upright", (0.15, deep * 2, 8), (x, 0, 2), skin, bevel=0.01))
    for _ in range(int(rng.integers(0, 6))):
        h = rng.uniform(0.8, 1.8)
        book = slab(outline_box(rng.uniform(0.15, 0.3), h, 40), 0.9, surfaces.printed(rng), 0.01)
        parts += place([book], (rng.choice([-1, 1]) * rng.uniform(1.3, 4), deep * 0.4, h / 2))
    return parts


def open_air(rng: Random) -> Parts:
    """A floor alone: behind it one sees the painted surrounding."""
    return [meshes.box("floor", (40, 40, 0.2), (0, 0, -0.1), _floor(rng), bevel=0)]


def posters(rng: Random) -> Parts:
    """A patterned wall: wallpaper, tiles, brick, pictures."""
    parts = sweep(rng) if rng.random() < 0.3 else table_top(rng)
    far = rng.uniform(1.0, 4)
    for _ in range(int(rng.integers(1, 5))):
        w, h = rng.uniform(1, 6), rng.uniform(1, 5)
        sheet = slab(outline_box(w, h, 60), 0.04, surfaces.printed(rng, 0.7), 0)
        parts += place([sheet], (rng.uniform(-3, 3), far, rng.uniform(0.5, 4)))
    return parts


def pebbles(rng: Random) -> Parts:
    """Gravel, petals or crumbs strewn around."""
    parts, skin = table_top(rng), surfaces.stone(rng)
    for _ in range(int(rng.integers(10, 40))):
        a, reach = rng.uniform(0, 6.28), rng.uniform(1.2, 4)
        size = rng.uniform(0.08, 0.5)
        spot = (reach * np.cos(a), reach * np.sin(a), size * 0.3)
        parts.append(blob(rng, (size, size * 1.2, size * 0.7), skin, 2, 0.3, spot))
    return parts


def settle(parts: Parts, size: float, spot: meshes.Point) -> Parts:
    """Scale parts to `size` across and stand them at `spot`."""
    points = np.vstack([vertices(part) for part in parts])
    low, high = points.min(axis=0), points.max(axis=0)
    factor = size / float(np.max(high - low))
    centre = (low + high) / 2
    shift = (spot[0] - centre[0] * factor, spot[1] - centre[1] * factor, spot[2] - low[2] * factor)
    return place(parts, shift, scale=factor)


Room = Callable[[Random], Parts]
ROOMS: dict[str, tuple[float, Room]] = {
    "sweep": (0.36, sweep),
    "table top": (0.2, table_top),
    "cloth": (0.08, cloth_floor),
    "clutter": (0.14, clutter),
    "shelves": (0.06, shelves),
    "open air": (0.06, open_air),
    "posters": (0.06, posters),
    "pebbles": (0.04, pebbles),
}


def any_room(rng: Random) -> tuple[str, Parts]:
    """A random room's name and parts; the floor is at z = 0 and the camera looks from -y."""
    names = list(ROOMS)
    weights = np.array([ROOMS[name][0] for name in names])
    name = names[rng.choice(len(names), p=weights / weights.sum())]
    return name, ROOMS[name][1](rng)
