"""A camera that frames the product from a random height, and focuses on its near side."""

from __future__ import annotations

import math

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Euler, Matrix, Vector

from .palette import Random
from .parts import Parts, vertices

_MOST_POINTS = 600


def look_at(product: Parts, rng: Random) -> None:
    """Aim the scene's camera: mostly a little from above, sometimes from right above."""
    scene = bpy.context.scene
    data = bpy.data.cameras.new("camera")
    data.lens = rng.uniform(28, 100)
    eye = bpy.data.objects.new("camera", data)
    scene.collection.objects.link(eye)
    scene.camera = eye
    points = cloud(product)
    kind = rng.random()
    rise = rng.uniform(0, 28) if kind < 0.6 else rng.uniform(28, 65) if kind < 0.85 else 89.0
    _aim(eye, points, math.radians(rise), rng)
    if rng.random() < 0.7:
        data.dof.use_dof = True
        depths = _seen(eye, points)[:, 2]
        data.dof.focus_distance = float(depths.min() * 0.7 + depths.max() * 0.3)
        data.dof.aperture_fstop = float(np.exp(rng.uniform(np.log(0.05), np.log(2.0))))


def _aim(eye: bpy.types.Object, points: np.ndarray, angle: float, rng: Random) -> None:
    """Step back until the product's box takes the wanted share of the frame."""
    data, fill = eye.data, rng.uniform(0.42, 0.95)
    roll = math.radians(rng.normal(0, 4) if rng.random() < 0.8 else rng.uniform(-30, 30))
    centre = Vector((points.min(axis=0) + points.max(axis=0)) / 2)
    back = Vector((0, -math.cos(angle), math.sin(angle)))
    turned = Euler((math.pi / 2 - angle, 0, 0)).to_matrix() @ Matrix.Rotation(roll, 3, "Z")
    eye.rotation_euler = turned.to_euler()
    free = (1 - fill) / 2 + (0.12 if rng.random() < 0.15 else 0)
    aside = rng.uniform(-free, free, 2) * 0.8
    distance = 6.0
    for _ in range(5):
        eye.location = centre + back * distance
        seen = _seen(eye, points)
        low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
        distance *= float((high - low).max()) / fill
        shift = (low + high) / 2 - 0.5 - aside
        data.shift_x += float(shift[0])
        data.shift_y += float(shift[1])


def _seen(eye: bpy.types.Object, points: np.ndarray) -> np.ndarray:
    bpy.context.view_layer.update()
    scene = bpy.context.scene
    return np.array([world_to_camera_view(scene, eye, Vector(p)) for p in points])


def cloud(parts: Parts) -> np.ndarray:
    """The vertices of all parts, thinned to a few hundred; count x 3."""
    whole = np.vstack([vertices(part) for part in parts])
    return whole[:: max(1, len(whole) // _MOST_POINTS)]
