"""What is made of one photo: its cut-out, every scene enlarged, every export."""

from collections.abc import Sequence

from opal.documents import (
    CompleteItem,
    ExportRequest,
    InspectedPhoto,
    InspectRequest,
    Output,
    PlaceRequest,
    SegmentRequest,
    StageResult,
    UpscaleRequest,
)
from opal.recipe import CUTOUT_SCENE, ExportPreset, ExportSource, Scene
from orchestrations.policies import Call, gather
from orchestrations.reviews import judge_cutout, judge_outputs
from orchestrations.run import Run


def make(run: Run) -> Call:
    """Everything from the photo to its exports; answers the outcome, or why it was skipped."""
    work = run.work
    run.at("inspect", 0.0)
    inspect = InspectRequest(item=work.item, raw_path=work.raw_path, recipe=work.recipe)
    photo = InspectedPhoto.parse((yield from run.call("inspect_photo", inspect)))
    if photo.skip is not None:
        return photo.skip
    cutout = yield from _cut_out(run, photo)
    stages = {"segment": cutout}
    scenes_made: list[dict[str, StageResult]] = []
    if work.recipe.exports_from(ExportSource.SCENE):
        run.at("place", 0.4)
        scenes = [_scene(run, cutout, scene) for scene in work.recipe.scenes]
        for scene, made in zip(
            work.recipe.scenes, (yield from gather(run.context, scenes)), strict=True
        ):
            stages |= {f"{stage}.{scene.name}": result for stage, result in made.items()}
            scenes_made.append(made)
    run.at("export", 0.7)
    outputs = yield from _outputs(run, _exports(run, photo, cutout, scenes_made))
    run.at("complete", 0.95)
    done = CompleteItem(item=work.item, photo=photo, stages=stages, outputs=outputs)
    outcome = yield from run.call("complete_item", done)
    run.at("completed", 1.0)
    return outcome


def _cut_out(run: Run, photo: InspectedPhoto) -> Call:
    run.at("segment", 0.1)
    segment = SegmentRequest(
        item=run.work.item,
        raw_path=run.work.raw_path,
        source_etag=run.work.source_etag,
        photo_sha256=photo.sha256,
        refine=run.work.recipe.refine,
    )
    cutout = StageResult.parse((yield from run.call("segment_product", segment)))
    yield from judge_cutout(run, cutout)
    return cutout


def _scene(run: Run, cutout: StageResult, scene: Scene) -> Call:
    """One branch of the fan-out: place, then upscale unless the recipe forgoes it; answers the
    results by stage."""
    recipe = run.work.recipe
    place = PlaceRequest(
        item=run.work.item,
        cutout=cutout,
        scene=scene,
        exports=recipe.exports,
        placement=recipe.placement,
    )
    placed = StageResult.parse((yield from run.call("place_product", place)))
    if not recipe.upscale:
        return {"place": placed}
    upscale = UpscaleRequest(
        item=run.work.item,
        cutout=cutout,
        placed=placed,
        exports=recipe.exports,
        placement=recipe.placement,
        floor=scene.floor,
        model=recipe.upscale_model,
    )
    upscaled = StageResult.parse((yield from run.call("upscale_photo", upscale)))
    return {"place": placed, "upscale": upscaled}


def _exports(
    run: Run, photo: InspectedPhoto, cutout: StageResult, scenes_made: list[dict[str, StageResult]]
) -> list[ExportRequest]:
    """Every scene in every preset, and the presets of the cut-out alone once."""
    recipe = run.work.recipe

    def export(
        preset: ExportPreset, scene: Scene | None, made: dict[str, StageResult]
    ) -> ExportRequest:
        by_stage = {"segment": cutout} | made
        return ExportRequest(
            item=run.work.item,
            cutout=cutout,
            picture=made.get("upscale", made.get("place")),
            photo_sha256=photo.sha256,
            made_by={stage: result.model for stage, result in by_stage.items()},
            generated=scene is not None and scene.prompt is not None,
            scene=scene.name if scene else CUTOUT_SCENE,
            floor=scene.floor if scene else True,
            preset=preset,
            exports=recipe.exports,
            placement=recipe.placement,
            limits=recipe.gate.fidelity,
        )

    return [
        export(preset, scene, made)
        for scene, made in zip(recipe.scenes, scenes_made, strict=bool(scenes_made))
        for preset in recipe.exports_from(ExportSource.SCENE)
    ] + [export(preset, None, {}) for preset in recipe.exports_from(ExportSource.CUTOUT)]


def _outputs(run: Run, requests: Sequence[ExportRequest]) -> Call:
    """Every output; what is held back goes out once a person has approved it."""
    outputs = yield from _exported(run, requests)
    held = [index for index, output in enumerate(outputs) if output.held]
    if held:
        yield from judge_outputs(run, [outputs[index] for index in held])
        approved = [requests[index].model_copy(update={"approved": True}) for index in held]
        again = yield from _exported(run, approved)
        for index, output in zip(held, again, strict=True):
            outputs[index] = output
    return tuple(outputs)


def _exported(run: Run, requests: Sequence[ExportRequest]) -> Call:
    calls = [run.call("export_variant", request) for request in requests]
    return [Output.parse(made) for made in (yield from gather(run.context, calls))]
