"""Builds and renders one shot: the photograph, its exact matte, and sometimes the empty room."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from samples.blender import artwork

from . import develop, rooms
from .camera import look_at
from .palette import Random
from .parts import Parts
from .products import Family

SIDE = 256
_PLATE_SHARE = 0.2


@dataclass(frozen=True)
class Shot:
    """What a shot shows; `plate` tells whether the empty room was rendered as well."""

    index: int
    family: str
    room: str
    plate: bool


def shoot(
    seed: int, index: int, families: Mapping[str, Family], folder: Path, side: int = SIDE
) -> Shot:
    """Render shot `index`: `photo/`, `matte/` and perhaps `plate/`, PNGs of `side` pixels."""
    rng = np.random.default_rng([seed, index])
    bpy.ops.wm.read_factory_settings(use_empty=True)
    names = list(families)
    family = names[rng.integers(len(names))]
    product = families[family](rng)
    rooms.settle(product, 2.0, (0, 0, 0.002))
    room, parts = rooms.any_room(rng)
    rooms.light(rng)
    look_at(product, rng)
    plate = bool(rng.random() < _PLATE_SHARE)
    _film(rng, side)
    name = f"{index:06d}.png"
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "render.exr"
        light = _render(raw)[:, :, :3]
        film = develop.film(rng, light)
        develop.write(folder / "photo" / name, film(light))
        if plate:
            _hide(product, True)
            develop.write(folder / "plate" / name, film(_render(raw)[:, :, :3]))
            _hide(product, False)
        _isolate(parts)
        develop.write(folder / "matte" / name, _render(raw)[:, :, 3])
    return Shot(index, family, room, plate)


def _film(rng: Random, side: int) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x = scene.render.resolution_y = side
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.exr_codec = "NONE"
    cycles = scene.cycles
    cycles.device, cycles.seed = "CPU", int(rng.integers(2**31))
    cycles.samples, cycles.use_adaptive_sampling = 5, False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_prefilter, cycles.denoising_quality = "FAST", "BALANCED"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 5, 1, 2
    cycles.transmission_bounces, cycles.transparent_max_bounces = 5, 4
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0


def _render(path: Path) -> np.ndarray:
    """Render to a float file at `path`; returns linear light, side x side x 4, row 0 on top."""
    scene = bpy.context.scene
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    shape = (image.size[1], image.size[0], 4)
    bpy.data.images.remove(image)
    return np.ascontiguousarray(pixels.reshape(shape)[::-1])


def _hide(product: Parts, hidden: bool) -> None:
    for part in product:
        part.hide_render = hidden


def _isolate(room: Parts) -> None:
    """Leave only the product's coverage: the room is cut out, every surface is one flat white."""
    scene = bpy.context.scene
    for part in scene.objects:
        if part in room:
            part.is_holdout = True
        elif part.type == "LIGHT":
            part.hide_render = True
    scene.world = None
    bpy.context.view_layer.material_override = artwork.ink((1, 1, 1))
    scene.render.film_transparent = True
    scene.cycles.use_denoising, scene.cycles.samples, scene.cycles.max_bounces = False, 16, 0
