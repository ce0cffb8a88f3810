"""The presets: scenes, exports, the scenes of placement styles, and what a job gets by default.

They are data, in `presets.toml`.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import Field

from opal.documents.base import Document
from opal.recipe import MAX_PROMPT, ExportPreset


class Prompt(Document):
    """A scene to be made from words."""

    prompt: str = Field(min_length=1, max_length=MAX_PROMPT)
    negative_prompt: str | None = Field(default=None, min_length=1, max_length=MAX_PROMPT)
    name: str | None = None

    @property
    def scene_name(self) -> str:
        """Its name, by default `prompt-` and a digest of the words: outputs are kept by it."""
        digest = hashlib.sha256(self.prompt.encode()).hexdigest()
        return self.name or f"prompt-{digest[:8]}"


class StudioScene(Document):
    """A studio scene: whether it takes up the brand's `paper` colour and its `palette`, and whether
    it has a floor to stand on."""

    paper: bool = False
    palette: bool = False
    floor: bool = True


class Prompts(Document):
    """What prompts have in common."""

    negative: str


class Defaults(Document):
    """The names of the scenes and exports of a job without options."""

    scenes: tuple[str, ...]
    exports: tuple[str, ...]


class _Tables(Document):
    defaults: Defaults
    scenes: dict[str, StudioScene]
    prompts: Prompts
    styles: dict[str, tuple[str | Prompt, ...]]
    presets: dict[str, dict[str, str | int | float]]


@cache
def _tables() -> _Tables:
    text = resources.files("opal").joinpath("presets.toml").read_text("utf-8")
    return _Tables.parse(tomllib.loads(text))


@cache
def presets() -> Mapping[str, ExportPreset]:
    """All export presets by name."""
    return {
        name: ExportPreset.parse({"name": name, **fields})
        for name, fields in _tables().presets.items()
    }


def studio_scenes() -> Mapping[str, StudioScene]:
    """All studio scenes by name."""
    return _tables().scenes


def prompts() -> Prompts:
    """What prompts have in common."""
    return _tables().prompts


def styles() -> Mapping[str, tuple[str | Prompt, ...]]:
    """The scenes of each placement style."""
    return _tables().styles


def defaults() -> Defaults:
    """What a job gets that says nothing else."""
    return _tables().defaults
