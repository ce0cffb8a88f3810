"""How faithful the product is in every scene: `python -m benchmarks.fidelity [--only SCENE ...]`.

The samples go the way of a job with the default presets: cut out, placed, enlarged where a preset
asks for it, cropped, encoded, decoded, measured. A line is the worst of all samples and presets,
and how many of the files would wait for a person. `--as-asked` keeps every file in the quality that
its preset names; otherwise files are encoded finer where the recipe's limits want it.
"""

import argparse
from collections.abc import Iterator

from activities.framing import frame_of, plan_scene
from activities.proving import Proven, encode_and_prove
from activities.rendering import cropped
from imaging.layout import Box
from imaging.pixels import Pixels
from models import segment, upscale
from models.place import task
from models.place.scenes import scene_names
from models.training.evaluation.sets import sample_photos
from opal.gate import Fidelity, FidelityLimits
from opal.job_options import default_recipe
from opal.presets import studio_scenes
from opal.recipe import ExportSource

_ANY = FidelityLimits(
    min_ssim=None,
    max_delta_e_mean=None,
    max_delta_e_p99=None,
    max_changed=None,
    max_halo=None,
    max_shift=None,
)
_SHAPE = "{:12}" + "{:>14}" * 6 + "{:>10}"
_MODEL = "fast"


def main() -> None:
    """Print a line for every scene."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity")
    parser.add_argument("--only", nargs="+", choices=scene_names(), default=scene_names())
    parser.add_argument("--samples", nargs="+", help="beginnings of file names; all by default")
    parser.add_argument("--each", action="store_true", help="a line for every file as well")
    parser.add_argument("--as-asked", action="store_true", help="never encode finer")
    asked = parser.parse_args()
    limits = _ANY if asked.as_asked else default_recipe().gate.fidelity
    wanted = tuple(asked.samples or ("",))
    cutouts = [
        (path.name, *cut_out(rgb)) for path, rgb in sample_photos() if path.name.startswith(wanted)
    ]
    print(_SHAPE.format("scene", *Fidelity.model_fields, "held"))
    for name in asked.only:
        found: list[Proven] = []
        for sample, source, box in cutouts:
            for preset, proven in outputs(name, source, box, limits):
                found.append(proven)
                if asked.each:
                    print(_line(f"  {sample[:6]}/{preset[:3]}", [proven]))
        print(_line(name, found), flush=True)


def cut_out(rgb: Pixels) -> tuple[Pixels, Box]:
    """The product of a photo, and its box."""
    made = segment.run({"photo": rgb}, {})
    return made.pixels, Box(*made.quality["product_box"])


def outputs(
    scene: str, source: Pixels, box: Box, limits: FidelityLimits
) -> Iterator[tuple[str, Proven]]:
    """Every file that the default recipe makes of a scene, by preset."""
    recipe, floor = default_recipe(), studio_scenes()[scene].floor
    layout = plan_scene(box, recipe.exports, recipe.placement, floor=floor)
    product = layout.product
    params = {
        "scene": scene,
        "canvas": [layout.canvas_width, layout.canvas_height],
        "source_box": [box.x, box.y, box.width, box.height],
        "product_box": [product.x, product.y, product.width, product.height],
    }
    picture = task.run({"cutout": source}, params).pixels
    if layout.upscale > 1:
        enlarge = {"scale": layout.upscale, "model": _MODEL}
        picture = upscale.run({"image": picture}, enlarge).pixels
    for preset in recipe.exports_from(ExportSource.SCENE):
        frame = frame_of(preset, recipe.placement, floor=floor)
        rendered = cropped(picture, layout, frame, source, box)
        yield preset.name, encode_and_prove(rendered, preset, limits)


def worst(found: list[Proven]) -> Fidelity:
    """The worst value of each figure."""
    figures = [proven.fidelity.dump() for proven in found if proven.fidelity is not None]
    return Fidelity(
        **{
            name: (min if name == "ssim" else max)(each[name] for each in figures)
            for name in Fidelity.model_fields
        }
    )


def _line(name: str, found: list[Proven]) -> str:
    figures = (f"{figure:.4g}" for figure in worst(found).dump().values())
    held = sum(not proven.kept for proven in found)
    return _SHAPE.format(name, *figures, f"{held} of {len(found)}")


if __name__ == "__main__":
    main()
