"""Turned things for the table: a mug with an open handle, a tumbler and a fluted vase."""

from __future__ import annotations

import bpy
import numpy as np

from . import materials, meshes


def mug() -> list[bpy.types.Object]:
    """Stoneware mug, teal speckled glaze outside and cream inside."""
    teal = materials.speckled("glaze", (0.02, 0.17, 0.2), (0.01, 0.03, 0.035), 0.22)
    cream = materials.plain("inside", (0.78, 0.72, 0.6), 0.25)
    clay = materials.plain("clay", (0.5, 0.36, 0.24), 0.8)
    outer = [(0.30, 0.02), (0.40, 0.06), (0.43, 0.2), (0.43, 0.92), (0.425, 0.955), (0.405, 0.965)]
    inner = [(0.405, 0.965), (0.388, 0.955), (0.385, 0.9), (0.385, 0.2), (0.34, 0.1), (0, 0.09)]
    objects = [
        meshes.lathe("outside", meshes.rounded(outer, 0.07, 10), teal),
        meshes.lathe("inside", meshes.rounded(inner, 0.07, 10), cream),
        meshes.lathe("foot", [(0, 0.02), (0.28, 0.02), (0.285, 0), (0.31, 0), (0.32, 0.03)], clay),
    ]
    path = [(0.40, 0, 0.80), (0.52, 0, 0.815), (0.68, 0, 0.76), (0.75, 0, 0.6), (0.72, 0, 0.42)]
    path += [(0.60, 0, 0.28), (0.48, 0, 0.215), (0.40, 0, 0.19)]
    objects.append(meshes.tube("handle", path, 0.075, teal, flat=0.62))
    return objects


def tumbler() -> list[bpy.types.Object]:
    """A heavy-based drinking glass, slightly conical, with cut facets low on the wall."""
    clear = materials.glass("clear", (0.985, 1.0, 0.995))
    outer = [(0, 0.012), (0.27, 0.012), (0.285, 0), (0.31, 0.0), (0.325, 0.04), (0.40, 1.12)]
    inner = [(0.385, 1.135), (0.372, 1.12), (0.30, 0.2), (0.26, 0.15), (0, 0.14)]
    profile = meshes.rounded([*outer, (0.40, 1.135), *inner], 0.03, 8)
    radius, height = np.asarray(profile).T
    angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    facet = 0.016 * (np.abs(np.sin(angles * 6)) - 0.64)
    rows = np.arange(len(profile))
    rim = int(np.argmax(height))
    weight = np.where(
        rows < rim, np.clip((0.62 - height) / 0.3, 0, 1) * np.clip(radius / 0.3, 0, 1), 0
    )
    grid = _turned(radius, height, angles, weight[:, None] * facet)
    dense = _refine(grid)
    return [meshes.surface("tumbler", dense, clear, closed=True, smooth_degrees=70)]


def _turned(
    radius: np.ndarray, height: np.ndarray, angles: np.ndarray, offset: np.ndarray
) -> np.ndarray:
    """Grid of a turned body whose radius varies by `offset` around the axis."""
    r = np.maximum(radius[:, None] + offset, 1e-4)
    z = np.broadcast_to(height[:, None], r.shape)
    return np.stack([r * np.cos(angles), r * np.sin(angles), z], axis=2)


def _refine(grid: np.ndarray) -> np.ndarray:
    """Drop repeated rows, which would leave faces without area."""
    step = np.abs(np.diff(grid, axis=0)).max(axis=(1, 2))
    return grid[np.concatenate([[True], step > 1e-5])]


def vase() -> list[bpy.types.Object]:
    """White fluted vase with a narrow neck."""
    white = materials.plain("porcelain", (0.8, 0.79, 0.77), 0.35)
    outline = [(0.30, 0), (0.34, 0.02), (0.50, 0.35), (0.56, 0.72), (0.47, 1.12), (0.24, 1.42)]
    outline += [(0.17, 1.6), (0.19, 1.74), (0.22, 1.82)]
    wall = meshes.spline(outline, 120)
    lip = [(0.215, 1.832), (0.205, 1.82), (0.17, 1.72), (0.15, 1.58), (0.2, 1.4), (0.3, 1.2)]
    profile = np.vstack([[(0.0, 0.0)], wall, meshes.spline(lip, 30)])
    angles = np.linspace(0, 2 * np.pi, 480, endpoint=False)
    flutes = 0.016 * (np.abs(np.cos(angles * 14)) - 0.5)
    height = profile[:, 1]
    fade = np.clip((height - 0.06) / 0.15, 0, 1) * np.clip((1.42 - height) / 0.3, 0, 1)
    fade[len(wall) + 1 :] = 0
    grid = _turned(profile[:, 0], height, angles, fade[:, None] * flutes)
    return [meshes.surface("vase", _refine(grid), white, closed=True, smooth_degrees=60)]
