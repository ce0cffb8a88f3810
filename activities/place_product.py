"""Place the cut-out on a scene."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.blobs import get_blobs
from opal.boundary import activity_boundary
from opal.documents import Json, PlaceRequest, Stage
from opal.inference import get_inference
from opal.recipe import Placement, Scene
from opal.settings import get_settings
from opal.stages import run_stage
from opal.state import get_store
from opal.state.stages import enter_stage

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def place_product(request: Json) -> Json:
    """Have the endpoint render the scene: an opaque PNG large enough for every frame."""
    from activities.framing import plan_scene, product_box

    work = PlaceRequest.parse(request)
    enter_stage(get_store(), work.item, Stage.PLACE, datetime.now(UTC), get_settings().lease_s)
    scene, placement = work.scene, work.placement
    source = product_box(work.cutout)
    layout = plan_scene(source, work.exports, placement, floor=scene.floor)
    target = layout.product
    params: Json = {
        "scene": scene.name,
        "canvas": [layout.canvas_width, layout.canvas_height],
        "source_box": [source.x, source.y, source.width, source.height],
        "product_box": [target.x, target.y, target.width, target.height],
    }
    params |= _look_of(scene, placement)
    return run_stage(
        get_blobs(),
        get_inference(),
        tenant_id=work.item.tenant_id,
        stage="place",
        inputs={"cutout": (work.cutout.path, work.cutout.sha256)},
        params=params,
        trace_id=work.item.trace_id,
    ).dump()


def _look_of(scene: Scene, placement: Placement) -> Json:
    """What differs from the scene's own look; a field at its default is no part of the stage."""
    fields = {"background", "palette", "lighting", "shadow", "seed", "prompt", "negative_prompt"}
    look = scene.model_dump(mode="json", include=fields, exclude_defaults=True, exclude_none=True)
    if placement.stance != "standing":
        look["stance"] = placement.stance
    return look
