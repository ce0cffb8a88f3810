"""Chairs, stools, tables, shelves, lamps, plants and clocks."""

from __future__ import annotations

import numpy as np

from samples.blender import materials, meshes

from .. import surfaces
from ..palette import Random
from ..parts import Parts, blob, outline_box, place, ring, rod, sheet, slab, turned


def _legs(rng: Random, w: float, d: float, h: float, skin: object) -> Parts:
    """Three or four legs, straight or splayed, or a frame of tubes, or one column."""
    thick, splay = rng.uniform(0.025, 0.07), rng.uniform(1.0, 1.3)
    kind = rng.random()
    if kind < 0.15:
        foot = max(w, d) * 0.4
        return [
            rod((0, 0, 0.03), (0, 0, h), thick * 1.3, skin),
            turned([(0, 0), (foot, 0), (foot, 0.03), (0.05, 0.07)], skin),
        ]
    corners = [(x * w / 2 * 0.9, y * d / 2 * 0.9) for x in (-1, 1) for y in (-1, 1)]
    if kind < 0.3:
        corners = [(np.cos(a) * w * 0.4, np.sin(a) * w * 0.4) for a in (0.5, 2.6, 4.7)]
    tip = rng.uniform(0.8, 1.8)
    parts = [rod((x * splay, y * splay, 0), (x, y, h), thick, skin, tip) for x, y in corners]
    if rng.random() < 0.4 and len(corners) == 4:
        z = h * rng.uniform(0.2, 0.5)
        parts += [
            rod((x * w * 0.45, -d * 0.45, z), (x * w * 0.45, d * 0.45, z), thick * 0.7, skin)
            for x in (-1, 1)
        ]
    return parts


def chair(rng: Random) -> Parts:
    """Chair with a slatted, solid or hoop back."""
    w, d, h = rng.uniform(0.7, 0.9), rng.uniform(0.7, 0.9), rng.uniform(0.7, 0.9)
    frame, seat = surfaces.any_solid(rng), surfaces.any_solid(rng)
    parts = [*_legs(rng, w, d, h, frame)]
    thick = rng.uniform(0.04, 0.15)
    parts += place(
        [slab(outline_box(w, d, rng.uniform(3, 9)), thick, seat, 0.02)], (0, 0, h), (90, 0, 0)
    )
    back, lean = rng.uniform(0.6, 1.0), rng.uniform(0.0, 0.25)
    top, kind = h + back, rng.random()
    if kind < 0.4:
        grid = np.array(
            [
                [
                    (x, d * 0.45 + lean * z / back + 0.1 * (x / w) ** 2, h + z)
                    for x in np.linspace(-w / 2, w / 2, 9)
                ]
                for z in np.linspace(0.12, back, 9)
            ]
        )
        parts.append(sheet(grid, thick, seat))
    for x in (-w * 0.42, w * 0.42):
        parts.append(rod((x, d * 0.42, h), (x, d * 0.42 + lean, top), 0.035, frame))
    if kind >= 0.4:
        for s in np.linspace(0.35, 1, int(rng.integers(2, 6))):
            y = d * 0.42 + lean * s
            parts.append(
                meshes.box("slat", (w * 0.86, 0.03, 0.09), (0, y, h + back * s), frame, bevel=0.01)
            )
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))


def stool(rng: Random) -> Parts:
    """Stool or bar stool."""
    w, h = rng.uniform(0.5, 0.8), rng.uniform(0.6, 1.6)
    parts = _legs(rng, w, w, h, surfaces.any_solid(rng))
    p, thick = float(rng.choice([2.0, 6.0])), rng.uniform(0.05, 0.2)
    return parts + place(
        [slab(outline_box(w, w, p), thick, surfaces.any_solid(rng), 0.02)], (0, 0, h), (90, 0, 0)
    )


def table(rng: Random) -> Parts:
    """Table or desk, sometimes with things on it."""
    w, d, h = rng.uniform(1.0, 2.0), rng.uniform(0.6, 1.1), rng.uniform(0.4, 0.9)
    p = float(rng.choice([2.0, 8.0, 30.0]))
    parts = _legs(rng, w, d, h, surfaces.any_solid(rng))
    skin = surfaces.any_hard(rng)
    parts += place(
        [slab(outline_box(w, d, p), rng.uniform(0.03, 0.12), skin, 0.01)], (0, 0, h), (90, 0, 0)
    )
    if rng.random() < 0.3:
        parts.append(
            meshes.box("drawer", (w * 0.4, d * 0.8, 0.2), (0, 0, h - 0.13), surfaces.any_hard(rng))
        )
    return place(parts, turn=(0, 0, rng.uniform(-60, 60)))


def armchair(rng: Random) -> Parts:
    """Upholstered armchair or sofa."""
    w, d, skin = rng.uniform(0.7, 1.9), rng.uniform(0.7, 0.9), surfaces.cloth(rng)
    if rng.random() < 0.3:
        skin = surfaces.leather(rng)
    base, p, arm = rng.uniform(0.15, 0.3), rng.uniform(4, 8), rng.uniform(0.15, 0.25)
    parts = [
        blob(rng, (w, d, 0.3), skin, p, 0.02, (0, 0, base + 0.2)),
        blob(rng, (w, 0.28, rng.uniform(0.6, 0.9)), skin, p, 0.03, (0, d * 0.42, base + 0.55)),
    ]
    for side in (-1, 1):
        parts.append(
            blob(rng, (arm, d, 0.55), skin, p, 0.02, (side * (w / 2 + arm / 3), 0, base + 0.28))
        )
    if rng.random() < 0.5:
        parts.append(
            blob(
                rng,
                (w * 0.45, 0.15, 0.4),
                surfaces.cloth(rng),
                3,
                0.05,
                (w * 0.1, d * 0.2, base + 0.5),
            )
        )
    parts += _legs(rng, w, d, base + 0.1, surfaces.any_solid(rng))
    return place(parts, turn=(0, 0, rng.uniform(-60, 60)))


def shelf(rng: Random) -> Parts:
    """Open shelf, rack or crate."""
    w, d, h = rng.uniform(0.6, 1.4), rng.uniform(0.3, 0.5), rng.uniform(0.8, 1.8)
    skin, thick = surfaces.any_solid(rng), rng.uniform(0.02, 0.06)
    parts = [
        meshes.box("side", (thick, d, h), (x, 0, h / 2), skin, bevel=0.005) for x in (-w / 2, w / 2)
    ]
    for z in np.linspace(thick, h - thick, int(rng.integers(2, 6))):
        parts.append(meshes.box("board", (w, d, thick), (0, 0, z), skin, bevel=0.005))
    if rng.random() < 0.4:
        parts.append(meshes.box("back", (w, 0.01, h), (0, d / 2, h / 2), skin, bevel=0))
    return place(parts, turn=(0, 0, rng.uniform(-50, 50)))


def lamp(rng: Random) -> Parts:
    """Table, floor or pendant lamp."""
    h, skin, shade = rng.uniform(0.8, 2.0), surfaces.any_hard(rng), surfaces.any_solid(rng)
    r, top, tall = rng.uniform(0.3, 0.6), rng.uniform(0.15, 0.55), rng.uniform(0.3, 0.6)
    parts = [turned([(r, h), (top, h + tall), (top - 0.01, h + tall), (r - 0.015, h)], shade, 0.02)]
    if rng.random() < 0.2:
        parts.append(rod((0, 0, h + tall), (0, 0, h + tall + 1.2), 0.015, surfaces.plastic(rng)))
        return [*parts, blob(rng, (0.25, 0.25, 0.3), surfaces.glass(rng), 2, 0, (0, 0, h + 0.1))]
    foot = rng.uniform(0.25, 0.5)
    parts += [
        turned([(0, 0), (foot, 0), (foot, 0.05), (0.05, 0.12), (0, 0.12)], skin),
        rod((0, 0, 0.05), (0, 0, h + tall * 0.8), rng.uniform(0.02, 0.05), skin),
    ]
    if rng.random() < 0.5:
        size = rng.uniform(0.25, 0.5)
        parts.append(blob(rng, (size, size, h * 0.6), skin, 2, 0, (0, 0, h * 0.4)))
    return parts


def plant(rng: Random) -> Parts:
    """Potted plant: many thin leaves."""
    r, h = rng.uniform(0.25, 0.45), rng.uniform(0.3, 0.6)
    pot = [(0, 0), (r * 0.8, 0), (r, h), (r * 0.9, h), (r * 0.85, h * 0.9), (0, h * 0.9)]
    parts = [turned(pot, surfaces.any_hard(rng), 0.03)]
    green = (rng.uniform(0.01, 0.12), rng.uniform(0.06, 0.3), rng.uniform(0.01, 0.08))
    leaf = materials.mottled("leaf", green, surfaces.scaled(green, 1.8), rng.uniform(0.3, 0.7), 4)
    wide, bend = rng.uniform(0.03, 0.2), rng.uniform(0.1, 1.2)
    for _ in range(int(rng.integers(8, 32))):
        a, length = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.3)
        s = np.linspace(0, 1, 12)
        out, up = bend * length * s**1.6 * rng.uniform(0.4, 1), length * s * (1 - 0.3 * bend * s)
        half = wide * np.sin(np.pi * np.clip(s * 0.95 + 0.03, 0, 1)) ** 0.7
        spine = np.column_stack([out * np.cos(a), out * np.sin(a), h * 0.9 + up])
        side = np.array([-np.sin(a), np.cos(a), 0.15])
        grid = np.array([spine - np.outer(half, side), spine, spine + np.outer(half, side)])
        parts.append(sheet(grid, 0.006, leaf))
    return parts


def clock(rng: Random) -> Parts:
    """Wall clock, mirror or framed picture, upright."""
    w, h, p = rng.uniform(0.7, 1.2), rng.uniform(0.7, 1.4), float(rng.choice([2.0, 40.0]))
    shape = outline_box(w, w if p == 2.0 else h, p, 64)
    skin = surfaces.any_hard(rng)
    face = surfaces.printed(rng, 0.3) if rng.random() < 0.8 else surfaces.metal(rng)
    parts = [
        slab(shape, 0.1, skin, 0.02),
        *place([slab(shape * 0.88, 0.1, face, 0.005)], (0, -0.02, 0)),
    ]
    if p == 2.0:
        for length in (0.2, 0.32):
            a = rng.uniform(0, 6.28)
            parts.append(
                rod((0, -0.1, 0), (length * np.cos(a), -0.1, length * np.sin(a)), 0.015, skin)
            )
        parts.append(ring(w / 2, 0.03, skin, (0, -0.03, 0), "y"))
    return place(parts, (0, 0, h / 2), (rng.uniform(-12, 0), 0, rng.uniform(-40, 40)))
