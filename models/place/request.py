"""What a `place` request asks for, read from its params; every refusal names the parameter."""

from dataclasses import dataclass

from imaging.layout import MAX_CANVAS_PIXELS, Box
from imaging.lighting import LIGHTINGS
from imaging.surfaces.ramp import RGB
from models.errors import invalid
from models.params import Params, box_within, choice, colour, flag, integers, number, only
from models.place.backdrop import Canvas, Look
from models.place.diffusion.request import PARAM_NAMES as PROMPT_NAMES
from models.place.scenes import load_scene, scene_names
from models.place.shading import ShadowChoice

_MAX_SEED = 2**31 - 1
_MAX_PALETTE = 8
_MAX_NAME = 100
_PROMPT_LIGHTING = "overhead"
"""Nobody knows where painted light comes from; from above, the shadow is short all around."""
_NAMES = frozenset(
    {"scene", "canvas", "source_box", "product_box", "background", "palette"}
    | {"lighting", "shadow", "stance", "seed"}
)


@dataclass(frozen=True)
class PlaceRequest:
    """`source`: the part of the cut-out to use; `canvas.product`: where it lands.

    `prompted`: a scene by prompt, whose other params the diffusion engine reads; its `scene` is a
    free name.
    """

    scene: str
    prompted: bool
    source: Box
    canvas: Canvas
    look: Look
    shadow: ShadowChoice


def read_place_request(params: Params, cutout_width: int, cutout_height: int) -> PlaceRequest:
    """Check a request for a cut-out of that size. Raises EndpointError 400."""
    prompted = "prompt" in params
    only(params, _NAMES | PROMPT_NAMES if prompted else _NAMES)
    scene = _free_name(params) if prompted else choice(params, "scene", scene_names())
    width, height = _canvas(params)
    source = Box(0, 0, cutout_width, cutout_height)
    if "source_box" in params:
        source = box_within(params, "source_box", cutout_width, cutout_height)
    target = box_within(params, "product_box", width, height)
    stance = _one_of(params, "stance", ("standing", "flat"), "standing")
    own = _PROMPT_LIGHTING if prompted else load_scene(scene).lighting
    look = Look(
        colour(params, "background", "") if "background" in params else None,
        _palette(params),
        _one_of(params, "lighting", tuple(LIGHTINGS), own),
        _seed(params),
    )
    canvas = Canvas(width, height, target, stance)
    return PlaceRequest(scene, prompted, source, canvas, look, _shadow(params))


def _free_name(params: Params) -> str:
    name = params.get("scene")
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME:
        raise invalid("params.scene", f"must be a name of 1 to {_MAX_NAME} characters")
    return name


def _canvas(params: Params) -> tuple[int, int]:
    width, height = integers(params, "canvas", 2)
    if min(width, height) < 16 or width * height > MAX_CANVAS_PIXELS:
        raise invalid(
            "params.canvas", "must be 16 pixels a side or more, and 24 megapixels at most"
        )
    return width, height


def _one_of(params: Params, name: str, options: tuple[str, ...], default: str) -> str:
    return str(choice({name: default, **params}, name, options))


def _palette(params: Params) -> tuple[RGB, ...]:
    given = params.get("palette", [])
    if not isinstance(given, list) or len(given) > _MAX_PALETTE:
        raise invalid("params.palette", f"must be a list of at most {_MAX_PALETTE} colours")
    named = {f"palette[{index}]": each for index, each in enumerate(given)}
    return tuple(colour(named, name, "") for name in named)


def _seed(params: Params) -> int:
    seed = params.get("seed", 0)
    if type(seed) is not int or not 0 <= seed <= _MAX_SEED:
        raise invalid("params.seed", f"must be a whole number from 0 to {_MAX_SEED}")
    return seed


def _shadow(params: Params) -> ShadowChoice:
    given = params.get("shadow")
    if isinstance(given, dict):
        parts = {f"shadow.{name}": value for name, value in given.items()}
        only(parts, {"shadow.direction", "shadow.softness", "shadow.strength"})
        found = {
            name: number(parts, f"shadow.{name}", 0, 0, highest)
            for name, highest in (("direction", 360), ("softness", 1), ("strength", 1))
            if name in given
        }
        return ShadowChoice(on=True, **found)
    if "shadow" in params and not isinstance(given, bool):
        raise invalid(
            "params.shadow", "must be true, false, or an object of direction, softness and strength"
        )
    return ShadowChoice(on=flag(params, "shadow", True) if "shadow" in params else None)
