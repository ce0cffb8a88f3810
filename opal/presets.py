"""The presets: exports, the scenes of placement styles, and what a job gets by default.

They are data, in `presets.toml`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pydantic import Field

from opal.documents.base import Document
from opal.recipe import ExportPreset

MAX_PROMPT = 500


class Prompt(Document):
    """A scene to be made from words."""

    prompt: str = Field(min_length=1, max_length=MAX_PROMPT)


class Defaults(Document):
    """The names of the scenes and exports of a job without options."""

    scenes: tuple[str, ...]
    exports: tuple[str, ...]


class _Tables(Document):
    defaults: Defaults
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


def styles() -> Mapping[str, tuple[str | Prompt, ...]]:
    """The scenes of each placement style."""
    return _tables().styles


def defaults() -> Defaults:
    """What a job gets that says nothing else."""
    return _tables().defaults
