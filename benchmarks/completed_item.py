"""An item that was completed, for measurements of the state store."""

from opal.documents import CompleteItem, InspectedPhoto, ItemRef, Output, StageResult
from opal.job_options import default_recipe


def completed(ref: ItemRef) -> CompleteItem:
    """A completed item of the default recipe, with as much to tell as a real one."""
    recipe = default_recipe()
    stage = StageResult(
        path=f"work/bench/place/{'0' * 64}.png",
        width=2048,
        height=2048,
        bytes=4_000_000,
        sha256="0" * 64,
        model={"name": "u2netp", "version": "1.0.0", "sha256": "0" * 64},
        quality={"coverage": 0.41, "edge": 0.93},
        timings_ms={"fetch": 41.2, "run": 812.9, "store": 63.0},
    )
    outputs = tuple(
        Output(
            scene=scene.name,
            preset=preset.name,
            path=f"outputs/bench/charges/{ref.item_id}/{scene.name}/{preset.name}.jpg",
            width=2000,
            height=2000,
            bytes=700_000,
            sha256="0" * 64,
            content_type="image/jpeg",
        )
        for scene in recipe.scenes
        for preset in recipe.exports
    )
    photo = InspectedPhoto(sha256="0" * 64, facts={"width": 4000, "height": 3000}, elapsed_ms=90)
    stages = {"segment": stage, **{f"place.{scene.name}": stage for scene in recipe.scenes}}
    return CompleteItem(item=ref, photo=photo, stages=stages, outputs=outputs)
