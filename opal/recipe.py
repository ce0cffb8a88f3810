"""The recipe: what is made of each photo of a job.

A recipe is resolved once, when its job is created, and stored there whole: a preset or a
default that changes later never changes a running job.
"""

import hashlib
import json
from enum import StrEnum
from typing import Literal

from pydantic import Field

from opal.documents.base import Document

RECIPE_VERSION = 1
"""Part of every stage's key: raise it when a stage's output changes for equal parameters."""


class ExportSource(StrEnum):
    """What an export is made from."""

    SCENE = "scene"
    CUTOUT = "cutout"


class Scene(Document):
    """A background to place the product on.

    `background` is the backdrop's sRGB colour as `#rrggbb`; None leaves the scene's own.
    """

    name: Literal["white", "studio"]
    background: str | None = Field(default=None, pattern=r"^#[0-9a-f]{6}$")


class ExportPreset(Document):
    """One output file: its size in pixels, its format, and how much of it the product fills.

    `fill` is the share (0 to 1) of the frame's limiting side that the product's box takes.
    `quality` is the encoder's, 1 to 100, and means nothing for PNG.
    """

    name: str
    source: ExportSource = ExportSource.SCENE
    width: int = Field(ge=16, le=8192)
    height: int = Field(ge=16, le=8192)
    fill: float = Field(default=0.8, gt=0.05, le=1.0)
    format: Literal["jpeg", "png", "webp"] = "jpeg"
    quality: int = Field(default=90, ge=1, le=100)

    @property
    def extension(self) -> str:
        """The file name's extension, without the dot."""
        return "jpg" if self.format == "jpeg" else self.format


class Recipe(Document):
    """The scenes and exports of a job, resolved."""

    version: int = RECIPE_VERSION
    scenes: tuple[Scene, ...] = Field(min_length=1, max_length=20)
    exports: tuple[ExportPreset, ...] = Field(min_length=1, max_length=30)

    @property
    def digest(self) -> str:
        """A short digest of the recipe, to tell whether an item was made with this one.

        Fields at their defaults do not count, so a field added later does not change it.
        """
        text = json.dumps(self.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def exports_from(self, source: ExportSource) -> tuple[ExportPreset, ...]:
        """The exports that are made from scenes, or from the cut-out."""
        return tuple(preset for preset in self.exports if preset.source is source)
