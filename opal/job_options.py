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
)
from opal.documents.base import Document
from opal.errors import RecipeInvalid
from opal.gate import Gate
from opal.gate_choice import GateChoice
from opal.presets import defaults, presets
from opal.profiles.documents import Profile, ProfileRequest
from opal.profiles.storing import find_profile, get_profile
from opal.recipe import (
    Alignment,
    ExportPreset,
    FloorLine,
    Lighting,
    Padding,
    Placement,
    Recipe,
    Stance,
    UpscaleModel,
)
from opal.scene_choices import SceneChoice, Seed, ShadowWish
from opal.scene_resolving import Asked, Look, Words, resolve_scenes
from opal.state import StateStore
from opal.texts import ShortText

MAX_OPTIONS_BYTES = 256 * 1024
DEFAULT_PROFILE = "default"
"""The brand profile of jobs that name none, where the tenant has it."""


class JobOptions(Document):
    """The fields of `job.json`; all are optional, none other is allowed.

    `scenes` are names or prompts, and `placement_style` stands for some; `exports` are names of
    presets. `background` is the paper's colour, `palette` the brand's; `upscale_model` is what
    enlarges.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: ProfileId | None = None
    scenes: tuple[SceneChoice, ...] | None = Field(default=None, min_length=1, max_length=20)
    placement_style: PlacementStyle | None = None
    exports: tuple[PresetName, ...] | None = Field(default=None, min_length=1, max_length=30)
    background: Colour | None = None
    palette: tuple[Colour, ...] | None = Field(default=None, max_length=8)
    lighting: Lighting | None = None
    seed: Seed = 0
    padding: PaddingChoice | None = None
    alignment: AlignmentChoice | None = None
    stance: Stance | None = None
    floor: FloorLine | None = None
    product_category: ShortText | None = None
    upscale: StrictBool | None = None
    upscale_model: UpscaleModel | None = None
    shadow: ShadowWish | None = None
    gate: GateChoice | None = None


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
    store: StateStore,
    tenant_id: str,
    options: JobOptions,
    profile_id: str | None = None,
    *,
    prompt_engine: bool,
) -> Recipe:
    """The recipe of a new job, by one point read of its profile.

    The profile is `profile_id`, or the one that the options name, or the tenant's `default` if
    there is one. Raises `ProfileMissing`, or as `resolve` does.
    """
    named = profile_id or options.profile
    if named is not None:
        profile = get_profile(store, tenant_id, named).profile
        return resolve(options, profile, prompt_engine=prompt_engine)
    found = find_profile(store, tenant_id, DEFAULT_PROFILE)
    return resolve(options, found.profile if found else None, prompt_engine=prompt_engine)


def resolve(
    options: JobOptions, profile: Profile | None = None, *, prompt_engine: bool = False
) -> Recipe:
    """The recipe of options over a profile over the defaults; `prompt_engine` says whether
    scenes can be made from prompts.

    Raises `RecipeInvalid` for a name that the profile has and that is gone by now, and
    `EngineUnavailable` for a scene that no deployed engine makes; both name the field.
    """
    brand = profile or _NO_BRAND
    where = f"profile {profile.id}: " if profile else ""
    by_type = {style.value: text for style, text in brand.scene_prompts.items()}
    words = Words(by_type, brand.prompt, brand.negative_prompt)
    asked = _scenes_asked(options, brand, where)
    return Recipe(
        scenes=resolve_scenes(asked, _look(options, brand), words, prompt_engine=prompt_engine),
        exports=_exports(options, brand, where),
        placement=Placement(
            padding=Padding.parse((options.padding or brand.padding).dump()),
            alignment=Alignment.parse((options.alignment or brand.alignment).dump()),
            stance=options.stance or brand.stance or "standing",
            floor=options.floor or brand.floor,
        ),
        upscale=brand.flags.upscale if options.upscale is None else options.upscale,
        upscale_model=options.upscale_model,
        gate=options.gate or brand.gate or Gate(),
        product_category=options.product_category or brand.product_category,
        profile_id=profile.id if profile else None,
    )


def _look(options: JobOptions, brand: _Brand) -> Look:
    palette = brand.palette if options.palette is None else options.palette
    shadow = brand.flags.shadow if options.shadow is None else options.shadow
    return Look(
        background=options.background or next(iter(palette), None),
        palette=palette,
        lighting=options.lighting or brand.lighting,
        shadow=shadow,
        seed=options.seed,
    )


def _scenes_asked(options: JobOptions, brand: _Brand, where: str) -> list[Asked]:
    """What the job asks for, else its profile, else the defaults; each with its field."""
    for prefix, asked in (("", options), (where, brand)):
        if asked.scenes:
            return [(f"{prefix}scenes.{index}", each) for index, each in enumerate(asked.scenes)]
        if asked.placement_style:
            style = asked.placement_style
            return [(f"{prefix}placement_style {style}", style.value)]
    return [("scenes", name) for name in defaults().scenes]


def _exports(options: JobOptions, brand: _Brand, where: str) -> tuple[ExportPreset, ...]:
    names = dict.fromkeys(options.exports or brand.exports or defaults().exports)
    for name in names:
        if name not in presets():
            known = ", ".join(presets())
            raise RecipeInvalid(f"{where}exports: no preset {name[:40]!r}; there are {known}")
    return tuple(presets()[name] for name in names)
