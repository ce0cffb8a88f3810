"""A low sneaker: an upper lofted from sole to opening, a rubber sole, tongue and laces.

The upper is one annular surface between the sole line and the rim of the opening. Its colour and
relief come from a picture computed in the surface's own (around, up) coordinates, so that panels
and stitching follow the form.
"""

from __future__ import annotations

import bpy
import numpy as np

from . import artwork, materials, meshes

# Half of the shoe from heel to toe: sole line, bulge control point and rim, as (x, y, z).
SOLE = [
    (0.03, 0, 0.3), (0.07, 0.2, 0.3), (0.27, 0.35, 0.3), (0.72, 0.40, 0.3), (1.2, 0.38, 0.3),
    (1.65, 0.42, 0.3), (2.1, 0.48, 0.3), (2.52, 0.46, 0.3), (2.85, 0.30, 0.3), (2.97, 0, 0.3),
]  # fmt: skip
BULGE = [
    (-0.1, 0, 0.8), (-0.04, 0.22, 0.8), (0.2, 0.39, 0.78), (0.72, 0.46, 0.76), (1.2, 0.45, 0.82),
    (1.62, 0.48, 0.8), (2.05, 0.54, 0.72), (2.52, 0.54, 0.66), (2.92, 0.38, 0.64), (3.06, 0, 0.64),
]  # fmt: skip
RIM = [
    (0.07, 0, 1.36), (0.13, 0.16, 1.34), (0.34, 0.25, 1.22), (0.68, 0.27, 1.12), (1.02, 0.25, 1.2),
    (1.34, 0.2, 1.07), (1.62, 0.165, 0.93), (1.84, 0.13, 0.83), (1.98, 0.08, 0.77), (2.03, 0, 0.75),
]  # fmt: skip
AROUND, UP = 360, 48
NAVY, SUEDE, WHITE = (0.02, 0.05, 0.16), (0.05, 0.1, 0.25), (0.75, 0.73, 0.69)
MUSTARD = (0.7, 0.33, 0.03)


def sneaker() -> list[bpy.types.Object]:
    """Navy mesh and suede with a mustard stripe, on a white rubber sole."""
    colour, relief = _panels()
    upper = materials.printed("upper", colour, 0.75, relief=relief)
    lining = materials.mottled("lining", (0.5, 0.47, 0.42), (0.6, 0.57, 0.52), 0.95, 25, 0.3)
    lace = materials.weave("lace", (0.6, 0.58, 0.53), (0.82, 0.8, 0.76), 18)
    grid = _upper_grid()
    objects = [
        meshes.surface("upper", grid, upper, closed=True, smooth_degrees=80),
        meshes.surface("collar", _collar_grid(grid), lining, closed=True, smooth_degrees=80),
        *_tongue(materials.mottled("tongue", NAVY, SUEDE, 0.9, 30, 0.3)),
        *_sole(),
        *_laces(grid, lace),
    ]
    for obj in objects:
        _finish(obj)
    return objects


def _loop(half: list[meshes.Point]) -> np.ndarray:
    """Close a half outline by its mirror image, the inner side a little straighter."""
    back = [(x, -y * 0.96, z) for x, y, z in half[-2:0:-1]]
    return meshes.spline([*half, *back], AROUND, closed=True)


def _upper_grid() -> np.ndarray:
    sole, bulge, rim = (_loop(half) for half in (SOLE, BULGE, RIM))
    t = np.linspace(0, 1, UP)[:, None, None]
    return (1 - t) ** 2 * sole + 2 * t * (1 - t) * bulge + t**2 * rim


def _collar_grid(grid: np.ndarray) -> np.ndarray:
    """A padded roll from the rim inwards and down to the insole."""
    rim, below = grid[-1], grid[-4]
    middle = np.array([1.0, 0.0, 0.0])
    inward = np.array([1.0, 1.0, 0.0]) * (middle - rim)
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    up = (rim - below) / np.linalg.norm(rim - below, axis=1, keepdims=True)
    steps = [(-0.012, -0.03), (-0.008, 0.012), (0.02, 0.03), (0.05, 0.02), (0.065, -0.03)]
    rows = [rim + inward * i + up * u for i, u in steps]
    deep = rim + inward * 0.07
    deep[:, 2] = np.minimum(deep[:, 2] - 0.1, 0.55)
    centre = np.broadcast_to(np.array([1.0, 0.0, 0.42]), deep.shape)
    return np.array([*rows, deep, centre * 0.9 + deep * 0.1])


def _panels() -> tuple[bpy.types.Image, bpy.types.Image]:
    """Colour and relief of the upper; around runs heel to toe and back, up from sole to rim."""
    width, height = 3072, 512
    u = (np.arange(width) + 0.5) / width
    along = np.broadcast_to(1 - np.abs(1 - 2 * u), (height, width))
    up = np.broadcast_to(((np.arange(height) + 0.5) / height)[:, None], (height, width))
    edges = {
        "heel": 2.4 * (0.40 - 0.16 * np.sqrt(up) - along),
        "toe": 1.8 * (0.9 * along - 0.70 - 0.12 * (up - 0.35) ** 2 - np.maximum(up - 0.62, 0)),
        "eyestay": np.minimum(up - 0.74 + 0.9 * np.maximum(along - 0.62, 0), along - 0.4),
        "mudguard": 0.16 + 0.1 * (along - 0.5) - up,
    }
    weave = 0.5 + 0.25 * (np.sin(u * 2 * np.pi * 420)[None, :] + np.sin(up * 2 * np.pi * 70))
    colour = np.array(NAVY) * (0.55 + 0.9 * weave[..., None])
    relief = 0.25 * weave
    nap = np.random.default_rng(3).normal(0, 0.05, (height, width, 1)) + 1
    for edge in edges.values():
        inside = np.clip(edge * 900 + 0.5, 0, 1)
        colour = colour + inside[..., None] * (np.array(SUEDE) * nap - colour)
        relief = relief + inside * (0.9 - relief)
        stitch = (np.abs(edge - 0.014) < 0.0035) & (np.sin(u * 2 * np.pi * 300)[None, :] > -0.3)
        colour[stitch], relief[stitch] = (0.45, 0.43, 0.4), 1.0
    for centre in (0.47, 0.55):
        stripe = np.abs(along - centre - 0.14 * (up - 0.4)) - 0.021
        inside = np.clip(-stripe * 900, 0, 1) * (up < 0.73) * (up > 0.15)
        colour = colour + inside[..., None] * (np.array(MUSTARD) * nap - colour)
        relief = np.maximum(relief, inside)
    image = artwork.from_array("upper colour", np.clip(colour, 0, 1))
    return image, artwork.from_array("upper relief", np.repeat(relief[..., None], 3, axis=2), True)


def _tongue(material: bpy.types.Material) -> list[bpy.types.Object]:
    path = [(2.1, 0, 0.66), (1.85, 0, 0.80), (1.5, 0, 0.98), (1.15, 0, 1.17), (0.92, 0, 1.36)]
    path.append((0.80, 0, 1.53))
    spine = meshes.spline(path, 40)
    widths = meshes.spline([(0.14,), (0.17,), (0.22,), (0.28,), (0.31,), (0.25,)], 40)[:, 0]
    across = np.linspace(-1, 1, 25)
    shell = []
    for lift in (0.0, -0.05):
        sheet = np.repeat(spine[:, None, :], 25, axis=1)
        sheet[..., 1] = widths[:, None] * across
        sheet[..., 2] += lift - 0.12 * across**2
        shell.append(sheet)
    ring = np.concatenate([shell[0], shell[1][:, ::-1]], axis=1)
    cap = np.repeat(ring.mean(axis=1, keepdims=True)[-1:], ring.shape[1], axis=1)
    return [meshes.surface("tongue", np.concatenate([ring, cap]), material, closed=True)]


def _sole() -> list[bpy.types.Object]:
    rubber = materials.plain("rubber", WHITE, 0.5)
    accent = materials.plain("accent", MUSTARD, 0.5)
    gum = materials.plain("outsole", (0.28, 0.13, 0.05), 0.6)
    outline = _loop(SOLE)
    flat = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    normal = np.stack([flat[:, 1], -flat[:, 0], 0 * flat[:, 0]], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    if np.mean(np.sum(normal * (outline - outline.mean(axis=0)), axis=1)) < 0:
        normal = -normal

    def band(
        name: str, rows: list[tuple[float, float]], material: bpy.types.Material
    ) -> bpy.types.Object:
        grid = [
            np.column_stack([(outline + normal * o)[:, :2], np.full(AROUND, z)]) for o, z in rows
        ]
        return meshes.surface(name, np.array(grid), material, closed=True, smooth_degrees=50)

    wall = meshes.rounded(
        [(0.03, 0.07), (0.05, 0.08), (0.058, 0.2), (0.05, 0.36), (-0.03, 0.37)], 0.02
    )
    tread = [(-0.3, 0.0), (0.0, 0.0), (0.035, 0.02), (0.045, 0.075), (0.0, 0.075)]
    line = [(0.045, 0.285), (0.062, 0.288), (0.061, 0.308), (0.045, 0.31)]
    return [band("midsole", wall, rubber), band("outsole", tread, gum), band("line", line, accent)]


def _laces(grid: np.ndarray, material: bpy.types.Material) -> list[bpy.types.Object]:
    steel = materials.plain("eyelet", (0.5, 0.5, 0.52), 0.3, metallic=1.0)
    columns = np.linspace(0.245, 0.425, 6) * AROUND
    left = [grid[-6, int(c)] for c in columns]
    right = [grid[-6, AROUND - int(c)] for c in columns]
    objects = []
    for a, b in [*zip(left, right, strict=True)]:
        middle = (a + b) / 2 + (0, 0, 0.075)
        path = [a - (0, 0, 0.03), a * 0.85 + b * 0.15 + (0, 0, 0.045), middle]
        path += [b * 0.85 + a * 0.15 + (0, 0, 0.045), b - (0, 0, 0.03)]
        objects.append(meshes.tube("lace", path, 0.042, material, flat=0.4))
    objects.extend(_eyelet(eyelet, steel) for eyelet in (*left, *right))
    return objects + _bow((left[0] + right[0]) / 2 + (0, 0, 0.11), material)


def _eyelet(centre: np.ndarray, material: bpy.types.Material) -> bpy.types.Object:
    t = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    outward = np.array([0.25, np.sign(centre[1]) * 0.75, 0.6])
    side = np.cross(outward, (1.0, 0.0, 0.0))
    forward = np.cross(side, outward)
    side, forward = side / np.linalg.norm(side), forward / np.linalg.norm(forward)
    ring = centre + 0.045 * (np.outer(np.cos(t), side) + np.outer(np.sin(t), forward))
    return meshes.tube("eyelet", ring, 0.014, material, closed=True, samples=24)


def _bow(knot: np.ndarray, material: bpy.types.Material) -> list[bpy.types.Object]:
    objects = []
    for side in (1, -1):
        loop = [(0, 0, 0), (0.05, 0.14, 0.05), (0.16, 0.33, -0.02), (0.24, 0.42, -0.16)]
        loop += [(0.2, 0.36, -0.12), (0.13, 0.2, 0.0), (0.02, 0.02, 0.01)]
        tail = [(0, 0, 0), (0.14, 0.08, 0.02), (0.32, 0.2, -0.12), (0.44, 0.3, -0.3)]
        for path in (loop, tail):
            points = [np.add(knot, (x, y * side, z)) for x, y, z in path]
            objects.append(meshes.tube("bow", points, 0.036, material, flat=0.5))
    turn = [(0.05, 0, 0.035), (0, 0.055, 0.03), (-0.05, 0, 0.03), (0, -0.055, 0.03)]
    points = [np.add(knot, p) for p in turn]
    objects.append(meshes.tube("knot", points, 0.05, material, closed=True, samples=24))
    return objects


def _finish(obj: bpy.types.Object) -> None:
    """Centre the shoe on the origin and lift the toe, as worn-in soles do."""
    count = len(obj.data.vertices)
    points = np.empty(count * 3)
    obj.data.vertices.foreach_get("co", points)
    points = points.reshape(-1, 3)
    points[:, 2] += 0.11 * np.clip((points[:, 0] - 2.0) / 1.0, 0, 1.1) ** 2
    points[:, 0] -= 1.5
    obj.data.vertices.foreach_set("co", points.ravel())
