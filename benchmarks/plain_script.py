"""The rival of the overhead benchmark: the activities' own code in a plain loop."""

from importlib import import_module
from typing import Any

from opal.blobs import etag_of, get_blobs
from opal.documents import (
    ExportRequest,
    ItemRef,
    PlaceRequest,
    SegmentRequest,
    StageResult,
    UpscaleRequest,
)
from opal.job_options import default_recipe
from opal.recipe import ExportSource

_TENANT = "script"


def process(number: int, photo: bytes) -> None:
    """Everything that an item goes through, one step after the other."""
    recipe = default_recipe()
    # Not in the raw container: the stack would take it for a drop.
    path = f"work/{_TENANT}/photos/{number:02}.jpg"
    blobs = get_blobs()
    blobs.write(path, photo, "image/jpeg")
    properties = blobs.properties(path)
    assert properties is not None
    item = ItemRef(
        tenant_id=_TENANT, job_id="job", item_id=f"{number:02}", revision=1, trace_id="0" * 32
    )
    segment = SegmentRequest(
        item=item,
        raw_path=path,
        source_etag=etag_of(properties),
        photo_sha256=f"{number:064}",
    )
    cutout = StageResult.parse(_activity("segment_product", segment.dump()))
    for scene in recipe.scenes:
        place = PlaceRequest(item=item, cutout=cutout, scene=scene, exports=recipe.exports)
        placed = StageResult.parse(_activity("place_product", place.dump()))
        upscale = UpscaleRequest(item=item, cutout=cutout, placed=placed, exports=recipe.exports)
        picture = StageResult.parse(_activity("upscale_photo", upscale.dump()))
        for preset in recipe.exports_from(ExportSource.SCENE):
            _export(item, cutout, picture, scene.name, preset, recipe.exports)
    for preset in recipe.exports_from(ExportSource.CUTOUT):
        _export(item, cutout, None, "cutout", preset, recipe.exports)


def _export(
    item: ItemRef,
    cutout: StageResult,
    picture: StageResult | None,
    scene: str,
    preset: Any,
    exports: Any,
) -> None:
    request = ExportRequest(
        item=item, cutout=cutout, picture=picture, scene=scene, preset=preset, exports=exports
    )
    _activity("export_variant", request.dump())


def _activity(name: str, request: dict[str, Any]) -> Any:
    """Call the function behind the activity's binding."""
    builder = getattr(import_module(f"activities.{name}"), name)
    return builder._function.get_user_function()(request)
