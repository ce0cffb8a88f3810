"""The rival of the overhead benchmark: the activities' own code in a plain loop."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any, NamedTuple

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
from opal.names import understand_drop
from opal.recipe import ExportSource
from opal.state import get_store
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.progress import begin_item

_TENANT = "script"


class Work(NamedTuple):
    """A photo that is in storage, and its item, which is processing."""

    number: int
    item: ItemRef
    path: str
    source_etag: str


def prepare(number: int, photo: bytes) -> Work:
    """Upload a photo and begin its item, because activities look whether their item goes on."""
    # Not in the raw container: the stack would take it for a drop.
    path = f"work/{_TENANT}/photos/{number:02}.jpg"
    blobs, store, now = get_blobs(), get_store(), datetime.now(UTC)
    blobs.write(path, photo, "image/jpeg")
    properties = blobs.properties(path)
    assert properties is not None
    drop = understand_drop(f"{_TENANT}/job/{number:02}.jpg")
    job = ensure_job(store, drop, default_recipe, "0" * 32, now)
    claimed = claim_item(store, job, drop, Source(etag_of(properties), len(photo)), now, 3600)
    assert claimed is not None
    item = ItemRef.of(claimed)
    begin_item(store, item, now, 3600)
    return Work(number, item, path, etag_of(properties))


def process(work: Work) -> None:
    """Everything that an item goes through, one step after the other."""
    recipe = default_recipe()
    item = work.item
    segment = SegmentRequest(
        item=item,
        raw_path=work.path,
        source_etag=work.source_etag,
        photo_sha256=f"{work.number:064}",
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
