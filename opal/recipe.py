"""The recipe: what is made of each photo of a job.

A recipe is resolved once, when its job is created, and stored there whole: a preset or a
default that changes later never changes a running job.
"""

import hashlib
import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from opal.documents.base import Document
from opal.gate import Gate

CUTOUT_SCENE = "cutout"
"""What stands for a scene where the cut-out alone is exported; no scene has this name."""
MAX_PROMPT = 500
"""Characters."""
RECIPE_VERSION = 2
"""Part of every stage's key: raise it when a stage's output changes for equal parameters."""


class ExportSource(StrEnum):
    """What an export is made from."""

    SCENE = "scene"
    CUTOUT = "cutout"


UpscaleModel = Literal["fast", "best", "sharp"]
"""What enlarges: quick, more exact, or crisper and less faithful."""

Lighting = Literal["eye-level", "low-angle", "overhead", "side-lit", "backlit", "golden"]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
"""sRGB code values as `#rrggbb`."""
Unit = Annotated[float, Field(ge=0, le=1, strict=True, allow_inf_nan=False)]


class Shadow(Document):
    """A shadow's look; None leaves the lighting's own.

    `direction` is where the light comes from, in degrees seen from above: 0 right, 90 behind the
    product, 180 left, 270 the camera's side.
    """

    direction: Annotated[float, Field(ge=0, le=360, strict=True)] | None = None
    softness: Unit | None = None
    strength: Unit | None = None


class Scene(Document):
    """A background to place the product on: a studio scene by name, or one from a prompt.

    `background` is the paper's colour and `palette` the brand's, for scenes that have them.
    `shadow`, `lighting`: None leaves the scene's own. `floor` says whether there is one to stand
    on. Equal seeds give equal pictures. A scene with a `prompt` is made by the prompt engine, and
    `name` is only its name.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    background: Colour | None = None
    palette: tuple[Colour, ...] = Field(default=(), max_length=8)
    lighting: Lighting | None = None
    shadow: bool | Shadow | None = None
    floor: bool = True
    seed: int = Field(default=0, ge=0, lt=2**31)
    prompt: str | None = Field(default=None, min_length=1, max_length=MAX_PROMPT)
    negative_prompt: str | None = Field(default=None, min_length=1, max_length=MAX_PROMPT)


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


Share = Annotated[float, Field(ge=0, le=0.4, strict=True, allow_inf_nan=False)]


class Padding(Document):
    """The least free border of each side, as shares (0 to 0.4) of the frame's height (`top`,
    `bottom`) and width (`right`, `left`)."""

    top: Share = 0.0
    right: Share = 0.0
    bottom: Share = 0.0
    left: Share = 0.0


class Alignment(Document):
    """Where the product stands in what the padding leaves of a frame.

    On a scene, `middle` is a little low, as on a table; a cut-out is centred.
    """

    horizontal: Literal["left", "center", "right"] = "center"
    vertical: Literal["top", "middle", "bottom"] = "middle"


Stance = Literal["standing", "flat"]
FloorLine = Annotated[float, Field(ge=0.5, le=1, strict=True, allow_inf_nan=False)]


class Placement(Document):
    """Where the product stands in every frame.

    In the `middle`, a `standing` product stands on the floor line of scenes that have a floor, so
    that a catalogue has one baseline; a `flat` one, photographed from above, is centred. `floor`
    is that line's share of the frame's height from the top; None takes it from the preset's fill.
    """

    padding: Padding = Padding()
    alignment: Alignment = Alignment()
    stance: Stance = "standing"
    floor: FloorLine | None = None


class Recipe(Document):
    """The scenes and exports of a job, resolved.

    Without `upscale` a frame that asks for more pixels than the photo has is sampled from the
    placed scene as it is. Without `upscale_model` the endpoint's setting decides what enlarges.
    Without `refine` the cut-out's edge stays as the net gives it. `profile_id` is the brand
    profile that the recipe was made from.
    """

    version: int = RECIPE_VERSION
    scenes: tuple[Scene, ...] = Field(min_length=1, max_length=20)
    exports: tuple[ExportPreset, ...] = Field(min_length=1, max_length=30)
    placement: Placement = Placement()
    upscale: bool = True
    upscale_model: UpscaleModel | None = None
    refine: bool = True
    gate: Gate = Gate()
    product_category: str | None = None
    profile_id: str | None = None

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        """Outputs are named by scene and preset; one of two would overwrite the other."""
        for field, named in (("scenes", self.scenes), ("exports", self.exports)):
            if repeated := _repeated([each.name for each in named]):
                raise ValueError(f"{field}: {repeated} is named twice")
        return self

    @property
    def digest(self) -> str:
        """A short digest of the recipe, to tell whether an item was made with this one.

        Fields at their defaults do not count, so a field added later does not change it; nor
        does the profile's id, which says where the recipe came from and not what it is.
        """
        fields = self.model_dump(mode="json", exclude_defaults=True, exclude={"profile_id"})
        text = json.dumps(fields, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def with_prompt(self, prompt: str | None) -> "Recipe":
        """The recipe with one photo's own prompt in place of those of its scenes."""
        if prompt is None:
            return self
        scenes = tuple(
            scene.model_copy(update={"prompt": prompt}) if scene.prompt is not None else scene
            for scene in self.scenes
        )
        return self.model_copy(update={"scenes": scenes})

    def exports_from(self, source: ExportSource) -> tuple[ExportPreset, ...]:
        """The exports that are made from scenes, or from the cut-out."""
        return tuple(preset for preset in self.exports if preset.source is source)


def _repeated(names: Sequence[str]) -> str | None:
    return next((name for index, name in enumerate(names) if name in names[:index]), None)
