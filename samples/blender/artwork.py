"""Flat printed artwork (labels, box fronts), drawn and rendered by Blender itself.

Only the built-in font is used, so no font file is needed and the result is the same everywhere.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from .materials import Colour


@dataclass(frozen=True)
class Text:
    """One centred line; `height` is the letter size and `bold` thickens the strokes."""

    body: str
    x: float
    y: float
    height: float
    colour: Colour
    spacing: float = 1.0
    bold: float = 0.0


@dataclass(frozen=True)
class Shape:
    """A filled outline."""

    points: Sequence[tuple[float, float]]
    colour: Colour


def rectangle(x: float, y: float, width: float, height: float, colour: Colour) -> Shape:
    """A filled rectangle from its lower left corner."""
    return Shape([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour)


def ellipse(x: float, y: float, a: float, b: float, colour: Colour, turn: float = 0.0) -> Shape:
    """A filled ellipse with half axes `a` and `b`, turned by `turn` radians."""
    t = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    px, py = a * np.cos(t), b * np.sin(t)
    c, s = np.cos(turn), np.sin(turn)
    return Shape([*zip(x + px * c - py * s, y + px * s + py * c, strict=True)], colour)


def leaf(
    x: float, y: float, length: float, turn: float, colour: Colour, thick: float = 0.28
) -> Shape:
    """A pointed leaf that starts at (x, y)."""
    t = np.linspace(0, 1, 24)
    half = thick * np.sin(np.pi * t) ** 0.9
    px = np.concatenate([t, t[::-1]]) * length
    py = np.concatenate([half, -half[::-1]]) * length
    c, s = np.cos(turn), np.sin(turn)
    return Shape([*zip(x + px * c - py * s, y + px * s + py * c, strict=True)], colour)


def ink(colour: Colour) -> bpy.types.Material:
    """A colour that no light or shadow changes."""
    material = bpy.data.materials.new("ink")
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    emission = tree.nodes.new("ShaderNodeEmission")
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    emission.inputs["Color"].default_value = (*colour, 1)
    tree.links.new(emission.outputs[0], output.inputs["Surface"])
    return material


def _element(element: Text | Shape, depth: float) -> bpy.types.Object:
    if isinstance(element, Text):
        data = bpy.data.curves.new("text", "FONT")
        data.body, data.size, data.offset = element.body, element.height, element.bold
        data.space_character = element.spacing
        data.align_x, data.align_y = "CENTER", "CENTER"
        obj = bpy.data.objects.new("text", data)
        obj.location = (element.x, element.y, depth)
    else:
        data = bpy.data.meshes.new("shape")
        data.from_pydata([(*p, depth) for p in element.points], [], [range(len(element.points))])
        obj = bpy.data.objects.new("shape", data)
    data.materials.append(ink(element.colour))
    return obj


def paint(
    width: float,
    height: float,
    ground: Colour,
    elements: Sequence[Text | Shape],
    pixels: int = 1400,
) -> bpy.types.Image:
    """Render `elements` on a `width` x `height` sheet with its origin at the lower left."""
    scene = bpy.data.scenes.new("artwork")
    for index, element in enumerate([rectangle(0, 0, width, height, ground), *elements]):
        scene.collection.objects.link(_element(element, index * 0.001))
    camera = bpy.data.cameras.new("flat")
    camera.type, camera.ortho_scale = "ORTHO", max(width, height)
    eye = bpy.data.objects.new("flat", camera)
    eye.location = (width / 2, height / 2, 5)
    scene.collection.objects.link(eye)
    scene.camera = eye
    scene.render.engine, scene.cycles.samples, scene.cycles.seed = "CYCLES", 12, 1
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x = round(pixels * width / max(width, height))
    scene.render.resolution_y = round(pixels * height / max(width, height))
    scene.render.image_settings.file_format = "PNG"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "artwork.png"
        scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True, scene=scene.name)
        image = bpy.data.images.load(str(path))
        image.pack()
    bpy.data.scenes.remove(scene)
    return image


def from_array(name: str, pixels: np.ndarray, data: bool = False) -> bpy.types.Image:
    """Wrap a (height, width, 3) float array, row 0 at V = 0; `data` marks it as not a colour."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height, float_buffer=True)
    image.colorspace_settings.name = "Non-Color" if data else "Linear Rec.709"
    flat = np.ones((height, width, 4), dtype=np.float32)
    flat[..., :3] = pixels
    image.pixels.foreach_set(flat.ravel())
    return image
