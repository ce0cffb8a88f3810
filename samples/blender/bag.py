"""A leather handbag with a flap, a clasp and an arched strap one can see through."""

from __future__ import annotations

import bpy
import numpy as np

from . import materials, meshes

WIDTH, DEPTH, HEIGHT = 2.3, 0.85, 1.6


def bag() -> list[bpy.types.Object]:
    """Tan leather with brass fittings."""
    tan = materials.leather("leather", (0.29, 0.088, 0.024), (0.37, 0.12, 0.034))
    brass = materials.plain("brass", (0.78, 0.55, 0.24), 0.22, metallic=1.0)
    thread = materials.plain("thread", (0.75, 0.66, 0.48), 0.8)
    path = _flap_path()
    return [
        _body(tan),
        _flap(path, tan),
        *_stitches(path, thread),
        *_clasp(path, brass),
        *_strap(tan, brass),
    ]


def _section(width: float, depth: float, power: float = 5.0) -> np.ndarray:
    """A rounded rectangle (superellipse) around the origin."""
    t = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    x = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power)
    y = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power)
    return np.stack([x * width / 2, y * depth / 2], axis=1)


def _body(material: bpy.types.Material) -> bpy.types.Object:
    """Sections from base to top: a soft belly, narrower at the opening."""
    rows = []
    levels = [(0.0, 0.0), (0.0, 0.975), (0.015, 0.993), (0.1, 1.0)]
    for z, scale in levels:
        rows.append((z, WIDTH * scale, DEPTH * scale))
    for t in np.linspace(0.12, 1, 24):
        belly = 0.04 * np.sin(np.pi * t)
        rows.append(
            (0.1 + t * (HEIGHT - 0.1), WIDTH * (1 - 0.12 * t), DEPTH * (1 + belly - 0.42 * t))
        )
    rows.append((HEIGHT + 0.02, WIDTH * 0.86, DEPTH * 0.5))
    rows.append((HEIGHT + 0.02, 0.0, 0.0))
    grid = [
        np.column_stack([_section(max(w, 1e-3), max(d, 1e-3)), np.full(240, z)]) for z, w, d in rows
    ]
    return meshes.surface("body", np.array(grid), material, closed=True, smooth_degrees=60)


def _flap_path() -> np.ndarray:
    """Side view of the flap: from the back edge over the top and down the front, as (y, z)."""
    points = [(0.27, 1.45), (0.26, 1.6), (0.12, 1.67), (-0.12, 1.67), (-0.275, 1.61)]
    points += [(-0.335, 1.4), (-0.40, 1.1), (-0.445, 0.8), (-0.465, 0.62)]
    return meshes.spline(points, 60)


def _half_width(t: np.ndarray) -> np.ndarray:
    """Half width along the flap, with rounded lower corners."""
    corner = np.clip((t - 0.82) / 0.18, 0, 1)
    return 0.93 + 0.1 * t - 0.42 * (1 - np.sqrt(np.clip(1 - corner**2.2, 0, 1)))


def _flap(path: np.ndarray, material: bpy.types.Material) -> bpy.types.Object:
    t = np.linspace(0, 1, len(path))
    across = np.linspace(-1, 1, 49)
    grid = np.empty((len(path), 49, 3))
    grid[..., 0] = _half_width(t)[:, None] * across
    grid[..., 1] = path[:, :1] + 0.05 * np.abs(across) ** 6 * (t[:, None] > 0.5)
    grid[..., 2] = path[:, 1:] - 0.03 * np.abs(across) ** 6
    obj = meshes.surface("flap", grid, material, smooth_degrees=60)
    solid = obj.modifiers.new("thickness", "SOLIDIFY")
    solid.thickness, solid.offset = 0.035, 0.0
    bevel = obj.modifiers.new("edge", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method = 0.01, 2, "ANGLE"
    return obj


def _stitches(path: np.ndarray, material: bpy.types.Material) -> list[bpy.types.Object]:
    """Short threads along the visible edge of the flap."""
    t = np.linspace(0, 1, len(path))
    half = _half_width(t) - 0.05
    front = path[:, 0] < -0.2
    front[-2:] = False
    edge = np.column_stack([half, path[:, 0] - 0.022 + 0.035 * (t > 0.5), path[:, 1] - 0.02])[front]
    bottom = edge[-1] * (1, 1, 1)
    line = [
        *edge,
        *[bottom * (1 - k, 1, 1) + (0, -0.03 * min(k * 4, 1), 0) for k in (0.25, 0.5, 0.75)],
    ]
    line += [p * (-1, 1, 1) for p in line[::-1]]
    dense = meshes.spline(line, 4000)
    run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))])
    objects = []
    for start in np.arange(0.02, run[-1] - 0.06, 0.075):
        ends = [np.searchsorted(run, start + s) for s in (0, 0.025, 0.05)]
        objects.append(meshes.tube("stitch", dense[ends], 0.009, material, samples=5))
    return objects


def _clasp(path: np.ndarray, brass: bpy.types.Material) -> list[bpy.types.Object]:
    y, z = path[-8]
    plate = meshes.box("plate", (0.34, 0.05, 0.2), (0, y - 0.03, z), brass, bevel=0.02)
    bar = [(0, y - 0.045, z + 0.06), (0, y - 0.1, z + 0.02), (0, y - 0.1, z - 0.03)]
    knob = meshes.tube("knob", [*bar, (0, y - 0.05, z - 0.07)], 0.035, brass, samples=24)
    return [plate, knob]


def _strap(leather: bpy.types.Material, brass: bpy.types.Material) -> list[bpy.types.Object]:
    arch = [(-0.80, 0, 1.98), (-0.76, 0, 2.3), (-0.52, 0, 2.72), (0, 0, 2.9)]
    arch += [(-x, y, z) for x, y, z in arch[-2::-1]]
    objects = [meshes.tube("strap", arch, 0.09, leather, flat=0.45)]
    for side in (-1, 1):
        x = 0.80 * side
        t = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        ring = np.stack([x + 0.13 * np.cos(t), 0 * t, 1.86 + 0.14 * np.sin(t)], axis=1)
        objects.append(meshes.tube("ring", ring, 0.024, brass, closed=True, samples=48))
        tab = [(x, 0.1, 1.66), (x, 0.05, 1.74), (x, 0, 1.76), (x, -0.05, 1.74), (x, -0.1, 1.66)]
        objects.append(meshes.tube("tab", tab, 0.08, leather, flat=0.35, samples=24))
    return objects
