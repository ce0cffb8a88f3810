"""Export one file: the crop of a scene, or the cut-out alone, in a preset's size and format."""

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import azure.durable_functions as df

from activities.pictures import get_pictures
from opal.blobs import get_blobs
from opal.boundary import activity_boundary
from opal.documents import ExportRequest, Json, Output, Stage
from opal.names import outputs_of_item
from opal.recipe import ExportPreset

if TYPE_CHECKING:
    from imaging.pixels import Pixels
from opal.settings import get_settings
from opal.state import get_store
from opal.state.stages import enter_stage

bp = df.Blueprint()
_CONTENT_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


@bp.activity_trigger(input_name="request")
@activity_boundary
def export_variant(request: Json) -> Json:
    """Write `outputs/{tenant}/{job}/{item}/{scene}/{preset}.{ext}` and answer what it is.

    The same request writes the same bytes, so a repeated one changes nothing.
    """
    work = ExportRequest.parse(request)
    enter_stage(get_store(), work.item, Stage.EXPORT, datetime.now(UTC), get_settings().lease_s)
    preset, item = work.preset, work.item
    data = _encode(_render(work), preset)
    folder = outputs_of_item(item.tenant_id, item.job_id, item.item_id)
    path = f"{folder}{work.scene}/{preset.name}.{preset.extension}"
    digest = hashlib.sha256(data).hexdigest()
    content_type = _CONTENT_TYPES[preset.format]
    get_blobs().write(path, data, content_type, {"sha256": digest, "trace_id": item.trace_id})
    return Output(
        scene=work.scene,
        preset=preset.name,
        path=path,
        width=preset.width,
        height=preset.height,
        bytes=len(data),
        sha256=digest,
        content_type=content_type,
    ).dump()


def _render(work: ExportRequest) -> "Pixels":
    from activities.framing import frame_of, plan_scene, product_box
    from imaging.framing import crop_to_frame, fit_in_frame

    frame = frame_of(work.preset, work.placement)
    if work.picture is None:
        pixels = get_pictures().get(get_blobs(), work.cutout)
        return fit_in_frame(pixels, product_box(work.cutout), frame)
    pixels = get_pictures().get(get_blobs(), work.picture)
    layout = plan_scene(work.cutout, work.exports, work.placement)
    crop = layout.crops[work.preset.name]
    factor = pixels.shape[1] / layout.canvas_width
    return crop_to_frame(pixels, crop, factor, frame)


def _encode(pixels: "Pixels", preset: ExportPreset) -> bytes:
    from imaging.encode import encode_jpeg, encode_png, encode_webp

    if preset.format == "jpeg":
        return encode_jpeg(pixels, preset.quality)
    if preset.format == "webp":
        return encode_webp(pixels, preset.quality)
    return encode_png(pixels)
