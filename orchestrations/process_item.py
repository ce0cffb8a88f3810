"""The life of one photo: inspect, segment, place and upscale each scene, export, complete."""

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df

from opal.documents import (
    CompleteItem,
    ExportRequest,
    FailItem,
    FinishJob,
    InspectedPhoto,
    InspectRequest,
    ItemOutcome,
    JobRef,
    Output,
    PlaceRequest,
    ProcessItem,
    SegmentRequest,
    StageResult,
    StartDeliveries,
    UpscaleRequest,
)
from opal.recipe import ExportSource, Scene
from orchestrations.policies import Call, CallFailed, call_or_leave, call_with_backoff, gather

bp = df.Blueprint()
CUTOUT_SCENE = "cutout"
LOST_STAGE = frozenset({"stage_lost", "input_unreadable"})
"""Codes of a stage whose blob is gone: the item is made again, and finds what is left."""
RUN_ENDED = "run_ended"
"""Code of a stage that found its item canceled, finished or superseded."""
MAX_RUNS = 3


@bp.orchestration_trigger(context_name="context")
def process_item(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Answers how the item ended: completed, failed, or why there was nothing to do."""
    work = ProcessItem.parse(context.get_input())
    progress = _Progress(context, work)
    try:
        outcome = yield from _make_whatever_is_lost(context, work, progress)
    except CallFailed as failed:
        if failed.failure.code == RUN_ENDED:
            return failed.failure.message
        progress.at("failed", progress.fraction)
        failure = FailItem(item=work.item, failure=failed.failure, stage=failed.activity)
        outcome = yield from _call(context, work, "fail_item", failure)
        verdict = f"failed: {failed.failure.code}"
    else:
        verdict = "completed"
    if isinstance(outcome, str):
        return outcome
    ended = ItemOutcome.parse(outcome)
    if ended.superseded:
        return "superseded by a newer revision"
    if ended.deliveries:
        tell = StartDeliveries(trace_id=work.item.trace_id, deliveries=ended.deliveries)
        yield from call_or_leave(context, "start_deliveries", tell.dump(), work.retry)
    if ended.job_settled:
        finish = FinishJob(job=JobRef.parse(work.item.dump()), retry=work.retry)
        yield context.call_sub_orchestrator(
            "finish_job", finish.dump(), instance_id=f"{context.instance_id}-finish"
        )
    return verdict


def _make_whatever_is_lost(
    context: df.DurableOrchestrationContext, work: ProcessItem, progress: "_Progress"
) -> Call:
    """Make the item; begin again when a finished stage's blob was lost meanwhile."""
    for run in range(1, MAX_RUNS + 1):
        try:
            return (yield from _make(context, work, progress))
        except CallFailed as failed:
            if failed.failure.code not in LOST_STAGE or run == MAX_RUNS:
                raise
    raise AssertionError("the last run returns or raises")


def _make(
    context: df.DurableOrchestrationContext, work: ProcessItem, progress: "_Progress"
) -> Call:
    """Everything from the photo to its exports; answers the outcome, or why it was skipped."""
    progress.at("inspect", 0.0)
    inspect = InspectRequest(item=work.item, raw_path=work.raw_path, recipe=work.recipe)
    photo = InspectedPhoto.parse((yield from _call(context, work, "inspect_photo", inspect)))
    if photo.skip is not None:
        return photo.skip
    progress.at("segment", 0.1)
    segment = SegmentRequest(
        item=work.item,
        raw_path=work.raw_path,
        source_etag=work.source_etag,
        photo_sha256=photo.sha256,
    )
    cutout = StageResult.parse((yield from _call(context, work, "segment_product", segment)))
    stages = {"segment": cutout}
    pictures: list[StageResult] = []
    if work.recipe.exports_from(ExportSource.SCENE):
        progress.at("place", 0.4)
        scenes = [_scene(context, work, cutout, scene) for scene in work.recipe.scenes]
        for scene, made in zip(
            work.recipe.scenes, (yield from gather(context, scenes)), strict=True
        ):
            stages |= {f"{stage}.{scene.name}": result for stage, result in made.items()}
            pictures.append(made.get("upscale", made["place"]))
    progress.at("export", 0.7)
    exports = _exports(context, work, cutout, pictures)
    outputs = tuple(Output.parse(made) for made in (yield from gather(context, exports)))
    progress.at("complete", 0.95)
    done = CompleteItem(item=work.item, photo=photo, stages=stages, outputs=outputs)
    outcome = yield from _call(context, work, "complete_item", done)
    progress.at("completed", 1.0)
    return outcome


def _scene(
    context: df.DurableOrchestrationContext, work: ProcessItem, cutout: StageResult, scene: Scene
) -> Call:
    """One branch of the fan-out: place, then upscale unless the recipe forgoes it; answers the
    results by stage."""
    exports, placement = work.recipe.exports, work.recipe.placement
    place = PlaceRequest(
        item=work.item, cutout=cutout, scene=scene, exports=exports, placement=placement
    )
    placed = StageResult.parse((yield from _call(context, work, "place_product", place)))
    if not work.recipe.upscale:
        return {"place": placed}
    upscale = UpscaleRequest(
        item=work.item,
        cutout=cutout,
        placed=placed,
        exports=exports,
        placement=placement,
        model=work.recipe.upscale_model,
    )
    upscaled = StageResult.parse((yield from _call(context, work, "upscale_photo", upscale)))
    return {"place": placed, "upscale": upscaled}


def _exports(
    context: df.DurableOrchestrationContext,
    work: ProcessItem,
    cutout: StageResult,
    pictures: list[StageResult],
) -> list[Call]:
    """Every scene in every preset, and the presets of the cut-out alone once."""
    requests = [
        ExportRequest(
            item=work.item,
            cutout=cutout,
            picture=picture,
            scene=scene.name,
            preset=preset,
            exports=work.recipe.exports,
            placement=work.recipe.placement,
        )
        for scene, picture in zip(work.recipe.scenes, pictures, strict=bool(pictures))
        for preset in work.recipe.exports_from(ExportSource.SCENE)
    ] + [
        ExportRequest(
            item=work.item,
            cutout=cutout,
            picture=None,
            scene=CUTOUT_SCENE,
            preset=preset,
            exports=work.recipe.exports,
            placement=work.recipe.placement,
        )
        for preset in work.recipe.exports_from(ExportSource.CUTOUT)
    ]
    return [_call(context, work, "export_variant", request) for request in requests]


def _call(
    context: df.DurableOrchestrationContext,
    work: ProcessItem,
    activity: str,
    request: InspectRequest
    | SegmentRequest
    | PlaceRequest
    | UpscaleRequest
    | ExportRequest
    | CompleteItem
    | FailItem,
) -> Call:
    return (yield from call_with_backoff(context, activity, request.dump(), work.retry))


class _Progress:
    """The custom status: which stage the item is in, and how far it is, 0 to 1."""

    def __init__(self, context: df.DurableOrchestrationContext, work: ProcessItem) -> None:
        self._context = context
        self._item = work.item
        self.fraction = 0.0

    def at(self, stage: str, fraction: float) -> None:
        self.fraction = fraction
        self._context.set_custom_status(
            {
                "stage": stage,
                "fraction": fraction,
                "job_id": self._item.job_id,
                "item_id": self._item.item_id,
                "trace_id": self._item.trace_id,
            }
        )
