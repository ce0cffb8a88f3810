"""Shoes, bags, eyewear, hats, belts and watches."""

from __future__ import annotations

import numpy as np

from samples.blender import meshes

from .. import surfaces
from ..palette import Random
from ..parts import Parts, blob, outline_box, place, ring, rod, sheet, slab, turned


def _sole(rng: Random, length: float, width: float, heel: float) -> tuple[np.ndarray, np.ndarray]:
    """Outline of a foot (n, 2), heel at x = 0, and the height of the sole along it."""
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    x = length * (0.5 - 0.5 * np.cos(t))
    s = x / length
    half = width / 2 * (0.72 + 0.28 * np.sin(np.pi * (s - 0.3) / 0.8)) * np.abs(np.sin(t)) ** 0.55
    y = np.sign(np.sin(t)) * half
    return np.column_stack([x, y]), heel * np.clip(1 - s / 0.6, 0, 1) ** 1.4


def _upper(rng: Random, outline: np.ndarray, base: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Rings from the sole up, each narrower; `top` is the height of the rim along the foot."""
    centre = np.column_stack([outline[:, 0], 0 * outline[:, 1]])
    rows = []
    lean = rng.uniform(0.45, 0.7)
    for s in np.linspace(0, 1, 18):
        narrow = 1 + 0.08 * np.sin(np.pi * min(s * 1.6, 1)) - lean * s**1.8
        flat = centre + (outline - centre) * narrow
        back = flat[:, 0] * (1 - 0.03 * s) + 0.02 * s
        rows.append(np.column_stack([back, flat[:, 1], base + s * (top - base)]))
    return np.array(rows)


def _one_shoe(rng: Random, looks: np.random.SeedSequence, tall: float) -> Parts:
    rng = np.random.default_rng(looks)
    length, width = rng.uniform(1.6, 1.9), rng.uniform(0.55, 0.72)
    heel = float(rng.choice([0.0, 0.0, 0.05, 0.3, 0.6]))
    thick = rng.uniform(0.08, 0.25)
    outline, lift = _sole(rng, length, width, heel)
    makers = [surfaces.leather, surfaces.cloth, surfaces.plastic, surfaces.printed]
    skin, rubber = makers[rng.integers(4)](rng), surfaces.plastic(rng)
    s = outline[:, 0] / length
    low = rng.uniform(0.22, 0.35)
    top = thick + lift + low + tall * np.clip(1 - s / rng.uniform(0.45, 0.75), 0, 1) ** 0.7
    rim = _upper(rng, outline * (1, 0.96), lift + thick, top)
    parts = [meshes.surface("upper", rim, skin, closed=True, smooth_degrees=70)]
    inner = np.array(
        [rim[-1], rim[-1] * (1, 0.94, 1) - (0, 0, 0.15), rim[-1] * (1, 0.5, 1) - (0, 0, 0.35)]
    )
    parts.append(meshes.surface("lining", inner, surfaces.cloth(rng), closed=True))
    swell = rng.uniform(1.02, 1.1)
    wall = [
        np.column_stack([outline * (1, k), lift + z])
        for k, z in (
            (0.0, 0),
            (swell, 0),
            (swell * 1.02, thick * 0.6),
            (swell * 0.96, thick * 1.15),
        )
    ]
    parts.append(meshes.surface("sole", np.array(wall), rubber, closed=True, smooth_degrees=50))
    if heel > 0.2:
        parts.append(
            rod((0.15, 0, 0), (0.12, 0, heel + 0.05), rng.uniform(0.04, 0.16), rubber, 1.4)
        )
    if rng.random() < 0.6:
        lace = surfaces.cloth(rng)
        for k in np.linspace(0.42, 0.68, int(rng.integers(3, 7))):
            row = int(14 + 2 * rng.random())
            i = int(np.argmin(np.abs(rim[row, :36, 0] - k * length)))
            a, b = rim[row, i], rim[row, -i]
            path = [a, (a + b) / 2 + (0, 0, 0.06), b]
            parts.append(meshes.tube("lace", path, 0.022, lace, samples=16))
    return parts


def shoe(rng: Random) -> Parts:
    """Trainer, loafer, slipper or heeled shoe; one, or a pair."""
    looks = np.random.SeedSequence(int(rng.integers(2**31)))
    tall = rng.uniform(0.1, 0.5)
    parts = _one_shoe(rng, looks, tall)
    if rng.random() < 0.4:
        other = place(
            _one_shoe(rng, looks, tall),
            (rng.uniform(-0.4, 0.4), rng.uniform(0.8, 1.0), 0),
            (0, 0, rng.uniform(-25, 25)),
        )
        parts += other
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))


def boot(rng: Random) -> Parts:
    """Ankle boot, wellington or tall boot."""
    looks = np.random.SeedSequence(int(rng.integers(2**31)))
    tall = rng.uniform(0.5, 1.6)
    parts = _one_shoe(rng, looks, tall)
    if rng.random() < 0.4:
        parts += place(_one_shoe(rng, looks, tall), (rng.uniform(-0.2, 0.2), 0.9, 0))
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))


def sandal(rng: Random) -> Parts:
    """Flat sole with straps: much to see through."""
    length, width = rng.uniform(1.6, 1.9), rng.uniform(0.55, 0.7)
    heel = float(rng.choice([0, 0.05, 0.4]))
    outline, lift = _sole(rng, length, width, heel)
    rubber, strap = surfaces.plastic(rng), surfaces.leather(rng)
    wall = [
        np.column_stack([outline * (1, k), lift + z])
        for k, z in ((0.0, 0), (1, 0), (1, 0.1), (0.0, 0.1))
    ]
    parts = [meshes.surface("sole", np.array(wall), rubber, closed=True)]
    for k in rng.uniform(0.15, 0.85, int(rng.integers(2, 5))):
        i = int(np.argmin(np.abs(outline[:36, 0] - k * length)))
        a, b = outline[i], outline[-i]
        z = float(lift[i]) + 0.08
        path = [
            (*a, z),
            (a[0], a[1] * 0.8, z + 0.25),
            (a[0], 0, z + rng.uniform(0.3, 0.5)),
            (b[0], b[1] * 0.8, z + 0.25),
            (*b, z),
        ]
        parts.append(meshes.tube("strap", path, rng.uniform(0.05, 0.12), strap, flat=0.25))
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))


def handbag(rng: Random) -> Parts:
    """Handbag, tote or purse with straps one can see through."""
    w, h, d = rng.uniform(1.0, 1.8), rng.uniform(0.7, 1.4), rng.uniform(0.25, 0.7)
    makers = [
        surfaces.leather,
        surfaces.leather,
        surfaces.cloth,
        surfaces.printed,
        surfaces.plastic,
    ]
    skin = makers[rng.integers(5)](rng)
    t = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    p = rng.uniform(3, 10)
    taper, rows = rng.uniform(0.6, 1.15), []
    cx = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / p)
    cy = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / p)
    for s in [0, 0, 0.02, *np.linspace(0.06, 1, 14), 1, 1]:
        k = 0 if len(rows) in (0, 18) else 1
        scale = 1 + (taper - 1) * s
        depth = d * (1 - rng.uniform(0.2, 0.6) * s**2)
        rows.append(
            np.column_stack([k * cx * w / 2 * scale, k * cy * depth / 2, np.full(80, s * h)])
        )
    parts = [meshes.surface("bag", np.array(rows), skin, closed=True, smooth_degrees=60)]
    trim = skin if rng.random() < 0.6 else surfaces.leather(rng)
    rise, span, thick = rng.uniform(0.3, 1.1), w * rng.uniform(0.15, 0.42), rng.uniform(0.025, 0.07)
    for y in (-d * 0.2, d * 0.2) if rng.random() < 0.6 else (0.0,):
        path = [
            (-span, y, h * 0.8),
            (-span, y, h + rise * 0.4),
            (-span * 0.6, y, h + rise * 0.85),
            (0, y, h + rise),
            (span * 0.6, y, h + rise * 0.85),
            (span, y, h + rise * 0.4),
            (span, y, h * 0.8),
        ]
        parts.append(meshes.tube("strap", path, thick, trim, flat=rng.uniform(0.3, 1)))
    if rng.random() < 0.5:
        shape = outline_box(w * 0.85, h * rng.uniform(0.4, 0.7), 5)
        low = h - float(np.ptp(shape[:, 1])) / 2
        parts += place(
            [slab(shape, 0.04, trim, 0.01)], (0, -d * 0.46, low), (rng.uniform(-14, -4), 0, 0)
        )
        parts.append(
            blob(rng, (0.16, 0.1, 0.12), surfaces.metal(rng), 4, 0, (0, -d * 0.55, low - 0.1))
        )
    return place(parts, turn=(0, 0, rng.uniform(-50, 50)))


def backpack(rng: Random) -> Parts:
    """Backpack or suitcase."""
    w, h, d = rng.uniform(0.8, 1.2), rng.uniform(1.1, 1.7), rng.uniform(0.35, 0.6)
    skin, trim = surfaces.any_solid(rng), surfaces.plastic(rng)
    parts = [blob(rng, (w, d, h), skin, rng.uniform(4, 9), 0.03, (0, 0, h / 2))]
    if rng.random() < 0.7:
        parts.append(
            blob(
                rng,
                (w * 0.75, d * 0.5, h * 0.45),
                surfaces.any_solid(rng),
                5,
                0.03,
                (0, -d * 0.45, h * 0.3),
            )
        )
    path = [(-0.15, 0, h * 0.97), (-0.12, 0, h * 1.1), (0.12, 0, h * 1.1), (0.15, 0, h * 0.97)]
    parts.append(meshes.tube("grip", path, 0.03, trim))
    for side in (-1, 1):
        path = [
            (side * w * 0.3, d * 0.4, h * 0.9),
            (side * w * 0.45, d * 0.95, h * 0.7),
            (side * w * 0.5, d * 0.9, h * 0.4),
            (side * w * 0.45, d * 0.45, h * 0.1),
        ]
        parts.append(meshes.tube("strap", path, 0.08, trim, flat=0.3))
    if rng.random() < 0.3:
        parts += [ring(0.12, 0.05, trim, (side * w * 0.4, 0, 0.08), "x") for side in (-1, 1)]
    return place(parts, turn=(0, 0, rng.uniform(0, 360)))


def eyewear(rng: Random) -> Parts:
    """Spectacles or sunglasses: thin frames, clear or dark lenses."""
    size, squash = rng.uniform(0.35, 0.48), rng.uniform(0.6, 1.0)
    thick, skin = rng.uniform(0.012, 0.06), surfaces.any_hard(rng)
    tinted = rng.random() < 0.6
    lens = surfaces.plastic(rng) if tinted and rng.random() < 0.5 else surfaces.glass(rng)
    p, gap = float(rng.choice([2.0, 2.5, 3.5])), size * 1.15
    shape = outline_box(2 * size, 2 * size * squash, p, 40)
    parts: Parts = []
    for side in (-1, 1):
        path = np.column_stack([shape[:, 0] + side * gap, 0 * shape[:, 0], shape[:, 1]])
        parts.append(meshes.tube("rim", path, thick, skin, closed=True, samples=80))
        parts += place([slab(shape * 0.99, 0.012, lens, 0)], (side * gap, 0, 0))
        hinge = (side * (gap + size), 0, size * squash * 0.4)
        if rng.random() < 0.9:
            ends = [
                hinge,
                (hinge[0], 0.7, hinge[2]),
                (hinge[0] * 0.97, 1.25, hinge[2] - 0.02),
                (hinge[0] * 0.95, 1.6, hinge[2] - 0.3),
            ]
            parts.append(meshes.tube("temple", ends, max(thick, 0.02), skin))
    z = size * squash * 0.3
    bridge = [(-gap + size * 0.95, 0, z), (0, -0.02, z + 0.08), (gap - size * 0.95, 0, z)]
    parts.append(meshes.tube("bridge", bridge, thick, skin, samples=20))
    return place(parts, turn=(rng.choice([0, -8, 90]), 0, rng.uniform(-50, 50)))


def hat(rng: Random) -> Parts:
    """Cap, sun hat, bowler or beanie."""
    r, h = rng.uniform(0.5, 0.65), rng.uniform(0.4, 0.7)
    makers = [surfaces.cloth, surfaces.leather, surfaces.printed]
    skin = makers[rng.integers(3)](rng)
    crown = [(r, 0), (r * 0.98, h * 0.5), (r * rng.uniform(0.6, 0.95), h * 0.95), (0, h)]
    parts = [turned(crown, skin, 0.2)]
    if rng.random() < 0.5:
        t = np.linspace(-1.2, 1.2, 24)
        near = np.column_stack([r * np.sin(t), -r * np.cos(t), 0 * t])
        far = near + np.column_stack(
            [0 * t, -rng.uniform(0.4, 0.6) * np.cos(t / 1.2 * 1.5), -0.08 * np.cos(t)]
        )
        parts.append(sheet(np.array([near, (near + far) / 2 + (0, 0, 0.02), far]), 0.03, skin))
    else:
        brim = r * rng.uniform(1.1, 2.0)
        parts.append(
            turned([(r * 0.97, 0.0), (brim, rng.uniform(-0.1, 0.1)), (brim, 0.02), (r, 0.04)], skin)
        )
    if rng.random() < 0.5:
        parts.append(turned([(r * 1.01, 0.02), (r * 1.0, 0.16)], surfaces.cloth(rng)))
    return place(parts, turn=(0, 0, rng.uniform(-60, 60)))


def belt(rng: Random) -> Parts:
    """A coiled belt, ribbon, collar or tape with a buckle."""
    skin, turns = surfaces.leather(rng), rng.uniform(1.0, 3.0)
    t = np.linspace(0, 2 * np.pi * turns, 120)
    r = 0.5 + 0.05 * t / np.pi
    width = rng.uniform(0.12, 0.35)
    grid = np.array(
        [np.column_stack([r * np.cos(t), r * np.sin(t), 0 * t + z]) for z in (0, width)]
    )
    parts = [sheet(grid, 0.03, skin)]
    end = grid[0, -1] + (0, 0, width / 2)
    parts += place([ring(width * 0.7, 0.03, surfaces.metal(rng), (0, 0, 0), "y")], tuple(end))
    return place(parts, turn=(rng.choice([0, 90]), 0, rng.uniform(0, 360)))


def watch(rng: Random) -> Parts:
    """Wristwatch on a closed or flat band."""
    r, case = rng.uniform(0.3, 0.4), surfaces.metal(rng)
    band = [surfaces.leather, surfaces.metal, surfaces.plastic][rng.integers(3)](rng)
    parts = [
        turned([(0, 0), (r, 0), (r, 0.14), (r * 0.9, 0.18)], case, 0.03),
        turned([(0, 0.16), (r * 0.88, 0.16)], surfaces.printed(rng, 0.2)),
    ]
    for k in range(12):
        a = k * np.pi / 6
        c, s = np.cos(a), np.sin(a)
        parts.append(
            rod((c * r * 0.7, s * r * 0.7, 0.17), (c * r * 0.82, s * r * 0.82, 0.17), 0.01, case)
        )
    wide = r * rng.uniform(0.5, 0.75)
    if rng.random() < 0.5:
        t = np.linspace(0.25, 2 * np.pi - 0.25, 60)
        rad = rng.uniform(0.6, 0.75)
        y, z = rad * np.sin(t) * 1.1, rad * np.cos(t) - rad + 0.08
    else:
        y, z = np.linspace(-1.3, 1.3, 60), np.full(60, 0.03)
    grid = np.array([np.column_stack([0 * y + x, y, z]) for x in np.linspace(-wide, wide, 5)])
    parts.append(sheet(grid, 0.04, band))
    return place(parts, turn=(rng.choice([0, 60, 80]), 0, rng.uniform(-60, 60)))
