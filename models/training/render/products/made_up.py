"""Things without a name: what a seller sells is never in a list, so most shapes must be unknown."""

from __future__ import annotations

import numpy as np

from samples.blender import meshes

from .. import surfaces
from ..palette import Random
from ..parts import Parts, blob, outline_box, place, ring, rod, slab, turned


def _piece(rng: Random, skin: object) -> Parts:
    """One primitive of about unit size around the origin."""
    kind = rng.integers(7)
    a, b, c = rng.uniform(0.2, 1.0, 3)
    if kind == 0:
        return [blob(rng, (a, b, c), skin, rng.uniform(1.3, 9), rng.uniform(0, 0.15))]
    if kind == 1:
        return [meshes.box("box", (a, b, c), (0, 0, 0), skin, bevel=rng.uniform(0, 0.08))]
    if kind == 2:
        return [rod((0, 0, -c / 2), (0, 0, c / 2), a / 3, skin, rng.uniform(0.2, 1.5))]
    if kind == 3:
        return [ring(a / 2, b / 8, skin, (0, 0, 0), "y", 1, rng.uniform(0.5, 1))]
    if kind == 4:
        knots = np.column_stack([rng.uniform(0.05, 0.5, 5), np.linspace(-c / 2, c / 2, 5)])
        return [turned([(0, -c / 2), *map(tuple, knots), (0, c / 2)], skin, 0.08)]
    if kind == 5:
        return [slab(outline_box(a, c, rng.uniform(1.2, 8)), b / 4, skin, 0.02)]
    return [
        meshes.tube("bend", rng.uniform(-0.5, 0.5, (5, 3)), a / 10, skin, flat=rng.uniform(0.4, 1))
    ]


def assembly(rng: Random) -> Parts:
    """A few primitives that overlap, in one to three materials."""
    skins = [surfaces.any_hard(rng) for _ in range(rng.integers(1, 4))]
    parts: Parts = []
    for _ in range(int(rng.integers(2, 8))):
        turn = tuple(rng.choice([0, 90, rng.uniform(0, 360)], 3))
        spot = tuple(rng.normal(0, 0.3, 3))
        parts += place(
            _piece(rng, skins[rng.integers(len(skins))]), spot, turn, rng.uniform(0.5, 1.4)
        )
    return parts


def symmetric(rng: Random) -> Parts:
    """Primitives mirrored left to right around a core, as most made things are."""
    skins = [surfaces.any_solid(rng) for _ in range(rng.integers(1, 4))]
    parts = place(_piece(rng, skins[0]), scale=rng.uniform(0.8, 1.5))
    for _ in range(int(rng.integers(1, 5))):
        seed, skin = int(rng.integers(2**31)), skins[rng.integers(len(skins))]
        x, y, z = rng.uniform(0.1, 0.7), rng.normal(0, 0.2), rng.uniform(-0.6, 0.7)
        tilt, size = rng.choice([0, rng.uniform(-60, 60)]), rng.uniform(0.3, 1.0)
        for side in (-1, 1):
            one = _piece(np.random.default_rng(seed), skin)
            parts += place(one, (side * x, y, z), (0, side * tilt, 0), size)
    return place(parts, turn=(0, 0, rng.uniform(-70, 70)))


def organic(rng: Random) -> Parts:
    """Fruit, stone, bread, sculpture: one dented body, or several."""
    parts: Parts = []
    skin = surfaces.any_solid(rng)
    for k in range(int(rng.choice([1, 1, 2, 4]))):
        size = tuple(rng.uniform(0.4, 1.0, 3))
        spot = (k * 0.6 * rng.uniform(0.7, 1), rng.normal(0, 0.2), size[2] / 2)
        parts.append(blob(rng, size, skin, rng.uniform(1.7, 3.5), rng.uniform(0.05, 0.5), spot))
        if rng.random() < 0.3:
            top = (spot[0], spot[1], spot[2] + size[2] / 2 - 0.03)
            parts.append(rod(top, (top[0] + 0.08, top[1], top[2] + 0.2), 0.03, surfaces.wood(rng)))
    return parts


def wire(rng: Random) -> Parts:
    """Bent tubes: racks, stands, hangers, toys of wire."""
    skin, thick = surfaces.any_solid(rng), rng.uniform(0.015, 0.06)
    parts: Parts = []
    for _ in range(int(rng.integers(1, 5))):
        knots = rng.uniform(-0.8, 0.8, (int(rng.integers(4, 9)), 3)) * (1, rng.uniform(0.1, 1), 1)
        if rng.random() < 0.5:
            knots = np.vstack([knots, knots[-2::-1] * (-1, 1, 1)])
        closed = bool(rng.random() < 0.4)
        parts.append(meshes.tube("wire", knots, thick, skin, closed=closed, samples=160))
    if rng.random() < 0.5:
        parts.append(ring(rng.uniform(0.4, 0.8), thick, skin, (0, 0, -0.6), "z"))
    return parts


def panel(rng: Random) -> Parts:
    """A flat outline with lobes: signs, cutting boards, ornaments, leaves, tools."""
    t = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    r = np.ones(160)
    for k in range(1, int(rng.integers(3, 9))):
        r += rng.normal(0, 0.35 / k) * np.cos(k * t + rng.uniform(0, 6.28))
    r = np.maximum(r, 0.25)
    outline = np.column_stack([r * np.cos(t) * rng.uniform(0.5, 1), r * np.sin(t)])
    parts = [slab(outline, rng.uniform(0.03, 0.3), surfaces.any_solid(rng), 0.01)]
    return place(parts, turn=(rng.choice([0, 0, -90]), 0, rng.uniform(-60, 60)))


def cluster(rng: Random) -> Parts:
    """A set: several alike things beside each other."""
    seed, parts = int(rng.integers(2**31)), []
    count, gap = int(rng.integers(2, 6)), rng.uniform(0.7, 1.2)
    for k in range(count):
        same = np.random.default_rng(seed)
        one = _piece(same, surfaces.any_hard(same)) + _piece(same, surfaces.any_hard(same))
        parts += place(one, (k * gap, rng.normal(0, 0.15), 0), (0, 0, rng.uniform(-20, 20)))
    return parts
