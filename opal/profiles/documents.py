"""A brand profile as it is asked for, as it is stored, and as it is answered."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from opal.choices import (
    AlignmentChoice,
    Colour,
    Flags,
    FlagsChoice,
    PaddingChoice,
    PlacementStyle,
    PresetName,
    ProfileId,
)
from opal.documents import Document, StoredDocument
from opal.gate import Gate
from opal.gate_choice import GateChoice
from opal.presets import Prompt
from opal.recipe import Alignment, FloorLine, Lighting, Padding, Stance
from opal.scene_choices import SceneChoice
from opal.texts import LongText, ShortText


class ProfileFields(Document):
    """What a profile says; whatever is empty is left to the defaults.

    `placement_style` stands for scenes where `scenes` names none. The first colour of `palette`
    is the paper's. `scene_prompts` are the brand's own words for a type of scene, `prompt` those
    for every other type; `negative_prompt` is what no scene may hold.
    """

    name: ShortText
    placement_style: PlacementStyle | None = None
    palette: tuple[Colour, ...] = Field(default=(), max_length=8)
    lighting: Lighting | None = None
    stance: Stance | None = None
    floor: FloorLine | None = None
    scene_prompts: dict[PlacementStyle, LongText] = Field(default_factory=dict)
    prompt: LongText | None = None
    negative_prompt: LongText | None = None
    product_category: ShortText | None = None


class ProfileRequest(ProfileFields):
    """A profile as a caller writes it: every scene and preset must be known, though a scene from
    a prompt may wait for its engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenes: tuple[SceneChoice, ...] = Field(default=(), max_length=20)
    padding: PaddingChoice = PaddingChoice()
    alignment: AlignmentChoice = AlignmentChoice()
    exports: tuple[PresetName, ...] = Field(default=(), max_length=30)
    flags: FlagsChoice = FlagsChoice()
    gate: GateChoice | None = None


class NewProfile(ProfileRequest):
    """A profile to create; without an `id` it gets one that is made of its name."""

    id: ProfileId | None = None


class Profile(ProfileFields, StoredDocument):
    """A profile as stored; its `id` is unique in its tenant.

    It stays readable when a scene or preset that it names goes away: then jobs that use it are
    refused, and it can be mended.
    """

    id: str
    kind: Literal["profile"] = "profile"
    tenant_id: str
    created_at: datetime
    updated_at: datetime
    scenes: tuple[str | Prompt, ...] = ()
    padding: Padding = Padding()
    alignment: Alignment = Alignment()
    exports: tuple[str, ...] = ()
    flags: Flags = Flags()
    gate: Gate | None = None


class ProfileVersion(Document):
    """A profile, and the ETag of this version of it."""

    profile: Profile
    etag: str


class ProfilePage(Document):
    """Some of a tenant's profiles, in the order of their ids."""

    profiles: tuple[Profile, ...]
    continuation: str | None
