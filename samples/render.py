"""Renders the sample product photos and their exact mattes with Blender's Cycles.

The photos are ours from the ground up, so they can be shared and tested against freely, and
each comes with the true outline of its product.

    python samples/render.py                        all photos
    python samples/render.py --only mug --preview   one small, quick picture in the preview folder
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from pathlib import Path

import bpy

import develop
from blender import artwork, camera
from blender.products import PRODUCTS
from blender.rooms import ROOMS
from shots import SHOTS, Shot

HERE = Path(__file__).resolve().parent
SEED = 7


def main() -> None:
    """Parse the command line and render the chosen shots."""
    parser = argparse.ArgumentParser(description="Render the sample product photos.")
    parser.add_argument("--only", nargs="*", help="stems of the photos to render")
    parser.add_argument("--preview", action="store_true", help="quick and small")
    parser.add_argument("--out", type=Path, help="folder for the results")
    options = parser.parse_args()
    default = Path(tempfile.gettempdir()) / "sample-previews" if options.preview else HERE
    out = options.out or default
    (out / "mattes").mkdir(parents=True, exist_ok=True)
    for shot in SHOTS:
        if not options.only or shot.stem in options.only:
            take(shot, out, options.preview)


def take(shot: Shot, out: Path, preview: bool) -> None:
    """Build the scene of one shot, render it twice and store photo and matte."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    product = PRODUCTS[shot.product]()
    _turn(product, shot.turn)
    room = ROOMS[shot.room]()
    _film(shot, preview)
    camera.place(product, shot)
    with tempfile.TemporaryDirectory() as folder:
        beauty, cutout = Path(folder) / "photo.png", Path(folder) / "matte.png"
        _render(beauty)
        _isolate(product, room, shot, preview)
        _render(cutout)
        if preview:
            os.replace(beauty, out / f"{shot.stem}.png")
            os.replace(cutout, out / "mattes" / f"{shot.stem}.png")
        else:
            develop.photo(beauty, out / shot.file, shot)
            develop.matte(cutout, out / "mattes" / f"{shot.stem}.png", shot)


def _turn(objects: list[bpy.types.Object], degrees: float) -> None:
    """Turn the whole product around its upright axis."""
    pivot = bpy.data.objects.new("pivot", None)
    bpy.context.scene.collection.objects.link(pivot)
    for obj in objects:
        obj.parent = pivot
    pivot.rotation_euler[2] = math.radians(degrees)
    bpy.context.view_layer.update()


def _film(shot: Shot, preview: bool) -> None:
    """Picture size, sampling and tone curve."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    width = min(shot.rendered, 480) if preview else shot.rendered
    scene.render.resolution_x = width
    scene.render.resolution_y = round(width * shot.size[1] / shot.size[0])
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.compression = 15
    cycles = scene.cycles
    cycles.device, cycles.seed = "CPU", SEED
    cycles.samples = 16 if preview else shot.samples
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.06
    cycles.adaptive_min_samples = 12
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 10, 3, 4
    cycles.transmission_bounces, cycles.transparent_max_bounces = 10, 10
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Punchy"
    scene.view_settings.exposure = shot.exposure


def _isolate(
    product: list[bpy.types.Object], room: list[bpy.types.Object], shot: Shot, preview: bool
) -> None:
    """Leave only the product's coverage: clear film, the room cut out, one opaque surface."""
    scene = bpy.context.scene
    for obj in room:
        obj.is_holdout = True
        obj.hide_render = obj.type == "LIGHT"
    scene.world = None
    bpy.context.view_layer.material_override = artwork.ink((1, 1, 1))
    scene.render.film_transparent = True
    scene.render.image_settings.color_mode = "RGBA"
    scene.cycles.use_denoising, scene.cycles.adaptive_threshold = False, 0.01
    scene.cycles.samples, scene.cycles.adaptive_min_samples = 48, 24
    scene.cycles.max_bounces = 0
    if not preview:
        width = develop.matte_size(shot)[0]
        scene.render.resolution_x = width
        scene.render.resolution_y = round(width * shot.size[1] / shot.size[0])


def _render(path: Path) -> None:
    bpy.context.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main()
