"""Scenes that were asked for, resolved: each with its colours, its light and its words.

The words of a scene that is asked for by its type are, in this order: the photo's own prompt, the
brand's for the type, the brand's for all types, ours for the type. The photo's own comes last into
the recipe, when the photo's work is started; see `Recipe.with_prompt`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from opal.errors import EngineUnavailable, RecipeInvalid
from opal.presets import Prompt, prompts, studio_scenes, styles
from opal.recipe import Lighting, Scene, Shadow

Asked = tuple[str, str | Prompt]
"""The field that asks for a scene, to be named in errors; and the scene, a name or a prompt."""


@dataclass(frozen=True)
class Look:
    """What all scenes of a job have in common; None leaves each scene's own."""

    background: str | None = None
    palette: tuple[str, ...] = ()
    lighting: Lighting | None = None
    shadow: bool | Shadow | None = None
    seed: int = 0


@dataclass(frozen=True)
class Words:
    """A brand's words: for types of scene, for all others, and for what no scene may hold."""

    by_type: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    negative: str | None = None


def resolve_scenes(
    asked: Sequence[Asked], look: Look, words: Words, *, prompt_engine: bool
) -> tuple[Scene, ...]:
    """The scenes, each once. Raises `RecipeInvalid` for a name that is gone by now or is taken
    twice, and `EngineUnavailable` for a prompt where no engine takes one; both name the field."""
    found: dict[str, Scene] = {}
    for where, scene in asked:
        for made in _made(where, scene, look, words, prompt_engine):
            if found.setdefault(made.name, made) != made:
                raise RecipeInvalid(f"{where}: another scene is named {made.name!r}")
    return tuple(found.values())


def _made(
    where: str, asked: str | Prompt, look: Look, words: Words, prompt_engine: bool
) -> Iterator[Scene]:
    """One scene, or all that a type stands for."""
    if isinstance(asked, Prompt):
        yield _from_prompt(where, asked, look, words, prompt_engine)
    elif asked in studio_scenes():
        yield _studio_scene(asked, look)
    elif asked in styles():
        for each in styles()[asked]:
            if isinstance(each, Prompt):
                text = words.by_type.get(asked) or words.default or each.prompt
                each = each.model_copy(update={"name": asked, "prompt": text})
            yield from _made(where, each, look, words, prompt_engine)
    else:
        raise RecipeInvalid(f"{where}: no scene {asked[:40]!r}; there are {_there_are()}")


def _studio_scene(name: str, look: Look) -> Scene:
    scene = studio_scenes()[name]
    lit = scene.floor or bool(look.shadow)  # pure white alone shows no light
    return Scene(
        name=name,
        background=look.background if scene.paper else None,
        palette=look.palette if scene.palette else (),
        lighting=look.lighting if lit else None,
        shadow=look.shadow,
        floor=scene.floor,
        seed=look.seed if scene.floor else 0,
    )


def _from_prompt(where: str, asked: Prompt, look: Look, words: Words, prompt_engine: bool) -> Scene:
    if not prompt_engine:
        raise no_prompt_engine(where)
    return Scene(
        name=asked.scene_name,
        lighting=look.lighting,
        shadow=look.shadow,
        seed=look.seed,
        prompt=asked.prompt,
        negative_prompt=asked.negative_prompt or words.negative or prompts().negative,
    )


def no_prompt_engine(where: str) -> EngineUnavailable:
    """The refusal of a prompt, and the scenes that there are without one."""
    return EngineUnavailable(
        f"{where}: the engine that makes scenes from prompts is not deployed;"
        f" there are the scenes {_there_are()}"
    )


def _there_are() -> str:
    return ", ".join(studio_scenes())
