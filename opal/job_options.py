"""Job options: what a `job.json` or a request may say, resolved into a recipe.

The job's own options come first, then its brand profile, then the defaults. A field that is given
replaces the profile's as a whole.
"""

from codecs import BOM_UTF8

from pydantic import ConfigDict, Field, StrictBool, ValidationError

from opal.choices import (
    AlignmentChoice,
    Colour,
    PaddingChoice,
    PlacementStyle,
    PresetName,
    ProfileId,
    SceneChoice,
    ShortText,
)
from opal.documents.base import Document
from opal.errors import EngineUnavailable, RecipeInvalid
from opal.presets import Prompt, defaults, presets, styles
from opal.profiles.documents import Profile, ProfileRequest
from opal.profiles.storing import find_profile, get_profile
from opal.recipe import (
    SCENES,
    Alignment,
    ExportPreset,
    Padding,
    Placement,
    Recipe,
    Scene,
    UpscaleModel,
)
from opal.state import StateStore

MAX_OPTIONS_BYTES = 256 * 1024
DEFAULT_PROFILE = "default"
"""The brand profile of jobs that name none, where the tenant has it."""


class JobOptions(Document):
    """The fields of `job.json`; all are optional, none other is allowed.

    `scenes` are names or prompts, and `placement_style` stands for some; `exports` are names of
    presets. `background` is the colour of the studio scene's backdrop; `upscale_model` is what
    enlarges.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: ProfileId | None = None
    scenes: tuple[SceneChoice, ...] | None = Field(default=None, min_length=1, max_length=20)
    placement_style: PlacementStyle | None = None
    exports: tuple[PresetName, ...] | None = Field(default=None, min_length=1, max_length=30)
    background: Colour | None = None
    padding: PaddingChoice | None = None
    alignment: AlignmentChoice | None = None
    product_category: ShortText | None = None
    upscale: StrictBool | None = None
    upscale_model: UpscaleModel | None = None
    shadow: StrictBool | None = None


_Brand = Profile | ProfileRequest
_NO_BRAND = ProfileRequest(name="none")


def default_recipe() -> Recipe:
    """The recipe of a job without options and profile."""
    return resolve(JobOptions())


def read_job_options(text: bytes) -> JobOptions:
    """Read a `job.json`; raises `RecipeInvalid` naming the field."""
    if len(text) > MAX_OPTIONS_BYTES:
        raise RecipeInvalid(f"job.json: larger than {MAX_OPTIONS_BYTES} bytes")
    try:
        return JobOptions.model_validate_json(text.removeprefix(BOM_UTF8))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part)[:40] for part in first["loc"]) or "job.json"
        raise RecipeInvalid(f"{field}: {first['msg']}") from None


def recipe_for(
    store: StateStore, tenant_id: str, options: JobOptions, profile_id: str | None = None
) -> Recipe:
    """The recipe of a new job, by one point read of its profile.

    The profile is `profile_id`, or the one that the options name, or the tenant's `default` if
    there is one. Raises `ProfileMissing`, or as `resolve` does.
    """
    named = profile_id or options.profile
    if named is not None:
        return resolve(options, get_profile(store, tenant_id, named).profile)
    found = find_profile(store, tenant_id, DEFAULT_PROFILE)
    return resolve(options, found.profile if found else None)


def resolve(options: JobOptions, profile: Profile | None = None) -> Recipe:
    """The recipe of options over a profile over the defaults.

    Raises `RecipeInvalid` for a name that the profile has and that is gone by now, and
    `EngineUnavailable` for a scene that no deployed engine makes; both name the field.
    """
    brand = profile or _NO_BRAND
    where = f"profile {profile.id}: " if profile else ""
    background = options.background or next(iter(brand.palette), None)
    shadow = brand.flags.shadow if options.shadow is None else options.shadow
    return Recipe(
        scenes=tuple(
            _scene(field, scene, background, shadow)
            for field, scene in _scenes_asked(options, brand, where)
        ),
        exports=_exports(options, brand, where),
        placement=Placement(
            padding=Padding.parse((options.padding or brand.padding).dump()),
            alignment=Alignment.parse((options.alignment or brand.alignment).dump()),
        ),
        upscale=brand.flags.upscale if options.upscale is None else options.upscale,
        upscale_model=options.upscale_model,
        product_category=options.product_category or brand.product_category,
        profile_id=profile.id if profile else None,
    )


def _scenes_asked(options: JobOptions, brand: _Brand, where: str) -> list[tuple[str, str | Prompt]]:
    """Each scene once, with the field that asks for it."""
    found: dict[str | Prompt, str] = {}
    for prefix, asked in (("", options), (where, brand)):
        if asked.scenes:
            for index, scene in enumerate(asked.scenes):
                found.setdefault(scene, f"{prefix}scenes.{index}")
        elif asked.placement_style:
            style = asked.placement_style
            found = dict.fromkeys(styles()[style], f"{prefix}placement_style {style}")
        if found:
            break
    found = found or dict.fromkeys(defaults().scenes, "scenes")
    return [(field, scene) for scene, field in found.items()]


def _scene(field: str, scene: str | Prompt, background: str | None, shadow: bool | None) -> Scene:
    known = ", ".join(SCENES)
    if isinstance(scene, Prompt):
        raise EngineUnavailable(
            f"{field}: the engine that makes scenes from prompts is not deployed;"
            f" there are the scenes {known}"
        )
    if scene not in SCENES:
        raise RecipeInvalid(f"{field}: no scene {scene[:40]!r}; there are {known}")
    backdrop = background if scene == "studio" else None
    return Scene.parse({"name": scene, "background": backdrop, "shadow": shadow})


def _exports(options: JobOptions, brand: _Brand, where: str) -> tuple[ExportPreset, ...]:
    names = dict.fromkeys(options.exports or brand.exports or defaults().exports)
    for name in names:
        if name not in presets():
            known = ", ".join(presets())
            raise RecipeInvalid(f"{where}exports: no preset {name[:40]!r}; there are {known}")
    return tuple(presets()[name] for name in names)
