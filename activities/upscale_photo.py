"""Enlarge a placed scene where the exports ask for more pixels than the photo had."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.blobs import get_blobs
from opal.boundary import activity_boundary
from opal.documents import Json, Stage, UpscaleRequest
from opal.inference import get_inference
from opal.settings import get_settings
from opal.stages import run_stage
from opal.state import get_store
from opal.state.stages import enter_stage

LARGE_ENOUGH = "large_enough"
"""Why a scene was not enlarged: it has the pixels that the largest export asks for."""

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def upscale_photo(request: Json) -> Json:
    """Have the endpoint enlarge the scene, at most 4 times, or answer the scene as it is.

    A photo with enough pixels is not sent: nothing is done, nothing is paid, and the answer's
    `quality` says so under `skipped`.
    """
    from activities.framing import plan_scene, product_box

    work = UpscaleRequest.parse(request)
    enter_stage(get_store(), work.item, Stage.PLACE, datetime.now(UTC), get_settings().lease_s)
    product = product_box(work.cutout)
    factor = plan_scene(product, work.exports, work.placement, floor=work.floor).upscale
    if factor == 1:
        quality = {**work.placed.quality, "skipped": LARGE_ENOUGH}
        as_it_is = {"reused": True, "timings_ms": {}, "quality": quality}
        return work.placed.model_copy(update=as_it_is).dump()
    return run_stage(
        get_blobs(),
        get_inference(),
        tenant_id=work.item.tenant_id,
        stage="upscale",
        inputs={"image": (work.placed.path, work.placed.sha256)},
        params={"scale": factor} | ({"model": work.model} if work.model else {}),
        trace_id=work.item.trace_id,
    ).dump()
