"""What a prompt scene is asked for, and how params say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from imaging.pixels import Pixels
from models.engine import Model
from models.errors import invalid
from models.params import Params, number

PARAM_NAMES = frozenset({"prompt", "negative_prompt", "steps", "guidance", "seed"})
"""The params that `read_request` reads."""

MOST_CHARACTERS = 500
MOST_STEPS = 100
GUIDANCE = (1.0, 20.0)
_MOST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Scene:
    """One scene: what it shows, what it must not show, and the seed of its noise."""

    prompt: str
    negative_prompt: str = ""
    seed: int = 0


@dataclass(frozen=True)
class DiffusionRequest:
    """Scenes that are made together, in one batch.

    `steps`, 1 to 100, and `guidance`, 1 to 20 (1: none, which halves the work), hold for all of
    them; None means what the endpoint's settings or the model's scheduler say.
    """

    scenes: tuple[Scene, ...]
    steps: int | None = None
    guidance: float | None = None


@dataclass(frozen=True)
class DiffusionScenes:
    """What was made: a picture for each scene asked for, uint8 RGB, all of the canvas' size.

    `quality` holds numbers and short lists for the answer: `steps`, `guidance`, `frame` (the size
    in pixels at which the model worked) and, where a prompt was cut, `tokens_cut`.
    """

    pictures: list[Pixels]
    model: Model
    quality: Mapping[str, object] = field(default_factory=dict)


def read_request(params: Params) -> DiffusionRequest:
    """The request that a task's params make: one scene.

    `prompt` 1 to 500 characters, `negative_prompt` at most 500 (default: none), `steps` 1 to 100,
    `guidance` 1 to 20, `seed` 0 to 2^31 - 1 (default 0). Raises EndpointError 400 that names the
    parameter at fault. Other parameters are the caller's to check.
    """
    prompt = _text(params, "prompt")
    if not prompt:
        raise invalid("params.prompt", "must say what the scene shows")
    scene = Scene(prompt, _text(params, "negative_prompt"), _whole(params, "seed", 0, _MOST_SEED))
    steps = _whole(params, "steps", 1, MOST_STEPS) if "steps" in params else None
    guidance = number(params, "guidance", 0.0, *GUIDANCE) if "guidance" in params else None
    return DiffusionRequest((scene,), steps, guidance)


def _text(params: Params, name: str) -> str:
    value = params.get(name, "")
    if not isinstance(value, str) or len(value) > MOST_CHARACTERS:
        raise invalid(f"params.{name}", f"must be a text of at most {MOST_CHARACTERS} characters")
    return value.strip()


def _whole(params: Params, name: str, lowest: int, highest: int) -> int:
    value = params.get(name, lowest)
    if type(value) is not int or not lowest <= value <= highest:
        raise invalid(f"params.{name}", f"must be a whole number from {lowest} to {highest}")
    return value
