"""What a person may change when one photo is made again: its own recipe, over its job's."""

import hashlib
import json
from collections.abc import Mapping

from pydantic import ConfigDict, StrictBool

from opal.choices import AlignmentChoice, PaddingChoice
from opal.documents.base import Document
from opal.gate_choice import GateChoice
from opal.recipe import (
    Alignment,
    FloorLine,
    Lighting,
    Padding,
    Recipe,
    Scene,
    Stance,
    UpscaleModel,
)
from opal.scene_choices import Seed, ShadowWish

_STRICT = ConfigDict(frozen=True, extra="forbid")


class SegmentChoice(Document):
    """How the product is cut out; without `refine` its edge stays as the net gives it."""

    model_config = _STRICT

    refine: StrictBool = True


class RetryOptions(Document):
    """The job's options that may differ for one photo, and how it is cut out.

    What is left out stays as it is. Scenes and exports are the job's.
    """

    model_config = _STRICT

    padding: PaddingChoice | None = None
    alignment: AlignmentChoice | None = None
    stance: Stance | None = None
    floor: FloorLine | None = None
    lighting: Lighting | None = None
    shadow: ShadowWish | None = None
    seed: Seed | None = None
    upscale: StrictBool | None = None
    upscale_model: UpscaleModel | None = None
    gate: GateChoice | None = None
    segment: SegmentChoice | None = None

    @property
    def digest(self) -> str:
        """The same for the same options."""
        text = json.dumps(self.model_dump(mode="json", exclude_none=True), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def applied_to(self, recipe: Recipe) -> Recipe:
        """The recipe with what was chosen."""
        chosen = {
            "upscale": self.upscale,
            "upscale_model": self.upscale_model,
            "gate": self.gate,
            "refine": self.segment.refine if self.segment else None,
        }
        placed = {
            "padding": self.padding and Padding.parse(self.padding.dump()),
            "alignment": self.alignment and Alignment.parse(self.alignment.dump()),
            "stance": self.stance,
            "floor": self.floor,
        }
        return recipe.model_copy(
            update={
                **_given(chosen),
                "scenes": tuple(self._lit(scene) for scene in recipe.scenes),
                "placement": recipe.placement.model_copy(update=_given(placed)),
            }
        )

    def _lit(self, scene: Scene) -> Scene:
        """The scene in another light; one that shows no light stays as it is."""
        lit = scene.floor or bool(scene.shadow if self.shadow is None else self.shadow)
        look = {"lighting": self.lighting, "seed": self.seed} if lit else {}
        changed = {"shadow": self.shadow, **look}
        return scene.model_copy(update=_given(changed))


def _given(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}
