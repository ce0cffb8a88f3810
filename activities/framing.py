"""Framing: the recipe's exports and the cut-out's box, as one scene's layout."""

from imaging.frame import Frame, Padding
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


def frame_of(preset: ExportPreset, placement: Placement) -> Frame:
    """The frame that a preset asks for, with the product where the recipe wants it."""
    padding, alignment = placement.padding, placement.alignment
    return Frame(
        preset.name,
        preset.width,
        preset.height,
        preset.fill,
        Padding(padding.top, padding.right, padding.bottom, padding.left),
        alignment.horizontal,
        alignment.vertical,
    )


def plan_scene(
    cutout: StageResult, exports: tuple[ExportPreset, ...], placement: Placement
) -> SceneLayout:
    """The layout of a scene that serves every export made from scenes."""
    box = product_box(cutout)
    frames = [
        frame_of(preset, placement) for preset in exports if preset.source is ExportSource.SCENE
    ]
    return layout_scene(box.width, box.height, frames)
