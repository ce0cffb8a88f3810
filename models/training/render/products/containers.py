"""Bottles, jars, cans, cartons, pouches, bags and baskets."""

from __future__ import annotations

import numpy as np

from samples.blender import meshes

from .. import surfaces
from ..palette import Random
from ..parts import Parts, outline_box, place, ring, rod, sheet, slab, turned, vertices


def _labelled(rng: Random, radius: float, low: float, high: float) -> Parts:
    """A wrapped label a hair outside a round body, or none."""
    if rng.random() < 0.3:
        return []
    r = radius * 1.006
    arc = None if rng.random() < 0.6 else (-140.0, -40.0)
    return [meshes.lathe("label", [(r, low), (r, high)], surfaces.printed(rng), arc=arc)]


def bottle(rng: Random) -> Parts:
    """Wine, soda, oil, lotion or medicine bottle."""
    r, h = rng.uniform(0.25, 0.6), rng.uniform(1.0, 2.2)
    neck = r * rng.uniform(0.25, 0.65)
    shoulder = h * rng.uniform(0.5, 0.8)
    slope = h * rng.uniform(0.02, 0.25)
    waist = rng.uniform(0.85, 1.1)
    body = surfaces.glass(rng) if rng.random() < 0.45 else surfaces.plastic(rng)
    profile = [
        (0, 0),
        (r * 0.95, 0),
        (r, 0.05),
        (r * waist, shoulder * 0.5),
        (r, shoulder),
        (neck, shoulder + slope),
        (neck, h),
        (0, h),
    ]
    cap = neck * rng.uniform(1.02, 1.4)
    tall = h * rng.uniform(0.05, 0.18)
    lid = turned(
        [(0, h - 0.02), (cap, h - 0.02), (cap, h + tall), (0, h + tall)],
        surfaces.any_hard(rng),
        0.02,
    )
    parts = [turned(profile, body, 0.08), lid]
    return parts + _labelled(rng, r * max(waist, 1.0), shoulder * 0.15, shoulder * 0.85)


def jar(rng: Random) -> Parts:
    """Cosmetic or preserving jar with a lid."""
    r, h = rng.uniform(0.5, 0.8), rng.uniform(0.5, 1.4)
    body = surfaces.glass(rng) if rng.random() < 0.5 else surfaces.any_hard(rng)
    parts = [turned([(0, 0), (r, 0), (r, h), (r * 0.9, h + 0.05), (0, h + 0.05)], body, 0.1)]
    if rng.random() < 0.85:
        lid = rng.uniform(0.12, 0.35)
        edge = r * rng.uniform(0.92, 1.05)
        profile = [(0, h), (edge, h), (edge, h + lid), (0, h + lid)]
        parts.append(turned(profile, surfaces.any_hard(rng), 0.03))
    if rng.random() < 0.4:
        inside = r * 0.93
        fill = h * rng.uniform(0.4, 0.9)
        parts.append(
            turned([(0, 0.05), (inside, 0.05), (inside, fill), (0, fill)], surfaces.plastic(rng))
        )
    return parts + _labelled(rng, r, h * 0.2, h * 0.8)


def can(rng: Random) -> Parts:
    """Drink, food or paint can."""
    r, h = rng.uniform(0.4, 0.8), rng.uniform(0.5, 1.6)
    print_, steel = surfaces.printed(rng, 0.25), surfaces.metal(rng)
    side = turned([(r * 0.88, 0.0), (r, 0.07), (r, h - 0.1), (r * 0.86, h)], print_, 0.03)
    rim = r * 0.86
    top = turned([(0, h - 0.04), (rim - 0.04, h - 0.04), (rim, h + 0.01), (0.9 * rim, h)], steel)
    base = turned([(0, 0.03), (r * 0.8, 0.03), (r * 0.88, 0)], steel)
    parts = [side, top, base]
    if rng.random() < 0.25:
        parts.append(ring(r * 1.0, 0.02, steel, (0, 0, h * 0.95), "y"))
    return parts


def tube(rng: Random) -> Parts:
    """Cream or toothpaste tube, standing on its cap or lying."""
    r, h = rng.uniform(0.25, 0.45), rng.uniform(1.2, 2.0)
    t = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    rows = []
    for s in np.linspace(0, 1, 20):
        flat = s**1.5
        x, y = r * (1 + 0.45 * flat) * np.cos(t), r * (1 - flat * 0.97) * np.sin(t)
        rows.append(np.column_stack([x, y, np.full(64, 0.3 + s * h)]))
    body = meshes.surface("tube", np.array(rows), surfaces.printed(rng, 0.35), closed=True)
    cap_r = r * rng.uniform(0.6, 1.0)
    cap = turned([(0, 0), (cap_r, 0), (cap_r, 0.28), (r, 0.3)], surfaces.plastic(rng), 0.02)
    parts = [body, cap]
    return place(parts, turn=(90, 0, rng.uniform(0, 360))) if rng.random() < 0.3 else parts


def sprayer(rng: Random) -> Parts:
    """Trigger spray or pump dispenser."""
    parts = bottle(rng)
    top = max(float(vertices(part)[:, 2].max()) for part in parts)
    head = surfaces.plastic(rng)
    reach = rng.uniform(0.3, 0.7)
    parts.append(rod((0, 0, top), (0, 0, top + 0.35), 0.06, head))
    parts.append(
        meshes.box("head", (reach, 0.2, 0.16), (-reach / 3, 0, top + 0.4), head, bevel=0.04)
    )
    if rng.random() < 0.5:
        path = [(-0.25, 0, top + 0.35), (-0.32, 0, top + 0.1), (-0.25, 0, top - 0.15)]
        parts.append(meshes.tube("trigger", path, 0.04, head))
    return parts


def carton(rng: Random) -> Parts:
    """One box, or a stack of a few; sometimes a book."""
    parts: Parts = []
    height = 0.0
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        w, d, h = rng.uniform(0.4, 1.6), rng.uniform(0.2, 1.2), rng.uniform(0.12, 1.6)
        part = slab(outline_box(w, h, 60), d, surfaces.printed(rng), rng.uniform(0.002, 0.04))
        parts += place([part], (0, 0, height + h / 2), (0, 0, rng.uniform(-15, 15)))
        height += h
    if rng.random() < 0.3:
        band = meshes.box(
            "band",
            (w * 1.01, d * 0.15, h * 1.01),
            (0, 0, height - h / 2),
            surfaces.plastic(rng),
            bevel=0,
        )
        parts.append(band)
    return parts


def pouch(rng: Random) -> Parts:
    """Stand-up bag of coffee, crisps or nuts."""
    w, h, d = rng.uniform(0.7, 1.1), rng.uniform(1.0, 1.7), rng.uniform(0.25, 0.5)
    t = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    rows = []
    for s in np.linspace(0, 1, 28):
        thick = d * (1 - s**2.2) * (0.8 + 0.2 * np.sin(np.pi * s)) + 0.012
        crease = 1 + 0.03 * np.sin(5 * t + 9 * s) * (1 - s)
        x = w / 2 * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** 0.7
        y = thick / 2 * np.sin(t) * crease
        rows.append(np.column_stack([x, y, np.full(80, s * h)]))
    skin = surfaces.printed(rng, rng.uniform(0.15, 0.6))
    return [meshes.surface("pouch", np.array(rows), skin, closed=True, smooth_degrees=60)]


def paper_bag(rng: Random) -> Parts:
    """Carrier bag with two cord handles one can see through."""
    w, d, h = rng.uniform(0.8, 1.4), rng.uniform(0.3, 0.6), rng.uniform(0.9, 1.6)
    skin, cord = surfaces.printed(rng, 0.8), surfaces.cloth(rng)
    parts = [slab(outline_box(w, h, 80), d, skin, 0.004)]
    place(parts, (0, 0, h / 2))
    rise = rng.uniform(0.25, 0.7)
    for y in (-d / 2, d / 2):
        path = [
            (-w / 4, y, h - 0.1),
            (-w / 5, y, h + rise * 0.7),
            (0, y, h + rise),
            (w / 5, y, h + rise * 0.7),
            (w / 4, y, h - 0.1),
        ]
        parts.append(meshes.tube("cord", path, rng.uniform(0.012, 0.04), cord))
    return parts


def basket(rng: Random) -> Parts:
    """Open wicker or wire basket: rings and uprights."""
    r, h = rng.uniform(0.5, 0.9), rng.uniform(0.5, 1.1)
    flare, skin = rng.uniform(0.9, 1.35), surfaces.any_solid(rng)
    thick = rng.uniform(0.015, 0.04)
    count = int(rng.integers(8, 26))
    parts = []
    for a in np.linspace(0, 2 * np.pi, count, endpoint=False):
        low, high = (np.cos(a) * r, np.sin(a) * r), (np.cos(a) * r * flare, np.sin(a) * r * flare)
        parts.append(rod((*low, 0.02), (*high, h), thick, skin))
    for s in np.linspace(0, 1, int(rng.integers(3, 9))):
        parts.append(ring(r * (1 + (flare - 1) * s), thick, skin, (0, 0, 0.02 + s * h), "z"))
    if rng.random() < 0.5:
        wide = r * flare
        path = [
            (-wide, 0, h),
            (-wide * 0.7, 0, h * 1.7),
            (0, 0, h * 2),
            (wide * 0.7, 0, h * 1.7),
            (wide, 0, h),
        ]
        parts.append(meshes.tube("handle", path, thick * 1.6, skin))
    if rng.random() < 0.5:
        parts.append(turned([(0, 0.01), (r, 0.01), (r, 0.05), (0, 0.05)], skin))
    return parts


def perfume(rng: Random) -> Parts:
    """Flat glass flacon with a stopper."""
    w, h, d = rng.uniform(0.6, 1.2), rng.uniform(0.7, 1.3), rng.uniform(0.25, 0.5)
    shape = outline_box(w, h, float(rng.choice([2.0, 3.0, 8.0, 40.0])))
    parts = [slab(shape, d, surfaces.glass(rng), 0.05)]
    place(parts, (0, 0, h / 2))
    inner = [slab(shape * 0.85, d * 0.7, surfaces.plastic(rng), 0.05)]
    parts += place(inner, (0, 0, h / 2)) if rng.random() < 0.5 else []
    top = h + rng.uniform(0.2, 0.5)
    r = rng.uniform(0.12, 0.3)
    parts.append(turned([(0, h - 0.02), (r, h - 0.02), (r, top), (0, top)], surfaces.metal(rng)))
    if rng.random() < 0.5:
        grid = np.array([[(x, -d / 2 - 0.004, z) for x in (-w / 4, w / 4)] for z in (0.3, 0.6)])
        parts.append(sheet(grid * (1, 1, h), 0.002, surfaces.printed(rng)))
    return parts
