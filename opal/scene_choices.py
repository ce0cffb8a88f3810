"""How jobs and brand profiles choose scenes: by name, by type, or by a prompt.

As in `opal.choices`, whatever is refused is named together with what there is.
"""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from opal.documents.base import Document
from opal.documents.numbers import whole
from opal.presets import Prompt, studio_scenes, styles
from opal.recipe import CUTOUT_SCENE, Shadow
from opal.texts import LongText

_STRICT = ConfigDict(frozen=True, extra="forbid")


def scene_names() -> tuple[str, ...]:
    """The studio scenes, and the types of scene that are made from prompts."""
    return tuple(dict.fromkeys((*studio_scenes(), *styles())))


def _free_name(name: str) -> str:
    if name in (*scene_names(), CUTOUT_SCENE):
        raise PydanticCustomError("scene_invalid", "{name} is another scene", {"name": name})
    return name


PromptName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$"), AfterValidator(_free_name)
]
Seed = Annotated[int, Field(ge=0, lt=2**31, strict=True), BeforeValidator(whole)]


class PromptChoice(Document):
    """A scene to be made from words, 1 to 500 characters.

    Its outputs lie in a folder of its `name`, by default `prompt-` with a digest of the prompt.
    """

    model_config = _STRICT

    prompt: LongText
    negative_prompt: LongText | None = None
    name: PromptName | None = None


class ShadowChoice(Shadow):
    """A shadow's look; what is left out is the lighting's own."""

    model_config = _STRICT


def _known_name(name: str) -> str:
    if name not in scene_names():
        raise PydanticCustomError(
            "scene_unknown",
            "no scene {name}; there are {known}",
            {"name": repr(name[:40]), "known": ", ".join(scene_names())},
        )
    return name


def _known_scene(given: object, _: ValidatorFunctionWrapHandler) -> str | Prompt:
    """One verdict about what is a name or a prompt, where a union would give two."""
    if isinstance(given, str):
        return _known_name(given)
    try:
        choice = PromptChoice.model_validate(given)
        return Prompt(**choice.model_dump())
    except ValidationError as error:
        raise PydanticCustomError(
            "scene_invalid",
            'a scene is a name or {"prompt": "…"}: {problem}',
            {"problem": _first_problem(error)},
        ) from None


def _known_shadow(given: object, _: ValidatorFunctionWrapHandler) -> bool | Shadow:
    if isinstance(given, bool | Shadow):
        return given
    try:
        choice = ShadowChoice.model_validate(given)
    except ValidationError as error:
        raise PydanticCustomError(
            "shadow_invalid",
            'a shadow is true, false or {"direction", "softness", "strength"}: {problem}',
            {"problem": _first_problem(error)},
        ) from None
    return Shadow(**choice.model_dump(exclude_unset=True))


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    field = ".".join(str(part)[:40] for part in problem["loc"])
    return f"{field}: {problem['msg']}" if field else problem["msg"]


def _list_scenes(schema: dict[str, Any]) -> None:
    schema["enum"] = list(scene_names())


SceneName = Annotated[str, AfterValidator(_known_name), Field(json_schema_extra=_list_scenes)]
ShadowWish = Annotated[
    bool | Shadow, WrapValidator(_known_shadow, json_schema_input_type=StrictBool | ShadowChoice)
]
SceneChoice = Annotated[
    str | Prompt, WrapValidator(_known_scene, json_schema_input_type=SceneName | PromptChoice)
]
