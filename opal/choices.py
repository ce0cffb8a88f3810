"""What jobs and brand profiles may choose: the types of their fields, checked where they are read.

Whatever is refused is named together with what there is. What was chosen is stored as other,
tolerant documents, so that a name that goes away later does not make a profile unreadable.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from opal.documents.base import Document
from opal.presets import presets
from opal.recipe import Alignment, Padding, Shadow
from opal.scene_choices import ShadowWish

_STRICT = ConfigDict(frozen=True, extra="forbid")

ProfileId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]


class PlacementStyle(StrEnum):
    """A look, which stands for scenes."""

    STUDIO = "studio"
    LIFESTYLE = "lifestyle"
    OUTDOOR = "outdoor"
    MINIMAL = "minimal"
    LUXURY = "luxury"
    KITCHEN = "kitchen"
    OFFICE = "office"
    NATURE = "nature"


class PaddingChoice(Padding):
    """The least free border of each side; what is left out is 0."""

    model_config = _STRICT


class AlignmentChoice(Alignment):
    """Where the product stands; what is left out is in the middle."""

    model_config = _STRICT


class Flags(Document):
    """What is done or not: `upscale` frames that want more pixels than the photo has, `shadow`
    under the product (None: each scene's own way; else whether, or how it looks)."""

    upscale: StrictBool = True
    shadow: bool | Shadow | None = None


class FlagsChoice(Flags):
    """Flags; what is left out stays as it is by default."""

    model_config = _STRICT

    shadow: ShadowWish | None = None


def _known_preset(name: str) -> str:
    if name not in presets():
        raise PydanticCustomError(
            "preset_unknown",
            "no preset {name}; there are {known}",
            {"name": repr(name[:40]), "known": ", ".join(presets())},
        )
    return name


def _list_presets(schema: dict[str, Any]) -> None:
    schema["enum"] = list(presets())


PresetName = Annotated[str, AfterValidator(_known_preset), Field(json_schema_extra=_list_presets)]
