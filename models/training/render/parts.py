"""Building blocks that the product families share, beyond lathe, tube, box and surface."""

from __future__ import annotations

import math

import bpy
import numpy as np

from samples.blender import meshes

from .palette import Random

Object = bpy.types.Object
Parts = list[Object]
Material = bpy.types.Material


def vertices(part: Object) -> np.ndarray:
    """Where a part's vertices are, count x 3."""
    flat = np.empty(len(part.data.vertices) * 3)
    part.data.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def place(
    parts: Parts,
    location: meshes.Point = (0, 0, 0),
    turn: meshes.Point = (0, 0, 0),
    scale: float = 1.0,
) -> Parts:
    """Move parts as one: scale, then turn (degrees about x, y, z), then shift. Edits the meshes."""
    pitch, roll, yaw = (math.radians(v) for v in turn)
    x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    y = np.array(
        [[math.cos(roll), 0, math.sin(roll)], [0, 1, 0], [-math.sin(roll), 0, math.cos(roll)]]
    )
    z = np.array([[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
    matrix = z @ y @ x * scale
    for part in parts:
        moved = vertices(part) @ matrix.T + np.asarray(location)
        part.data.vertices.foreach_set("co", moved.ravel())
        part.data.update()
        for modifier in part.modifiers:
            if modifier.type == "BEVEL":
                modifier.width *= scale
            elif modifier.type == "SOLIDIFY":
                modifier.thickness *= scale
    return parts


def blob(
    rng: Random,
    size: meshes.Point,
    material: Material,
    power: float = 2.0,
    dents: float = 0.0,
    centre: meshes.Point = (0, 0, 0),
) -> Object:
    """A superellipsoid (power 2 a ball, 6 a pillow-like box) with slow dents."""
    v = np.linspace(-np.pi / 2, np.pi / 2, 33)[:, None]
    u = np.linspace(0, 2 * np.pi, 64, endpoint=False)[None]
    e = 2 / power
    cu, su, cv, sv = np.cos(u), np.sin(u), np.cos(v), np.sin(v)

    def soft(x: np.ndarray) -> np.ndarray:
        return np.sign(x) * np.abs(x) ** e

    grid = np.stack([soft(cv) * soft(cu), soft(cv) * soft(su), soft(sv) * np.ones_like(u)], axis=2)
    wobble = np.zeros(grid.shape[:2])
    for _ in range(4):
        k = rng.normal(0, 2.0, 3)
        wobble += np.sin(grid @ k + rng.uniform(0, 6.3)) * dents / 4
    grid = grid * (1 + wobble[..., None]) * np.asarray(size) / 2 + np.asarray(centre)
    return meshes.surface("blob", grid, material, closed=True, smooth_degrees=80)


def slab(outline: np.ndarray, thickness: float, material: Material, bevel: float = 0.02) -> Object:
    """An outline (n, 2) in x and z, counter-clockwise, given `thickness` along y."""
    n = len(outline)
    front = np.column_stack([outline[:, 0], np.full(n, -thickness / 2), outline[:, 1]])
    back = front * (1, -1, 1)
    faces = [tuple(range(n)), tuple(range(2 * n - 1, n - 1, -1))]
    faces += [(i, i + n, (i + 1) % n + n, (i + 1) % n) for i in range(n)]
    part = meshes.mesh_object("slab", np.vstack([front, back]), faces, material, 30)
    uv = part.data.uv_layers.new(name="UVMap")
    low, high = outline.min(axis=0), outline.max(axis=0)
    indices = np.empty(len(part.data.loops), dtype=np.int32)
    part.data.loops.foreach_get("vertex_index", indices)
    spread = (np.vstack([outline, outline]) - low) / np.maximum(high - low, 1e-6)
    uv.data.foreach_set("uv", spread[indices].ravel())
    if bevel > 0:
        modifier = part.modifiers.new("bevel", "BEVEL")
        modifier.width, modifier.segments, modifier.limit_method = bevel, 2, "ANGLE"
    return part


def sheet(grid: np.ndarray, thickness: float, material: Material) -> Object:
    """A thin surface with body: cloth, paper, leather."""
    part = meshes.surface("sheet", grid, material, smooth_degrees=80)
    modifier = part.modifiers.new("body", "SOLIDIFY")
    modifier.thickness, modifier.offset = thickness, 0.0
    return part


def ring(
    radius: float,
    thick: float,
    material: Material,
    centre: meshes.Point = (0, 0, 0),
    axis: str = "y",
    flat: float = 1.0,
    squash: float = 1.0,
) -> Object:
    """A torus around `centre` whose hole looks along `axis`."""
    t = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    a, b, zero = radius * np.cos(t), radius * squash * np.sin(t), 0 * t
    columns = {"x": (zero, a, b), "y": (a, zero, b), "z": (a, b, zero)}[axis]
    path = np.column_stack(columns) + np.asarray(centre)
    return meshes.tube("ring", path, thick, material, closed=True, flat=flat, samples=96)


def rod(
    start: meshes.Point, end: meshes.Point, radius: float, material: Material, tip: float = 1.0
) -> Object:
    """A straight bar, `tip` times as thick at its end."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    along = (b - a) / np.linalg.norm(b - a)
    other = np.array([1.0, 0, 0]) if abs(along[0]) < 0.9 else np.array([0, 1.0, 0])
    side = np.cross(along, other)
    side /= np.linalg.norm(side)
    up = np.cross(along, side)
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.outer(np.cos(t), side) + np.outer(np.sin(t), up)
    rows = [a + 0 * circle, a + circle * radius, b + circle * radius * tip, b + 0 * circle]
    return meshes.surface("rod", np.array(rows), material, closed=True, smooth_degrees=40)


def outline_box(width: float, height: float, power: float = 6.0, count: int = 48) -> np.ndarray:
    """A rounded rectangle as (count, 2), counter-clockwise around the origin."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    x = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power)
    y = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power)
    return np.column_stack([x * width / 2, y * height / 2])


def turned(
    profile: list[tuple[float, float]], material: Material, rounding: float = 0.04
) -> Object:
    """A lathe body with rounded corners."""
    return meshes.lathe("turned", meshes.rounded(profile, rounding, 6), material, segments=72)
