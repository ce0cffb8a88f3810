"""Rings, chains and earrings: small, reflective, full of holes."""

from __future__ import annotations

import numpy as np

from samples.blender import meshes

from .. import surfaces
from ..palette import Random
from ..parts import Parts, blob, outline_box, place, ring, rod, slab


def _stone(rng: Random, size: float, spot: tuple[float, float, float]) -> Parts:
    skin = surfaces.glass(rng) if rng.random() < 0.6 else surfaces.plastic(rng)
    return [
        blob(rng, (size, size, size * rng.uniform(0.6, 1.0)), skin, rng.uniform(1.2, 2.5), 0, spot)
    ]


def finger_ring(rng: Random) -> Parts:
    """One ring or two, standing or lying, with or without a stone."""
    parts: Parts = []
    for k in range(int(rng.choice([1, 1, 1, 2]))):
        r, skin = rng.uniform(0.6, 0.8), surfaces.metal(rng)
        one = [ring(r, rng.uniform(0.04, 0.14), skin, (0, 0, r), "y", rng.uniform(0.5, 1.4))]
        if rng.random() < 0.65:
            one += _stone(rng, rng.uniform(0.2, 0.5), (0, 0, 2 * r + 0.12))
            one += [
                rod((x, y, 2 * r - 0.05), (x * 1.4, y * 1.4, 2 * r + 0.2), 0.025, skin)
                for x in (-0.12, 0.12)
                for y in (-0.12, 0.12)
            ]
        parts += place(
            one,
            (k * rng.uniform(0.9, 1.4), k * 0.5, 0),
            (rng.choice([0, 0, 90, 70]), 0, rng.uniform(0, 180)),
        )
    return parts


def _chain(path: np.ndarray, link: float, thick: float, skin: object) -> Parts:
    """Links along a path, each turned a quarter from the last; or one cord if they get too many."""
    run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    count = int(run[-1] / (link * 1.5))
    if count > 70:
        return [meshes.tube("cord", path, thick, skin, samples=200)]
    parts: Parts = []
    for k in range(count):
        at = np.array([np.interp(k * link * 1.5, run, path[:, i]) for i in range(3)])
        ahead = np.array([np.interp(k * link * 1.5 + 0.01, run, path[:, i]) for i in range(3)]) - at
        yaw = np.degrees(np.arctan2(ahead[1], ahead[0]))
        pitch = -np.degrees(np.arctan2(ahead[2], np.hypot(ahead[0], ahead[1])))
        one = place([ring(link, thick, skin, (0, 0, 0), "y", 1, 0.7)], turn=(90 * (k % 2), 0, 0))
        parts += place(place(one, turn=(0, pitch, 0)), tuple(at), (0, 0, yaw))
    return parts


def necklace(rng: Random) -> Parts:
    """Chain, cord or pearls with a pendant, lying or hanging."""
    skin = surfaces.metal(rng)
    t = np.linspace(0.1, 2 * np.pi - 0.1, 200) - np.pi / 2 * 3
    wide, tall = rng.uniform(0.6, 0.9), rng.uniform(0.8, 1.2)
    path = np.column_stack([wide * np.cos(t), tall * np.sin(t), 0 * t + 0.05])
    parts: Parts = []
    if rng.random() < 0.4:
        pearl, size = surfaces.plastic(rng), rng.uniform(0.06, 0.14)
        run = np.linspace(0, 199, int(rng.integers(24, 46))).astype(int)
        parts += [blob(rng, (size, size, size), pearl, 2, 0, tuple(path[i])) for i in run]
    else:
        parts += _chain(path, rng.uniform(0.04, 0.1), rng.uniform(0.01, 0.025), skin)
    drop = (0.0, -tall - 0.15, 0.06)
    if rng.random() < 0.5:
        parts += _stone(rng, rng.uniform(0.2, 0.4), drop)
    else:
        shape = outline_box(rng.uniform(0.2, 0.45), rng.uniform(0.25, 0.5), rng.uniform(1.2, 6))
        parts += place([slab(shape, 0.04, skin, 0.01)], drop, (90, 0, 0))
    return place(parts, turn=(rng.choice([0, 0, 75]), 0, 0))


def bracelet(rng: Random) -> Parts:
    """Bangle or beads."""
    r, skin = 0.8, surfaces.metal(rng)
    if rng.random() < 0.5:
        parts = [
            ring(
                r,
                rng.uniform(0.03, 0.12),
                skin,
                (0, 0, r),
                "y",
                rng.uniform(0.5, 2.5),
                rng.uniform(0.8, 1),
            )
        ]
    else:
        bead, count = surfaces.any_hard(rng), int(rng.integers(14, 30))
        size = 2 * np.pi * r / count
        parts = [
            blob(rng, (size, size, size), bead, 2, 0, (r * np.cos(a), 0, r + r * np.sin(a)))
            for a in np.linspace(0, 2 * np.pi, count, endpoint=False)
        ]
    return place(parts, turn=(rng.choice([0, 90, 90]), 0, rng.uniform(-60, 60)))


def earrings(rng: Random) -> Parts:
    """A pair of hoops or drops."""
    skin, r = surfaces.metal(rng), rng.uniform(0.25, 0.5)
    thick, drop, kind = rng.uniform(0.02, 0.06), rng.uniform(0.15, 0.4), rng.random()
    looks = int(rng.integers(2**31))
    parts: Parts = []
    for side in (-1, 1):
        same = np.random.default_rng(looks)
        one = [ring(r * 0.3, thick * 0.6, skin, (0, 0, 1.2), "y")]
        if kind < 0.5:
            one.append(ring(r, thick, skin, (0, 0, 1.2 - r * 1.3), "y"))
        else:
            one.append(rod((0, 0, 1.2 - r * 0.3), (0, 0, 1.2 - r), thick * 0.5, skin))
            one += _stone(same, drop, (0, 0, 1.2 - r - drop / 2))
        parts += place(one, (side * rng.uniform(0.5, 0.65), 0, 0), (0, 0, rng.uniform(-30, 30)))
    return place(parts, turn=(rng.choice([0, -90]), 0, 0))
