"""Cut the product out of its photo."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.blobs import etag_of, get_blobs
from opal.boundary import activity_boundary
from opal.documents import Json, SegmentRequest, Stage
from opal.errors import PhotoRejected
from opal.inference import get_inference
from opal.settings import get_settings
from opal.stages import run_stage
from opal.state import get_store
from opal.state.stages import enter_stage

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def segment_product(request: Json) -> Json:
    """Have the endpoint make the cut-out: RGBA PNG, as large as the photo.

    Raises `PhotoRejected` (`photo_replaced`) when another photo took the name meanwhile: the
    newer one has its own run, and this cut-out must not be kept under the old one's digest.
    """
    work = SegmentRequest.parse(request)
    enter_stage(get_store(), work.item, Stage.SEGMENT, datetime.now(UTC), get_settings().lease_s)
    blobs = get_blobs()
    cutout = run_stage(
        blobs,
        get_inference(),
        tenant_id=work.item.tenant_id,
        stage="segment",
        inputs={"photo": (work.raw_path, work.photo_sha256)},
        params={} if work.refine else {"refine": False},
        trace_id=work.item.trace_id,
    )
    raw = blobs.properties(work.raw_path)
    if not cutout.reused and (raw is None or etag_of(raw) != work.source_etag):
        blobs.delete(cutout.path)
        raise PhotoRejected("The photo was replaced while it was processed.", code="photo_replaced")
    return cutout.dump()
