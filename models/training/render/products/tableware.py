"""Things for kitchen and table."""

from __future__ import annotations

import numpy as np

from samples.blender import meshes

from .. import surfaces
from ..palette import Random
from ..parts import Parts, blob, outline_box, place, ring, rod, slab, turned


def _vessel(
    rng: Random, r: float, h: float, flare: float, wall: float
) -> list[tuple[float, float]]:
    """Profile of an open vessel: up the outside, down the inside."""
    belly = rng.uniform(0.9, 1.15)
    out = [(0.0, 0.0), (r * 0.8, 0.0), (r * belly, h * 0.35), (r * flare, h)]
    inside = [(x - wall, z) for x, z in out[:1:-1]]
    return [*out, *inside, (r * 0.6, wall * 1.2), (0.0, wall * 1.2)]


def mug(rng: Random) -> Parts:
    """Mug or cup with an open handle, sometimes on a saucer."""
    r, h = rng.uniform(0.35, 0.6), rng.uniform(0.5, 1.2)
    makers = [surfaces.plastic, surfaces.printed, surfaces.stone, surfaces.glass, surfaces.metal]
    skin = makers[int(rng.choice([0, 0, 0, 1, 1, 2, 3, 4]))](rng)
    flare = rng.uniform(0.85, 1.3)
    parts = [turned(_vessel(rng, r, h, flare, 0.04), skin, 0.06)]
    reach, low, high = (
        rng.uniform(0.18, 0.42),
        h * rng.uniform(0.12, 0.3),
        h * rng.uniform(0.7, 0.9),
    )
    x = r * 0.9
    path = [
        (x, 0, high),
        (x + reach * 0.8, 0, high * 1.02),
        (x + reach, 0, (low + high) / 2),
        (x + reach * 0.6, 0, low),
        (x * 0.95, 0, low * 0.9),
    ]
    parts.append(
        meshes.tube("handle", path, rng.uniform(0.03, 0.09), skin, flat=rng.uniform(0.5, 1))
    )
    if rng.random() < 0.3:
        w = r * rng.uniform(1.5, 2.0)
        parts.append(
            turned([(0, -0.06), (w * 0.6, -0.06), (w, 0.03), (w * 0.98, 0.05), (0, -0.03)], skin)
        )
    if rng.random() < 0.5:
        level = h * 0.8
        parts.append(
            turned([(0, level), (r * 0.85 * min(flare, 1.0), level)], surfaces.plastic(rng))
        )
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))


def bowl(rng: Random) -> Parts:
    """Bowl, empty or with fruit."""
    r, h = rng.uniform(0.6, 1.0), rng.uniform(0.3, 0.8)
    parts = [turned(_vessel(rng, r * 0.6, h, 1.0 / 0.6, 0.05), surfaces.any_hard(rng), 0.1)]
    if rng.random() < 0.4:
        for _ in range(int(rng.integers(2, 7))):
            a, q = rng.uniform(0, 6.3), rng.uniform(0, r * 0.5)
            size = rng.uniform(0.25, 0.45)
            spot = (q * np.cos(a), q * np.sin(a), h * rng.uniform(0.5, 1.0))
            parts.append(blob(rng, (size, size, size), surfaces.plastic(rng), 2, 0.1, spot))
    return parts


def plate(rng: Random) -> Parts:
    """Plate, tray or stack of plates, flat or leaning up."""
    r, skin = rng.uniform(0.8, 1.1), surfaces.any_hard(rng)
    rise = rng.uniform(0.05, 0.2)
    parts: Parts = []
    for layer in range(int(rng.choice([1, 1, 2, 4]))):
        z = layer * 0.09
        profile = [(0, z), (r * 0.6, z), (r, z + rise), (r * 0.99, z + rise + 0.03), (0, z + 0.03)]
        parts.append(turned(profile, skin, 0.05))
    return place(parts, turn=(rng.uniform(60, 80), 0, 0)) if rng.random() < 0.3 else parts


def vase(rng: Random) -> Parts:
    """Vase or pot with a free outline."""
    z = np.linspace(0, rng.uniform(1.0, 2.0), int(rng.integers(4, 8)))
    knots = np.column_stack([rng.uniform(0.15, 0.6, len(z)), z])
    wall = meshes.spline(knots, 60)
    wall[:, 0] = np.maximum(wall[:, 0], 0.08)
    inner = wall[::-1] * (0.92, 1) - (0.01, 0)
    profile = np.vstack([[(0, 0)], wall, inner[: int(rng.integers(8, 30))]])
    makers = [surfaces.plastic, surfaces.stone, surfaces.glass, surfaces.printed, surfaces.metal]
    return [meshes.lathe("vase", profile, makers[rng.integers(5)](rng), segments=72)]


def stem_glass(rng: Random) -> Parts:
    """Wine glass, goblet or champagne flute."""
    r, h, stem = rng.uniform(0.25, 0.5), rng.uniform(0.5, 1.0), rng.uniform(0.3, 0.9)
    foot = r * rng.uniform(0.7, 1.1)
    top = stem + h
    profile = [
        (0, 0.03),
        (foot, 0),
        (foot, 0.02),
        (0.05, 0.06),
        (0.04, stem),
        (r * 0.7, stem + 0.1),
        (r, stem + h * 0.45),
        (r * rng.uniform(0.7, 1.1), top),
        (r * 0.68, top),
        (r * 0.96, stem + h * 0.45),
        (r * 0.6, stem + 0.14),
        (0, stem + 0.12),
    ]
    skin = surfaces.glass(rng) if rng.random() < 0.8 else surfaces.metal(rng)
    parts = [turned(profile, skin, 0.06)]
    if rng.random() < 0.5:
        level = stem + h * 0.45
        parts.append(
            turned(
                [(0, stem + 0.15), (r * 0.6, stem + 0.2), (r * 0.93, level), (0, level)],
                surfaces.glass(rng),
            )
        )
    return parts


def tumbler(rng: Random) -> Parts:
    """Drinking glass, carafe or glass box."""
    r, h = rng.uniform(0.35, 0.6), rng.uniform(0.6, 1.7)
    parts = [turned(_vessel(rng, r, h, rng.uniform(0.8, 1.3), 0.04), surfaces.glass(rng), 0.03)]
    if rng.random() < 0.5:
        level = h * rng.uniform(0.3, 0.8)
        parts.append(
            turned(
                [(0, 0.08), (r * 0.75, 0.08), (r * 0.85, level), (0, level)], surfaces.glass(rng)
            )
        )
    return parts


def cutlery(rng: Random) -> Parts:
    """Knives, forks, spoons, spatulas: a few thin things side by side, lying."""
    skin, grip = surfaces.metal(rng), surfaces.any_solid(rng)
    parts: Parts = []
    for i in range(int(rng.integers(1, 5))):
        x, length = i * 0.35, rng.uniform(1.2, 1.8)
        wide, head = rng.uniform(0.03, 0.06), rng.uniform(0.3, 0.6)
        parts.append(
            rod((x, 0, 0.05), (x, length, 0.07), wide, grip if rng.random() < 0.5 else skin)
        )
        kind = rng.random()
        if kind < 0.4:
            parts.append(
                blob(
                    rng,
                    (rng.uniform(0.18, 0.32), head, 0.06),
                    skin,
                    2.2,
                    0,
                    (x, length + head / 2, 0.06),
                )
            )
        elif kind < 0.7:
            shape = outline_box(rng.uniform(0.12, 0.3), head, 3)
            parts += place(
                [slab(shape, 0.02, skin, 0.005)], (x, length + head / 2, 0.06), (90, 0, 0)
            )
        else:
            for k in (-1.5, -0.5, 0.5, 1.5):
                parts.append(
                    rod(
                        (x + k * 0.05, length, 0.06),
                        (x + k * 0.06, length + head, 0.05),
                        0.014,
                        skin,
                    )
                )
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))


def pan(rng: Random) -> Parts:
    """Pan or pot with one or two handles, sometimes a lid."""
    r, h = rng.uniform(0.5, 0.8), rng.uniform(0.15, 0.8)
    skin, grip = surfaces.metal(rng), surfaces.any_hard(rng)
    parts = [turned(_vessel(rng, r, h, rng.uniform(1.0, 1.15), 0.03), skin, 0.04)]
    if rng.random() < 0.6:
        parts.append(
            rod((r * 0.95, 0, h * 0.8), (r + rng.uniform(0.6, 1.1), 0, h * 1.1), 0.06, grip)
        )
    else:
        for side in (-1, 1):
            x = side * r * 0.98
            path = [
                (x, -0.2, h * 0.8),
                (x + side * 0.2, -0.15, h * 0.85),
                (x + side * 0.2, 0.15, h * 0.85),
                (x, 0.2, h * 0.8),
            ]
            parts.append(meshes.tube("grip", path, 0.04, grip))
    if rng.random() < 0.4:
        lid = [(0, h + 0.15), (r * 0.5, h + 0.1), (r * 1.03, h), (r * 1.03, h - 0.02), (0, h)]
        parts += [turned(lid, skin), blob(rng, (0.15, 0.15, 0.15), grip, 2, 0, (0, 0, h + 0.2))]
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))


def candle(rng: Random) -> Parts:
    """Candle in a glass or on a stick."""
    r, h = rng.uniform(0.2, 0.5), rng.uniform(0.5, 1.6)
    parts = [turned([(0, 0.04), (r, 0.04), (r, h), (0, h * 0.98)], surfaces.plastic(rng), 0.03)]
    parts.append(rod((0, 0, h * 0.95), (0.01, 0, h + 0.12), 0.012, surfaces.plastic(rng)))
    if rng.random() < 0.5:
        holder = surfaces.glass(rng) if rng.random() < 0.7 else surfaces.any_hard(rng)
        parts.append(turned(_vessel(rng, r * 1.2, h * 0.9, 1.1, 0.03), holder))
    else:
        base = [(0, 0), (r * 1.8, 0), (r * 1.8, 0.04), (r * 1.1, 0.1), (0, 0.1)]
        parts.append(turned(base, surfaces.any_hard(rng)))
    return parts


def kettle(rng: Random) -> Parts:
    """Kettle or teapot: lid, spout and a handle one can see through."""
    r, h, skin = rng.uniform(0.5, 0.7), rng.uniform(0.6, 1.1), surfaces.any_hard(rng)
    trim = surfaces.any_hard(rng)
    body = [(0, 0), (r * 0.9, 0), (r, h * 0.4), (r * 0.6, h), (0, h)]
    parts = [turned(body, skin, 0.15), blob(rng, (0.14, 0.14, 0.14), trim, 2, 0, (0, 0, h + 0.1))]
    spout = [
        (-r * 0.8, 0, h * 0.3),
        (-r * 1.2, 0, h * 0.5),
        (-r * 1.4, 0, h * 0.95),
        (-r * 1.6, 0, h),
    ]
    parts.append(meshes.tube("spout", spout, rng.uniform(0.07, 0.12), skin))
    if rng.random() < 0.5:
        path = [
            (r * 0.7, 0, h * 0.85),
            (r * 1.4, 0, h * 0.9),
            (r * 1.5, 0, h * 0.4),
            (r * 0.9, 0, h * 0.2),
        ]
    else:
        path = [
            (-r * 0.5, 0, h * 0.9),
            (-r * 0.5, 0, h * 1.5),
            (r * 0.5, 0, h * 1.5),
            (r * 0.5, 0, h * 0.9),
        ]
    parts.append(meshes.tube("handle", path, rng.uniform(0.04, 0.08), trim))
    if rng.random() < 0.3:
        parts.append(ring(r * 1.01, 0.02, trim, (0, 0, h * 0.4), "z"))
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))
