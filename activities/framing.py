"""Framing: the recipe's exports and the cut-out's box, as one scene's layout."""

from imaging.frame import Frame, Padding, floor_line
from imaging.layout import Box, SceneLayout, layout_scene
from opal.documents import StageResult
from opal.errors import EndpointGarbled
from opal.recipe import ExportPreset, ExportSource, Placement


def product_box(cutout: StageResult) -> Box:
    """Where the product is in its cut-out, as the endpoint measured it."""
    box = cutout.quality.get("product_box")
    if not isinstance(box, list | tuple) or len(box) != 4:
        raise EndpointGarbled("The endpoint's cut-out lacks its product_box.")
    return Box(*(int(side) for side in box))


def frame_of(preset: ExportPreset, placement: Placement, *, floor: bool) -> Frame:
    """The frame that a preset asks for, with the product where the recipe wants it.

    `floor` is whether the scene has one; standing products stand on its line.
    """
    padding, alignment = placement.padding, placement.alignment
    return Frame(
        preset.name,
        preset.width,
        preset.height,
        preset.fill,
        Padding(padding.top, padding.right, padding.bottom, padding.left),
        alignment.horizontal,
        alignment.vertical,
        _floor(preset, placement) if floor and placement.stance == "standing" else None,
    )


def _floor(preset: ExportPreset, placement: Placement) -> float:
    return floor_line(preset.fill) if placement.floor is None else placement.floor


def plan_scene(
    product: Box,
    exports: tuple[ExportPreset, ...],
    placement: Placement,
    *,
    floor: bool,
) -> SceneLayout:
    """The layout of a scene, with a floor or without, that serves every export from scenes.

    `product` is the product's box in its cut-out.
    """
    frames = [
        frame_of(preset, placement, floor=floor)
        for preset in exports
        if preset.source is ExportSource.SCENE
    ]
    return layout_scene(product.width, product.height, frames)
