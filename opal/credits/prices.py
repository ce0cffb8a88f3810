"""What a photo costs by its recipe, and the packages of credits that can be bought.

The figures are data, in `prices.toml`. A price that changes there holds for the photos that are
begun afterwards: what was held already is charged as it was held.
"""

import tomllib
from functools import cache
from importlib import resources

from pydantic import Field

from opal.documents import Document
from opal.errors import InvalidInput
from opal.recipe import ExportPreset, ExportSource, Recipe

Credits = int
_ENLARGING = "upscale"


class Stages(Document):
    """What the stages cost: `segment` once a photo, the others once a scene; `prompt` is on top
    for scenes made from one, `upscale` only where the photo had too few pixels."""

    segment: Credits = Field(ge=0)
    place: Credits = Field(ge=0)
    prompt: Credits = Field(default=0, ge=0)
    upscale: Credits = Field(ge=0)


class Exports(Document):
    """What each exported file costs."""

    each: Credits = Field(ge=0)


class Package(Document):
    """Credits to buy; `price` has two decimals, `currency` is an ISO 4217 code."""

    name: str = ""
    credits: Credits = Field(gt=0)
    price: str = Field(pattern=r"^[0-9]{1,6}\.[0-9]{2}$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class Prices(Document):
    """The table of prices; `scenes` and `presets` are what some cost on top of the stages."""

    stages: Stages
    exports: Exports
    scenes: dict[str, Credits] = Field(default_factory=dict)
    presets: dict[str, Credits] = Field(default_factory=dict)
    packages: dict[str, Package] = Field(default_factory=dict)


class EstimateLine(Document):
    """A part of what one photo costs: `count` times `credits`."""

    name: str
    count: int
    credits: Credits


class Estimate(Document):
    """What photos will cost, in credits: each, all together, and the parts of one photo."""

    photos: int
    per_photo: Credits
    total: Credits
    lines: tuple[EstimateLine, ...]


@cache
def prices() -> Prices:
    """The prices of this deployment."""
    text = resources.files("opal.credits").joinpath("prices.toml").read_text("utf-8")
    return Prices.parse(tomllib.loads(text))


def packages() -> tuple[Package, ...]:
    """The packages that can be bought, smallest first."""
    named = (p.model_copy(update={"name": name}) for name, p in prices().packages.items())
    return tuple(sorted(named, key=lambda package: package.credits))


def package_of(name: str) -> Package:
    """A package by its name; raises `InvalidInput` (`package_unknown`)."""
    for package in packages():
        if package.name == name:
            return package
    known = ", ".join(package.name for package in packages())
    raise InvalidInput(f"There is no such package; there are {known}.", code="package_unknown")


def cost_of(recipe: Recipe) -> Credits:
    """What one photo costs at most by this recipe."""
    return sum(line.count * line.credits for line in _lines(recipe))


def enlarging_of(recipe: Recipe) -> EstimateLine:
    """The part of `cost_of` that is charged only for the scenes that had to be enlarged."""
    lines = [line for line in _lines(recipe) if line.name == _ENLARGING]
    return lines[0] if lines else EstimateLine(name=_ENLARGING, count=0, credits=0)


def estimate(recipe: Recipe, photos: int) -> Estimate:
    """What so many photos will cost at most: what fails, or is large enough, costs less."""
    per_photo = cost_of(recipe)
    return Estimate(
        photos=photos, per_photo=per_photo, total=photos * per_photo, lines=_lines(recipe)
    )


def _lines(recipe: Recipe) -> tuple[EstimateLine, ...]:
    stages, table = prices().stages, prices()
    lines = [EstimateLine(name="segment", count=1, credits=stages.segment)]
    from_scenes = recipe.exports_from(ExportSource.SCENE)
    if from_scenes:
        # Scenes that nothing is exported from are not made.
        scenes = len(recipe.scenes)
        lines.append(EstimateLine(name="place", count=scenes, credits=stages.place))
        if recipe.upscale:
            lines.append(EstimateLine(name=_ENLARGING, count=scenes, credits=stages.upscale))
        for scene in recipe.scenes:
            named = table.scenes.get(scene.name, 0)
            lines += _on_top(f"scene.{scene.name}", 1, stages.prompt if scene.prompt else named)
        lines += _exports(from_scenes, scenes)
    lines += _exports(recipe.exports_from(ExportSource.CUTOUT), 1)
    return tuple(lines)


def _exports(presets: tuple[ExportPreset, ...], times: int) -> list[EstimateLine]:
    each, on_top = prices().exports.each, prices().presets
    return [
        EstimateLine(
            name=f"export.{preset.name}", count=times, credits=each + on_top.get(preset.name, 0)
        )
        for preset in presets
    ]


def _on_top(name: str, count: int, credits: Credits) -> list[EstimateLine]:
    return [EstimateLine(name=name, count=count, credits=credits)] if credits else []
