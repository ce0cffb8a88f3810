"""Electronics, toys and tools."""

from __future__ import annotations

import numpy as np

from samples.blender import meshes

from .. import surfaces
from ..palette import Random
from ..parts import Parts, blob, outline_box, place, ring, rod, slab, turned


def phone(rng: Random) -> Parts:
    """Phone, tablet, monitor or laptop."""
    w, h = rng.uniform(0.5, 1.5), rng.uniform(0.8, 1.2)
    body, screen = surfaces.any_hard(rng), surfaces.printed(rng, 0.08)
    shape = outline_box(w, h, rng.uniform(10, 30))
    parts = [
        slab(shape, 0.07, body, 0.02),
        *place([slab(shape * 0.94, 0.01, screen, 0)], (0, -0.034, 0)),
    ]
    kind = rng.random()
    if kind < 0.3:
        return place(parts, (0, 0, 0.05), (-90, 0, rng.uniform(0, 360)))
    place(parts, (0, 0, h / 2), (rng.uniform(-20, 0), 0, 0))
    if kind < 0.55:
        base = slab(outline_box(w, h * 0.7, 20), 0.05, body, 0.01)
        parts += place([base], (0, -h * 0.35, 0.02), (90, 0, 0))
    elif kind < 0.75:
        parts += [
            rod((0, 0.1, 0), (0, 0.1, h * 0.4), 0.05, body),
            turned([(0, 0), (w / 4, 0), (w / 4, 0.03)], body),
        ]
    return place(parts, turn=(0, 0, rng.uniform(-50, 50)))


def speaker(rng: Random) -> Parts:
    """Loudspeaker, heater or appliance: a body with grilles, knobs and feet."""
    w, d, h = rng.uniform(0.5, 1.2), rng.uniform(0.4, 0.8), rng.uniform(0.5, 1.6)
    parts = [blob(rng, (w, d, h), surfaces.any_hard(rng), rng.uniform(4, 14), 0, (0, 0, h / 2))]
    for _ in range(int(rng.integers(1, 4))):
        r = rng.uniform(0.08, 0.4) * min(w, h)
        disc = [
            turned(
                [(0, 0), (r * 0.8, 0.02), (r, 0), (r, 0.05), (r * 0.7, 0.03), (0, 0.06)],
                surfaces.any_solid(rng),
            )
        ]
        parts += place(
            disc, (rng.uniform(-0.2, 0.2) * w, -d / 2, rng.uniform(0.2, 0.8) * h), (90, 0, 0)
        )
    if rng.random() < 0.4:
        path = [
            (-w * 0.4, 0, h * 0.9),
            (-w * 0.35, 0, h * 1.2),
            (w * 0.35, 0, h * 1.2),
            (w * 0.4, 0, h * 0.9),
        ]
        parts.append(meshes.tube("handle", path, 0.03, surfaces.any_hard(rng)))
    return place(parts, turn=(0, 0, rng.uniform(-50, 50)))


def camera(rng: Random) -> Parts:
    """Camera, projector or drill-like body with a barrel."""
    w, h, d = rng.uniform(0.9, 1.3), rng.uniform(0.6, 0.9), rng.uniform(0.3, 0.5)
    body, trim = surfaces.any_hard(rng), surfaces.plastic(rng)
    r, length = h * rng.uniform(0.28, 0.45), rng.uniform(0.2, 0.9)
    parts = [blob(rng, (w, d, h), body, rng.uniform(5, 12), 0, (0, 0, h / 2))]
    barrel = [
        turned(
            [
                (0, 0),
                (r, 0),
                (r, length * 0.5),
                (r * 1.06, length * 0.55),
                (r * 1.06, length),
                (r * 0.85, length),
                (0, length * 0.8),
            ],
            trim,
            0.02,
        )
    ]
    parts += place(barrel, (rng.uniform(-0.15, 0.15), -d / 2, h / 2), (90, 0, 0))
    parts.append(blob(rng, (w * 0.3, d * 0.8, 0.2), body, 5, 0, (0, 0, h)))
    parts.append(turned([(0, h), (0.08, h), (0.08, h + 0.1), (0, h + 0.1)], surfaces.metal(rng)))
    if rng.random() < 0.4:
        path = [
            (-w / 2, 0, h * 0.8),
            (-w * 0.8, 0.2, h * 0.3),
            (-w * 0.4, 0.5, 0.03),
            (w * 0.4, 0.6, 0.03),
            (w * 0.8, 0.2, h * 0.3),
            (w / 2, 0, h * 0.8),
        ]
        parts.append(meshes.tube("strap", path, 0.05, surfaces.leather(rng), flat=0.2))
    return place(parts, turn=(0, 0, rng.uniform(-70, 70)))


def toy_car(rng: Random) -> Parts:
    """Car, cart or pram on wheels."""
    length, w, h = rng.uniform(1.3, 1.8), rng.uniform(0.6, 0.9), rng.uniform(0.25, 0.45)
    skin, r = surfaces.any_hard(rng), rng.uniform(0.15, 0.3)
    parts = [blob(rng, (length, w, h), skin, rng.uniform(3, 10), 0.03, (0, 0, r + h / 2))]
    cabin = surfaces.glass(rng) if rng.random() < 0.4 else surfaces.any_hard(rng)
    parts.append(
        blob(
            rng,
            (length * rng.uniform(0.3, 0.6), w * 0.85, h * 1.2),
            cabin,
            rng.uniform(3, 7),
            0,
            (rng.uniform(-0.2, 0.2), 0, r + h * 1.2),
        )
    )
    tyre, hub = surfaces.plastic(rng), surfaces.metal(rng)
    for x in (-length * 0.32, length * 0.32):
        for y in (-w / 2, w / 2):
            parts.append(ring(r * 0.75, r * 0.28, tyre, (x, y, r), "y"))
            parts.append(rod((x, y - 0.03, r), (x, y + 0.03, r), r * 0.5, hub))
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))


def tool(rng: Random) -> Parts:
    """Hammer, axe, screwdriver, racket, pan brush: a handle and a head."""
    length, grip = rng.uniform(1.2, 2.0), surfaces.any_solid(rng)
    parts = [
        rod((0, 0, 0.1), (length, 0, 0.1), rng.uniform(0.04, 0.09), grip, rng.uniform(0.6, 1.3))
    ]
    head, kind = surfaces.metal(rng), rng.random()
    if kind < 0.3:
        parts.append(
            meshes.box(
                "head", (0.25, rng.uniform(0.5, 0.9), 0.25), (length, 0, 0.1), head, bevel=0.04
            )
        )
    elif kind < 0.55:
        r = rng.uniform(0.3, 0.5)
        parts.append(ring(r, 0.03, head, (length + r, 0, 0.1), "z", 1, rng.uniform(0.7, 1)))
        for k in np.linspace(-0.8, 0.8, int(rng.integers(0, 9))):
            half = r * np.sqrt(1 - k * k)
            parts.append(
                rod((length + r + k * r, -half, 0.1), (length + r + k * r, half, 0.1), 0.008, head)
            )
    elif kind < 0.8:
        shape = outline_box(rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.6), rng.uniform(2, 8))
        parts += place([slab(shape, 0.03, head, 0.01)], (length + 0.2, 0, 0.1), (90, 0, 0))
    else:
        parts.append(rod((length, 0, 0.1), (length * 1.6, 0, 0.1), 0.025, head, 0.7))
    return place(parts, turn=(0, rng.choice([0, 0, -80]), rng.uniform(0, 360)))


def brush(rng: Random) -> Parts:
    """Brush, broom or comb: many thin bristles."""
    wood, hair = surfaces.any_hard(rng), surfaces.plastic(rng)
    w, count = rng.uniform(0.4, 1.0), int(rng.integers(10, 26))
    parts = [
        blob(rng, (w, 0.25, 0.15), wood, 5, 0, (0, 0, 0.6)),
        rod((0, 0, 0.6), (0, 0.05, rng.uniform(1.2, 2.0)), 0.06, wood, 0.7),
    ]
    for x in np.linspace(-w * 0.45, w * 0.45, count):
        for y in (-0.06, 0.06):
            end = (x * rng.uniform(1.0, 1.15), y * 1.3, rng.uniform(0, 0.08))
            parts.append(rod((x, y, 0.58), end, 0.014, hair, 0.6))
    return place(parts, turn=(rng.choice([0, 90, 180]), 0, rng.uniform(-60, 60)))


def keyboard(rng: Random) -> Parts:
    """Keyboard, remote control or board with rows of buttons."""
    columns, rows = int(rng.integers(3, 12)), int(rng.integers(2, 6))
    step, key = 0.17, surfaces.plastic(rng)
    w, d = columns * step + 0.1, rows * step + 0.1
    parts = place(
        [slab(outline_box(w, d, 14), 0.08, surfaces.any_hard(rng), 0.02)], (0, 0, 0.05), (90, 0, 0)
    )
    for i in range(columns):
        for j in range(rows):
            spot = ((i - columns / 2 + 0.5) * step, (j - rows / 2 + 0.5) * step, 0.11)
            parts.append(meshes.box("key", (0.13, 0.13, 0.06), spot, key, bevel=0.015))
    return place(parts, turn=(rng.choice([0, 0, 60]), 0, rng.uniform(-60, 60)))


def cable(rng: Random) -> Parts:
    """Coiled cable, hose or rope with a plug."""
    t, r = np.linspace(0, 2 * np.pi * rng.uniform(2, 5), 60), rng.uniform(0.5, 0.8)
    drift = rng.normal(0, 0.03, (60, 2)).cumsum(axis=0) * 0.3
    path = np.column_stack(
        [
            r * np.cos(t) + drift[:, 0],
            r * np.sin(t) * rng.uniform(0.6, 1) + drift[:, 1],
            0.05 + 0.015 * t,
        ]
    )
    tail = path[-1] + [(0.2, 0.2, 0), (0.5, 0.25, -0.05), (0.9, 0.1, -0.05)]
    whole = np.vstack([path, tail])
    skin = surfaces.any_solid(rng)
    parts = [meshes.tube("cable", whole, rng.uniform(0.02, 0.07), skin, samples=400)]
    return [
        *parts,
        *place(
            [meshes.box("plug", (0.25, 0.15, 0.1), (0, 0, 0), surfaces.any_hard(rng))],
            tuple(whole[-1]),
        ),
    ]


def headphones(rng: Random) -> Parts:
    """Headband and two ear cups."""
    r, trim, pad = rng.uniform(0.6, 0.75), surfaces.any_hard(rng), surfaces.leather(rng)
    t = np.linspace(0, np.pi, 24)
    band = np.column_stack([r * np.cos(t), 0 * t, 0.5 + r * 1.1 * np.sin(t)])
    parts = [meshes.tube("band", band, rng.uniform(0.03, 0.08), trim, flat=rng.uniform(0.3, 1))]
    size = rng.uniform(0.25, 0.4)
    for side in (-1, 1):
        parts.append(blob(rng, (0.16, size * 2, size * 2), trim, 3, 0, (side * r * 1.05, 0, 0.42)))
        parts.append(ring(size * 0.75, 0.09, pad, (side * r * 0.9, 0, 0.42), "x"))
    return place(parts, turn=(rng.choice([0, 0, -80]), 0, rng.uniform(-60, 60)))
