"""Uploading: a signed address for one photo, and the word that it is there."""

from datetime import datetime, timedelta

from opal.api.uploads import UploadCompleted, UploadGrant, UploadRef, UploadRequest
from opal.blobs import Blobs, etag_of
from opal.documents import ITEM_FINAL, Item, ItemStatus
from opal.errors import Conflict, NotFound
from opal.intake import take_in
from opal.names import RAW
from opal.settings import Settings
from opal.starting import Start
from opal.state import StateStore
from opal.state.claims import Source
from opal.state.contract import Partition
from opal.state.transition import get_item


def grant_upload(
    store: StateStore,
    blobs: Blobs,
    settings: Settings,
    tenant_id: str,
    request: UploadRequest,
    now: datetime,
) -> UploadGrant:
    """A signed address for an announced item's photo; raises `NotFound` or `Conflict`."""
    item = _announced(store, tenant_id, request)
    if item.status in ITEM_FINAL - {ItemStatus.FAILED}:
        raise Conflict(f"The item is {item.status.value} already.", code="item_final")
    kind = request.content_type or item.content_type
    return UploadGrant(
        upload_url=blobs.write_url(item.raw_path),
        headers={"x-ms-blob-type": "BlockBlob", **({"Content-Type": kind} if kind else {})},
        raw_blob_path=item.raw_path,
        expires_at=now + timedelta(seconds=settings.sas_lifetime_s),
        max_bytes=settings.max_photo_bytes,
    )


def complete_upload(
    store: StateStore,
    blobs: Blobs,
    settings: Settings,
    tenant_id: str,
    request: UploadRef,
    now: datetime,
) -> tuple[UploadCompleted, list[Start]]:
    """Take the uploaded photo in, as its event would; said again, it starts nothing.

    Raises `NotFound`: `item_missing`, or `blob_missing` while the photo is not there.
    """
    item = _announced(store, tenant_id, request)
    properties = blobs.properties(item.raw_path)
    if properties is None:
        raise NotFound("The photo is not there yet: upload it first.", code="blob_missing")
    source = Source(etag_of(properties), int(properties.size))
    path = item.raw_path.removeprefix(f"{RAW}/")
    starts = take_in(store, blobs, settings, path, source, now)
    latest = get_item(store, Partition(tenant_id, request.job_id), request.item_id) or item
    return UploadCompleted(status=latest.status), starts


def _announced(store: StateStore, tenant_id: str, request: UploadRef) -> Item:
    item = get_item(store, Partition(tenant_id, request.job_id), request.item_id)
    if item is None or (request.filename is not None and request.filename != item.filename):
        raise NotFound("No such item.", code="item_missing")
    return item
