"""Small mesh builders shared by products and rooms.

Everything is generated from numbers so that the sample photos need no model files.
One Blender unit stands for ten centimetres throughout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import bpy
import numpy as np

Point = tuple[float, float, float]
Profile = Sequence[tuple[float, float]]


def mesh_object(
    name: str,
    vertices: Sequence[Sequence[float]],
    faces: Sequence[Sequence[int]],
    material: bpy.types.Material,
    smooth_degrees: float = 40.0,
) -> bpy.types.Object:
    """Link a new mesh object whose edges stay sharp above `smooth_degrees`."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(map(float, v)) for v in vertices], [], [tuple(f) for f in faces])
    mesh.validate()
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.set_sharp_from_angle(angle=math.radians(smooth_degrees))
    mesh.materials.append(material)
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def spline(points: Sequence[Sequence[float]], count: int, closed: bool = False) -> np.ndarray:
    """Sample a Catmull-Rom curve through `points` at `count` evenly spaced parameters."""
    knots = np.asarray(points, dtype=float)
    n = len(knots)
    if closed:
        t = np.arange(count) * n / count
        padded = np.vstack([knots[-1:], knots, knots[:2]])
    else:
        t = np.linspace(0, n - 1, count)
        ends = 2 * knots[0] - knots[1], 2 * knots[-1] - knots[-2]
        padded = np.vstack([ends[0], knots, ends[1], ends[1]])
    i = np.minimum(t.astype(int), n - 1)
    f = (t - i)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    return 0.5 * (
        2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3
    )


def rounded(profile: Profile, radius: float, steps: int = 6) -> list[tuple[float, float]]:
    """Replace each inner corner of a polyline by a short curve, as moulded things have."""
    points = [np.asarray(p, dtype=float) for p in profile]
    result = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach_in = min(radius, float(np.linalg.norm(before - corner)) * 0.45)
        reach_out = min(radius, float(np.linalg.norm(after - corner)) * 0.45)
        start = corner + (before - corner) / np.linalg.norm(before - corner) * reach_in
        end = corner + (after - corner) / np.linalg.norm(after - corner) * reach_out
        result.extend(
            (1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t**2 * end
            for t in np.linspace(0, 1, steps)
        )
    result.append(points[-1])
    return [(float(r), float(z)) for r, z in result]


def surface(
    name: str,
    grid: np.ndarray,
    material: bpy.types.Material,
    closed: bool = False,
    smooth_degrees: float = 40.0,
) -> bpy.types.Object:
    """Skin a (rows, columns, 3) grid; `closed` joins the last column to the first. Has UVs."""
    rows, columns = grid.shape[:2]
    spans = columns if closed else columns - 1
    faces, uvs = [], []
    for r in range(rows - 1):
        for c in range(spans):
            right = (c + 1) % columns
            corners = (r * columns + c, r * columns + right)
            faces.append((*corners, corners[1] + columns, corners[0] + columns))
            u0, u1, v0, v1 = c / spans, (c + 1) / spans, r / (rows - 1), (r + 1) / (rows - 1)
            uvs += [u0, v0, u1, v0, u1, v1, u0, v1]
    obj = mesh_object(name, grid.reshape(-1, 3), faces, material, smooth_degrees)
    layer = obj.data.uv_layers.new(name="UVMap")
    if len(layer.data) * 2 == len(uvs):
        layer.data.foreach_set("uv", uvs)
    return obj


def lathe(
    name: str,
    profile: Profile,
    material: bpy.types.Material,
    arc: tuple[float, float] | None = None,
    segments: int = 128,
) -> bpy.types.Object:
    """Turn a (radius, height) profile around Z, fully or over an `arc` given in degrees."""
    if arc is None:
        angles = np.arange(segments) * 2 * np.pi / segments
    else:
        angles = np.radians(np.linspace(arc[0], arc[1], segments))
    radius, height = np.asarray(profile, dtype=float).T
    radius = np.maximum(radius, 1e-4)
    grid = np.empty((len(radius), len(angles), 3))
    grid[..., 0] = radius[:, None] * np.cos(angles)
    grid[..., 1] = radius[:, None] * np.sin(angles)
    grid[..., 2] = height[:, None]
    return surface(name, grid, material, closed=arc is None)


def box(
    name: str,
    size: Point,
    centre: Point,
    material: bpy.types.Material,
    bevel: float = 0.02,
) -> bpy.types.Object:
    """An axis-aligned box with softened edges."""
    half = np.asarray(size) / 2
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    obj = mesh_object(name, signs * half + np.asarray(centre), quads, material)
    if bevel > 0:
        modifier = obj.modifiers.new("bevel", "BEVEL")
        modifier.width, modifier.segments = bevel, 3
    return obj


def tube(
    name: str,
    points: Sequence[Sequence[float]],
    radius: float,
    material: bpy.types.Material,
    closed: bool = False,
    flat: float = 1.0,
    samples: int = 64,
) -> bpy.types.Object:
    """Sweep a round or flattened section along a smooth curve; `flat` scales one axis."""
    path = spline(points, samples, closed)
    tangents = np.gradient(path, axis=0)
    if closed:
        tangents = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    angles = np.arange(20) * 2 * np.pi / 20
    rings = []
    normal = _any_normal(tangents[0])
    for centre, tangent in zip(path, tangents, strict=True):
        normal = normal - tangent * np.dot(normal, tangent)
        normal /= np.linalg.norm(normal)
        side = np.cross(tangent, normal)
        ring = np.outer(np.cos(angles), side) + np.outer(np.sin(angles) * flat, normal)
        rings.append(centre + ring * radius)
    if closed:
        rings.append(rings[0])
    else:
        rings = [np.repeat(path[:1], 20, axis=0), *rings, np.repeat(path[-1:], 20, axis=0)]
    return surface(name, np.array(rings), material, closed=True, smooth_degrees=60)


def _any_normal(tangent: np.ndarray) -> np.ndarray:
    """A start normal near +Z, so flattened sections lie as ribbons do."""
    up = np.array([0.0, 0.0, 1.0])
    return up if abs(tangent[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
