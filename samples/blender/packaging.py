"""Printed packaging: a labelled bottle and a carton. Brands and prints are made up."""

from __future__ import annotations

import math

import bpy
import numpy as np

from . import artwork, materials, meshes
from .artwork import Text

INK = (0.03, 0.035, 0.04)


def bottle() -> list[bpy.types.Object]:
    """Amber plastic bottle of hand wash with a black ribbed cap and a paper label."""
    amber = materials.plain("amber", (0.19, 0.055, 0.012), 0.12, coat=0.6)
    body = [(0, 0.03), (0.30, 0.03), (0.35, 0), (0.42, 0), (0.42, 1.42), (0.34, 1.66), (0.17, 1.74)]
    profile = meshes.rounded([*body, (0.17, 1.98), (0.0, 1.98)], 0.09, 10)
    objects = [meshes.lathe("bottle", profile, amber)]
    black = materials.plain("cap", (0.018, 0.018, 0.02), 0.35)
    objects.append(_ribbed_cap(black, 0.215, 1.79, 2.2))
    label = materials.printed("label", _bottle_label(), 0.55)
    rim = [(0.4235, 0.22), (0.4235, 1.28)]
    objects.append(meshes.lathe("label", rim, label, arc=(168, 372), segments=96))
    return objects


def _ribbed_cap(
    material: bpy.types.Material, radius: float, low: float, high: float
) -> bpy.types.Object:
    angles = np.linspace(0, 2 * np.pi, 480, endpoint=False)
    ribs = 0.006 * np.cos(angles * 60)
    profile = meshes.rounded([(radius, low), (radius, high), (0, high)], 0.035)
    rows = [(0.16, low), *profile]
    grid = np.empty((len(rows), len(angles), 3))
    for row, (r, z) in enumerate(rows):
        wavy = (
            r + (ribs if low < z < high - 0.03 else 0 * ribs) if r > radius - 0.02 else r + 0 * ribs
        )
        grid[row] = np.stack([wavy * np.cos(angles), wavy * np.sin(angles), 0 * angles + z], axis=1)
    return meshes.surface("cap", grid, material, closed=True)


def _bottle_label() -> bpy.types.Image:
    green, cream = (0.055, 0.13, 0.07), (0.83, 0.78, 0.66)
    leaves = [
        artwork.leaf(0.755, 0.57 + 0.065 * k, 0.17 - 0.03 * k, side, green, 0.16)
        for k in range(4)
        for side in (0.7, math.pi - 0.7)
    ]
    return artwork.paint(
        1.51,
        1.06,
        cream,
        [
            artwork.rectangle(0, 0.0, 1.51, 0.05, green),
            artwork.rectangle(0, 1.01, 1.51, 0.05, green),
            *leaves,
            artwork.rectangle(0.751, 0.5, 0.008, 0.3, green),
            Text("FERN & FIG", 0.755, 0.40, 0.125, green, 1.05, 0.002),
            artwork.rectangle(0.505, 0.315, 0.5, 0.006, INK),
            Text("gentle hand wash", 0.755, 0.26, 0.075, INK),
            Text("300 ml", 0.755, 0.14, 0.06, INK),
        ],
    )


def tea_box() -> list[bpy.types.Object]:
    """A folded carton of tea, printed on the front, one side and the lid."""
    w, d, h, red = 1.3, 0.75, 1.65, (0.42, 0.035, 0.03)
    card = materials.mottled("card", (0.40, 0.033, 0.03), (0.44, 0.04, 0.035), 0.5, 30)
    objects = [meshes.box("carton", (w, d, h), (0, 0, h / 2), card, bevel=0.014)]
    front = materials.printed("front", _tea_front(w, h, red), 0.6)
    side = materials.printed("side", _tea_side(d, h, red), 0.6)
    lid = materials.printed(
        "lid",
        artwork.paint(
            w,
            d,
            red,
            [
                Text("HALCYON LEAF", w / 2, d / 2, 0.13, (0.85, 0.7, 0.42), 1.1),
                artwork.rectangle(0.03, 0.09, w - 0.06, 0.006, (0.25, 0.02, 0.02)),
            ],
        ),
        0.42,
    )
    gap, inset = 0.0015, 0.008
    objects.append(_panel("front", (-w / 2, -d / 2 - gap, 0), (w, 0, 0), (0, 0, h), inset, front))
    objects.append(_panel("left", (-w / 2 - gap, d / 2, 0), (0, -d, 0), (0, 0, h), inset, side))
    objects.append(_panel("right", (w / 2 + gap, -d / 2, 0), (0, d, 0), (0, 0, h), inset, side))
    objects.append(_panel("lid", (-w / 2, -d / 2, h + gap), (w, 0, 0), (0, d, 0), inset, lid))
    return objects


def _panel(
    name: str,
    origin: meshes.Point,
    right: meshes.Point,
    up: meshes.Point,
    inset: float,
    material: bpy.types.Material,
) -> bpy.types.Object:
    """A flat print laid on a face, `inset` from its edges."""
    o, r, u = (np.asarray(v, dtype=float) for v in (origin, right, up))
    dr, du = r / np.linalg.norm(r) * inset, u / np.linalg.norm(u) * inset
    grid = np.array([[o + dr + du, o + r - dr + du], [o + dr + u - du, o + r - dr + u - du]])
    return meshes.surface(name, grid, material)


def _tea_front(w: float, h: float, red: materials.Colour) -> bpy.types.Image:
    gold, cream, green = (0.85, 0.62, 0.3), (0.86, 0.8, 0.66), (0.07, 0.2, 0.08)
    sprig = [
        artwork.leaf(w / 2, 0.58, 0.42 - 0.05 * abs(k), math.pi / 2 + 0.85 * k, green, 0.2)
        for k in (-1, 1, 0)
    ]
    return artwork.paint(
        w,
        h,
        red,
        [
            artwork.rectangle(0, 0, w, 0.16, gold),
            artwork.ellipse(w / 2, 0.80, 0.47, 0.47, gold),
            artwork.ellipse(w / 2, 0.80, 0.45, 0.45, cream),
            artwork.rectangle(w / 2 - 0.008, 0.46, 0.016, 0.16, green),
            *sprig,
            Text("Halcyon", w / 2, 1.5, 0.22, cream, 1.0, 0.003),
            Text("LEAF TEA CO.", w / 2, 1.335, 0.075, gold, 1.25),
            Text("No. 7  MORNING GREEN", w / 2, 0.25, 0.075, cream, 1.05),
            Text("40 bags   80 g", w / 2, 0.08, 0.07, red),
        ],
    )


def _tea_side(d: float, h: float, red: materials.Colour) -> bpy.types.Image:
    gold, cream = (0.85, 0.62, 0.3), (0.86, 0.8, 0.66)
    lines = ["Steep for three", "minutes in water", "just off the boil.", "Keep dry."]
    return artwork.paint(
        d,
        h,
        red,
        [
            artwork.rectangle(0, 0, d, 0.16, gold),
            artwork.rectangle(0.08, 0.55, d - 0.16, 0.62, cream),
            artwork.rectangle(0.12, 0.23, 0.51, 0.23, cream),
            *[Text(t, d / 2, 1.03 - 0.11 * k, 0.062, INK) for k, t in enumerate(lines)],
            Text("Halcyon", d / 2, 1.42, 0.14, cream),
            *[
                artwork.rectangle(0.15 + 0.02 * k, 0.26, 0.005 + 0.004 * (k * 7 % 3), 0.17, INK)
                for k in range(22)
            ],
        ],
    )
