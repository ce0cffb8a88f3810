"""Begin an item's run and look whether its photo can be used."""

import hashlib
import time
from datetime import UTC, datetime

import azure.durable_functions as df

from opal.blobs import get_blobs
from opal.boundary import activity_boundary
from opal.credits.items import hold_or_block
from opal.documents import InspectedPhoto, InspectRequest, Json
from opal.errors import NotFound, PhotoRejected
from opal.settings import Settings, get_settings
from opal.state import get_store
from opal.state.progress import begin_item

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def inspect_photo(request: Json) -> Json:
    """Mark the item as processing, decode its photo in full, and answer its digest and facts.

    What the photo costs is held once it is known to be good. Answers `skip`, which ends the run,
    when this revision is finished or superseded, or waits for credit. Raises `PhotoRejected`
    with the code of what is wrong with the photo.
    """
    work = InspectRequest.parse(request)
    settings = get_settings()
    skip = begin_item(get_store(), work.item, datetime.now(UTC), settings.lease_s)
    if skip is not None:
        return InspectedPhoto(skip=skip).dump()
    started = time.perf_counter()
    data = _read_photo(work.raw_path, settings)
    facts = _decode(data, settings)
    skip = hold_or_block(get_store(), settings, work, datetime.now(UTC))
    if skip is not None:
        return InspectedPhoto(skip=skip).dump()
    return InspectedPhoto(
        sha256=hashlib.sha256(data).hexdigest(),
        facts={**facts, "bytes": len(data)},
        elapsed_ms=round((time.perf_counter() - started) * 1000, 1),
    ).dump()


def _read_photo(path: str, settings: Settings) -> bytes:
    blobs = get_blobs()
    properties = blobs.properties(path)
    if properties is None:
        raise NotFound("The photo was removed before it was processed.", code="photo_missing")
    if properties.size > settings.max_photo_bytes:
        raise PhotoRejected(
            f"The file has {properties.size:,} bytes; the limit is {settings.max_photo_bytes:,}.",
            code="photo_too_large",
        )
    return blobs.read(path)


def _decode(data: bytes, settings: Settings) -> Json:
    from dataclasses import asdict

    from imaging.decode import decode_photo
    from imaging.errors import PhotoError
    from imaging.photo import Limits

    try:
        photo = decode_photo(data, Limits(max_megapixels=settings.max_photo_megapixels))
    except PhotoError as error:
        raise PhotoRejected(error.message, code=error.code) from error
    return {**asdict(photo.facts), "notes": list(photo.facts.notes)}
