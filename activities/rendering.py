"""Rendering: an export's pixels before they are encoded, and where the product lies in them."""

from dataclasses import dataclass

from activities.framing import frame_of, plan_scene, product_box
from activities.pictures import get_pictures
from imaging.frame import Frame
from imaging.framing import Place, crop_to_frame, fit_in_frame, fitted_box, place_in_crop
from imaging.layout import Box, SceneLayout
from imaging.pixels import Pixels
from opal.blobs import Blobs
from opal.documents import ExportRequest


@dataclass(frozen=True)
class Rendered:
    """`pixels`: uint8, height x width x 3 or 4. The product in `box` of `source`, the cut-out,
    is at `place` in them."""

    pixels: Pixels
    source: Pixels
    box: Box
    place: Place


def render(blobs: Blobs, work: ExportRequest) -> Rendered:
    """The crop of the scene, or the cut-out alone, in the preset's size."""
    box = product_box(work.cutout)
    frame = frame_of(work.preset, work.placement, floor=work.floor and work.picture is not None)
    source = get_pictures().get(blobs, work.cutout)
    if work.picture is None:
        fitted = fitted_box(box, frame)
        place = Place(fitted.x, fitted.y, fitted.width, fitted.height)
        return Rendered(fit_in_frame(source, box, frame), source, box, place)
    scene = get_pictures().get(blobs, work.picture)
    layout = plan_scene(box, work.exports, work.placement, floor=work.floor)
    return cropped(scene, layout, frame, source, box)


def cropped(scene: Pixels, layout: SceneLayout, frame: Frame, source: Pixels, box: Box) -> Rendered:
    """The frame's crop of a scene, uint8, height x width x 3, that may have been enlarged."""
    height, width = scene.shape[:2]
    pixels = crop_to_frame(scene, layout.crops[frame.name], width / layout.canvas_width, frame)
    return Rendered(pixels, source, box, place_in_crop(layout, frame, width, height))
