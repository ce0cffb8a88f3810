"""The studio scenes, read from models/scenes/*.toml: what each is made of, in numbers."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from imaging.surfaces.ramp import RGB
from models.place.scene_file import parse_toml, record

FOLDER = Path(__file__).resolve().parent.parent / "scenes"


@dataclass(frozen=True)
class Floor:
    """What the product stands on.

    `surface`: paper (one colour), plaster, marble, wood, concrete or linen. `colours`: paper has
    one, a surface the stops of its ramp from its darkest tone to its lightest. `scale`: size of
    the surface's pattern, 1 as for a product as large as a mug. `depth`: how far above the base
    the floor ends, in product sizes (the root of the area of the product's box). `gloss` 0..1: how
    much it mirrors; `roughness` 0..1: how blurred the mirror image is.
    """

    surface: str
    colours: tuple[RGB, ...]
    depth: float = 0.3
    scale: float = 1.0
    gloss: float = 0.0
    roughness: float = 0.5


@dataclass(frozen=True)
class Wall:
    """What stands behind: its colours at the floor and at the top, and its surface, as a floor's.

    A surface other than paper varies the colours by up to `contrast` of them.
    """

    colours: tuple[RGB, ...]
    surface: str = "paper"
    contrast: float = 0.0


@dataclass(frozen=True)
class Shadow:
    """Whether the scene has a shadow unless told otherwise, and what kind; 0..1 each."""

    on: bool = True
    strength: float = 0.6
    softness: float = 0.6


@dataclass(frozen=True)
class Light:
    """How light falls on the scene, 0..1 each.

    `falloff`: how much of the key light's fall-off shows. `vignette`: darkening at the corners.
    `spot`: how dark it is outside a pool of light around the product. `glow`: light on the wall
    behind the product. `window`: how dark the shade of window bars and leaves is.
    """

    falloff: float = 0.35
    vignette: float = 0.1
    spot: float = 0.0
    glow: float = 0.0
    window: float = 0.0


@dataclass(frozen=True)
class SceneSpec:
    """One scene.

    `join`: how the floor meets the wall: "sweep" bends, "edge" ends, "none" has neither (pure
    white). `wrap`: how far the scene's light reaches over soft edges of the product, 0..1. `floor`
    and `wall` are absent in a scene that is light alone; `podium`: colour of a pedestal.
    `background`: whether a paper colour is taken; `palette`: how many brand colours are.
    """

    name: str
    description: str
    join: str
    lighting: str = "eye-level"
    wrap: float = 0.3
    background: bool = False
    palette: int = 0
    floor: Floor | None = None
    wall: Wall | None = None
    podium: RGB | None = None
    shadow: Shadow = Shadow()
    light: Light = Light()

    @property
    def gloss(self) -> float:
        """Mirror strength of the floor, 0..1."""
        return self.floor.gloss if self.floor else 0.0

    @property
    def roughness(self) -> float:
        """Blur of the floor's mirror image, 0..1."""
        return self.floor.roughness if self.floor else 1.0


@cache
def scene_names() -> tuple[str, ...]:
    """Names of all scenes, in order of the alphabet."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def load_scene(name: str) -> SceneSpec:
    """The scene of that name. Raises ValueError if there is none, or if its file is wrong."""
    if name not in scene_names():
        raise ValueError(f"there is no scene {name!r}, only {', '.join(scene_names())}")
    return parse_scene(name, (FOLDER / f"{name}.toml").read_text("utf-8"))


def parse_scene(name: str, text: str) -> SceneSpec:
    """Read a scene file. Raises ValueError that names every wrong field at once."""
    problems: list[str] = []
    table = parse_toml(name, text)
    if "name" in table:
        problems.append("name: is not a field, the file's name is the scene's")
    spec = record(SceneSpec, {**table, "name": name}, problems)
    if spec and (spec.join == "none") != (spec.floor is None or spec.wall is None):
        problems.append("join: must be none without floor and wall, and only then")
    if problems or spec is None:
        raise ValueError(f"scene {name}: " + "; ".join(problems))
    return spec
