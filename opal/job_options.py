"""Job options: what a `job.json` may say, resolved against the presets into a recipe."""

import tomllib
from codecs import BOM_UTF8
from functools import cache
from importlib import resources
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from opal.documents.base import Document
from opal.errors import RecipeInvalid
from opal.recipe import ExportPreset, Recipe, Scene


class JobOptions(Document):
    """The fields of `job.json`; all are optional, none other is allowed.

    `scenes` and `exports` are lists of names; `background` is the colour (`#rrggbb`) of the
    studio scene's backdrop.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenes: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=20)
    exports: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=30)
    background: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")


@cache
def _tables() -> dict[str, Any]:
    text = resources.files("opal").joinpath("presets.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def presets() -> dict[str, ExportPreset]:
    """All export presets by name."""
    return {
        name: ExportPreset(name=name, **fields) for name, fields in _tables()["presets"].items()
    }


def default_recipe() -> Recipe:
    """The recipe of a job without options."""
    return resolve(JobOptions())


def read_job_options(text: bytes) -> Recipe:
    """Resolve a `job.json`; raises `RecipeInvalid` naming the field."""
    try:
        return resolve(JobOptions.model_validate_json(text.removeprefix(BOM_UTF8)))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part)[:40] for part in first["loc"]) or "job.json"
        raise RecipeInvalid(f"{field}: {first['msg']}") from None


def resolve(options: JobOptions) -> Recipe:
    """Look up every name; raises `RecipeInvalid` naming the field and what it may be."""
    defaults = _tables()["defaults"]
    names = _unique(options.exports or tuple(defaults["exports"]))
    for index, name in enumerate(names):
        if name not in presets():
            raise RecipeInvalid(
                f"exports.{index}: no preset {name[:40]!r}; there are {', '.join(presets())}"
            )
    scenes = _unique(options.scenes or tuple(defaults["scenes"]))
    return Recipe(
        scenes=tuple(_scene(index, name, options) for index, name in enumerate(scenes)),
        exports=tuple(presets()[name] for name in names),
    )


def _scene(index: int, name: str, options: JobOptions) -> Scene:
    background = options.background.lower() if options.background and name == "studio" else None
    try:
        return Scene.parse({"name": name, "background": background})
    except ValidationError:
        raise RecipeInvalid(
            f"scenes.{index}: no scene {name[:40]!r}; there are white, studio"
        ) from None


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
