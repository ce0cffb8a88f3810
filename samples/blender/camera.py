"""A camera that frames the product by itself and focuses on its near side."""

from __future__ import annotations

import math

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Euler, Matrix, Vector

from shots import Shot


def place(objects: list[bpy.types.Object], shot: Shot) -> None:
    """Look at `objects` from -Y, `rise` degrees up; their box takes `fill` of one frame side."""
    scene = bpy.context.scene
    data = bpy.data.cameras.new("camera")
    data.lens, data.sensor_fit = shot.focal, "AUTO"
    eye = bpy.data.objects.new("camera", data)
    scene.collection.objects.link(eye)
    scene.camera = eye
    points = _points(objects)
    centre = Vector((points.min(axis=0) + points.max(axis=0)) / 2)
    angle = math.radians(shot.rise)
    back = Vector((0, -math.cos(angle), math.sin(angle)))
    level = Euler((math.pi / 2 - angle, 0, 0)).to_matrix()
    tilt = Matrix.Rotation(math.radians(shot.roll), 3, "Z")
    eye.rotation_euler = (level @ tilt).to_euler()
    distance = 10.0
    for _ in range(12):
        eye.location = centre + back * distance
        bpy.context.view_layer.update()
        seen = np.array([world_to_camera_view(scene, eye, Vector(p)) for p in points])
        low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
        distance *= float((high - low).max()) / shot.fill
        aspect = np.array([scene.render.resolution_x, scene.render.resolution_y], dtype=float)
        shift = ((low + high) / 2 - 0.5 - np.array(shot.aside)) * aspect / aspect.max()
        data.shift_x += float(shift[0])
        data.shift_y += float(shift[1])
    data.dof.use_dof = True
    data.dof.focus_distance = float(seen[:, 2].min() * 0.7 + seen[:, 2].max() * 0.3)
    data.dof.aperture_fstop = shot.fstop


def _points(objects: list[bpy.types.Object], most: int = 3000) -> np.ndarray:
    """World positions of the vertices after modifiers, thinned to about `most`."""
    graph = bpy.context.evaluated_depsgraph_get()
    clouds = []
    for obj in objects:
        mesh = obj.evaluated_get(graph).to_mesh()
        flat = np.empty(len(mesh.vertices) * 3)
        mesh.vertices.foreach_get("co", flat)
        matrix = np.array(obj.matrix_world)
        clouds.append(flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    cloud = np.vstack(clouds)
    return cloud[:: max(1, len(cloud) // most)]
