"""A gold ring. Here, and only here, one unit stands for one centimetre."""

from __future__ import annotations

import math

import bpy
import numpy as np

from . import materials, meshes


def ring() -> list[bpy.types.Object]:
    """A gold ring with a blue cut stone in four claws, standing on its band."""
    gold = materials.plain("gold", (0.83, 0.53, 0.2), 0.16, metallic=1.0)
    stone = materials.plain("stone", (0.015, 0.06, 0.28), 0.03, coat=1.0)
    outer = 1.0
    angles = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    section = np.linspace(0, 2 * np.pi, 33)
    radial = outer - 0.1 + 0.1 * np.sign(np.cos(section)) * np.abs(np.cos(section)) ** 0.7
    across = 0.18 * np.sign(np.sin(section)) * np.abs(np.sin(section)) ** 0.7
    grid = np.stack(
        [
            radial[:, None] * np.sin(angles),
            np.broadcast_to(across[:, None], (33, 240)),
            outer - radial[:, None] * np.cos(angles),
        ],
        axis=2,
    )
    objects = [meshes.surface("band", grid, gold, closed=True, smooth_degrees=80)]
    top = 2 * outer
    cup = meshes.rounded([(0.10, top - 0.05), (0.13, top + 0.05), (0.18, top + 0.13)], 0.05)
    objects.append(meshes.lathe("cup", [*cup, (0.14, top + 0.13), (0.08, top + 0.06)], gold))
    for k in range(4):
        a = math.pi / 4 + k * math.pi / 2
        c, s = math.cos(a), math.sin(a)
        claw = [(0.11, 0.02), (0.25, 0.15), (0.315, 0.3), (0.26, 0.375)]
        path = [(r * c, r * s, top + z) for r, z in claw]
        objects.append(meshes.tube("claw", path, 0.035, gold, samples=24))
    objects.append(_gem(top + 0.12, 0.31, stone))
    return objects


def _gem(base: float, radius: float, material: bpy.types.Material) -> bpy.types.Object:
    """A round cut: point, girdle of sixteen, eight-sided table."""

    def circle(r: float, z: float, n: int, phase: float) -> list[meshes.Point]:
        turn = 2 * math.pi / n
        return [
            (r * math.cos(turn * (k + phase)), r * math.sin(turn * (k + phase)), z)
            for k in range(n)
        ]

    points = [(0.0, 0.0, base - 0.05), *circle(radius, base + 0.19, 16, 0.0)]
    points += [*circle(radius, base + 0.205, 16, 0.0), *circle(radius * 0.6, base + 0.3, 8, 0.5)]
    faces: list[tuple[int, ...]] = []
    for k in range(16):
        n = (k + 1) % 16
        faces += [(0, 1 + n, 1 + k), (1 + k, 1 + n, 17 + n, 17 + k)]
    for k in range(8):
        a, b, c = 17 + 2 * k, 17 + 2 * k + 1, 17 + (2 * k + 2) % 16
        faces += [(a, b, 33 + k), (b, c, 33 + k), (33 + k, c, 33 + (k + 1) % 8)]
    faces.append(tuple(range(33, 41)))
    return meshes.mesh_object("gem", points, faces, material, smooth_degrees=1)
