"""Garments, cushions, towels and plush toys."""

from __future__ import annotations

import numpy as np

from samples.blender import meshes

from .. import surfaces
from ..palette import Random
from ..parts import Parts, blob, outline_box, place, sheet, slab


def _folds(rng: Random, x: np.ndarray, z: np.ndarray, depth: float) -> np.ndarray:
    """Relief of hanging cloth over a plane."""
    y = np.zeros_like(x)
    for _ in range(6):
        turn = rng.normal(0, 0.6)
        wave = rng.uniform(2, 9) * (x * np.cos(turn) + z * np.sin(turn)) + rng.uniform(0, 6)
        y += depth / 3 * np.sin(wave + 0.6 * np.sin(2 * z + wave / 2))
    return y


def _panel(
    rng: Random, left: np.ndarray, right: np.ndarray, z: np.ndarray, puff: float
) -> np.ndarray:
    """Front and back of a tube of cloth between two outlines, as one closed grid of rings."""
    rows = []
    around = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    for a, b, height in zip(left, right, z, strict=True):
        centre, half = (a + b) / 2, (b - a) / 2
        x = centre + half * np.cos(around)
        bulge = (
            puff
            * np.sqrt(max(half, 1e-3))
            * np.sign(np.sin(around))
            * np.abs(np.sin(around)) ** 0.4
        )
        rows.append(np.column_stack([x, bulge, np.full(96, height)]))
    grid = np.array(rows)
    grid[..., 1] += _folds(rng, grid[..., 0], grid[..., 2], puff * 0.8)
    return grid


def _tube(rng: Random, grid: np.ndarray, skin: object) -> Parts:
    return [meshes.surface("cloth", grid, skin, closed=True, smooth_degrees=85)]


def shirt(rng: Random) -> Parts:
    """T-shirt, jumper or shirt, hanging flat."""
    skin = surfaces.cloth(rng) if rng.random() < 0.6 else surfaces.printed(rng, 0.9)
    w, h = rng.uniform(0.5, 0.65), rng.uniform(1.2, 1.6)
    z = np.linspace(0, h, 40)
    s = z / h
    slope = np.clip((s - 0.93) / 0.07, 0, 1)
    half = w * (1 + rng.uniform(-0.1, 0.15) * (1 - s)) - 0.5 * w * slope
    puff = rng.uniform(0.05, 0.12)
    parts = _tube(rng, _panel(rng, -half, half, z, puff), skin)
    length = rng.uniform(0.35, 1.2)
    drop = rng.uniform(20, 80)
    for side in (-1, 1):
        along = np.linspace(0, length, 24)
        wide = rng.uniform(0.16, 0.2) * (1 - 0.3 * along / length)
        arm = _tube(rng, _panel(rng, -wide, wide, -along, puff * 0.8), skin)
        parts += place(arm, (side * (w - 0.12), 0, h * 0.9), (0, -side * (90 - drop), 0))
    return place(parts, turn=(rng.choice([0, 0, -90]), 0, 0))


def trousers(rng: Random) -> Parts:
    """Trousers, shorts or leggings."""
    skin = surfaces.cloth(rng) if rng.random() < 0.7 else surfaces.printed(rng, 0.9)
    hip, leg = rng.uniform(0.36, 0.46), rng.uniform(0.5, 1.5)
    puff, spread = rng.uniform(0.05, 0.1), rng.uniform(0.0, 0.15)
    z = np.linspace(0, 0.5, 16)
    parts = place(
        _tube(rng, _panel(rng, 0 * z - hip, 0 * z + hip * (1 - 0.1 * z), z, puff), skin),
        (0, 0, leg),
    )
    for side in (-1, 1):
        down = np.linspace(0, leg + 0.06, 30)
        wide = hip * 0.5 * (1 - rng.uniform(0.0, 0.4) * down / leg)
        shift = side * (hip * 0.5 + spread * down / leg)
        limb = _panel(rng, shift - wide, shift + wide, leg + 0.06 - down, puff)
        parts += _tube(rng, limb, skin)
    return place(parts, turn=(rng.choice([0, 0, -90]), 0, 0))


def dress(rng: Random) -> Parts:
    """Dress or skirt with a flared hem."""
    skin = surfaces.cloth(rng) if rng.random() < 0.5 else surfaces.printed(rng, 0.9)
    h, waist = rng.uniform(1.2, 1.8), rng.uniform(0.5, 0.7)
    z = np.linspace(0, h, 48)
    s = z / h
    half = 0.28 + rng.uniform(0.1, 0.5) * np.clip((waist - s) / waist, 0, 1)
    half += 0.12 * np.exp(-(((s - 0.85) / 0.1) ** 2)) - 0.12 * np.clip((s - 0.92) / 0.08, 0, 1)
    return _tube(rng, _panel(rng, -half, half, z, rng.uniform(0.06, 0.2)), skin)


def cushion(rng: Random) -> Parts:
    """Cushion, mattress or sack, standing or lying."""
    w, h = rng.uniform(0.8, 1.6), rng.uniform(0.8, 1.2)
    skin = surfaces.cloth(rng) if rng.random() < 0.6 else surfaces.printed(rng, 0.9)
    parts = [
        blob(rng, (w, rng.uniform(0.25, 0.6), h), skin, rng.uniform(2.6, 5), 0.08, (0, 0, h / 2))
    ]
    return place(parts, turn=(rng.choice([0, -20, -90]), 0, rng.uniform(-40, 40)))


def towel(rng: Random) -> Parts:
    """Folded towels, blankets or a scarf spread out."""
    parts: Parts = []
    if rng.random() < 0.5:
        z = 0.0
        for _ in range(int(rng.integers(1, 5))):
            thick = rng.uniform(0.15, 0.3)
            parts.append(
                blob(rng, (1.3, 0.9, thick), surfaces.cloth(rng), 6, 0.04, (0, 0, z + thick / 2))
            )
            z += thick * 0.92
        return parts
    x, y = np.meshgrid(np.linspace(-0.4, 0.4, 40), np.linspace(-1, 1, 80))
    z = 0.12 + _folds(rng, x, y, 0.08)
    edge = 0.05 * np.sin(5 * y + rng.uniform(0, 6))
    return [sheet(np.stack([x + edge, y, z], axis=2), 0.02, surfaces.cloth(rng))]


def plush(rng: Random) -> Parts:
    """Teddy-like toy: head, body, limbs, ears."""
    skin, spot = surfaces.cloth(rng), surfaces.cloth(rng)
    eye = surfaces.plastic(rng)
    body = rng.uniform(0.7, 0.9)
    parts = [
        blob(rng, (body, body * 0.8, 1.0), skin, 2, 0.05, (0, 0, 0.5)),
        blob(rng, (0.7, 0.65, 0.65), skin, 2, 0.04, (0, -0.05, 1.25)),
        blob(rng, (0.32, 0.25, 0.25), spot, 2, 0, (0, -0.35, 1.18)),
    ]
    tall = rng.uniform(0.2, 0.6)
    for side in (-1, 1):
        parts.append(blob(rng, (0.25, 0.15, tall), spot, 2, 0, (side * 0.25, 0, 1.5 + tall / 3)))
        parts.append(blob(rng, (0.08, 0.06, 0.08), eye, 2, 0, (side * 0.14, -0.36, 1.34)))
        parts.append(blob(rng, (0.28, 0.28, 0.7), skin, 2, 0, (side * 0.45, -0.1, 0.7)))
        parts.append(blob(rng, (0.34, 0.7, 0.32), skin, 2, 0, (side * 0.28, -0.4, 0.17)))
    if rng.random() < 0.3:
        parts += place([slab(outline_box(0.5, 0.2, 3), 0.05, spot)], (0, -0.35, 0.9))
    return place(parts, turn=(0, 0, rng.uniform(-60, 60)))
