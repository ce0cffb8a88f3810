"""The six lightings of a scene, as data: where the key light stands and what it is like."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Lighting:
    """One key light.

    `azimuth`: where the light comes from, in degrees, 0 to 360, seen from above: 0 right, 90 from
    behind the product, 180 left, 270 from the camera. `elevation`: degrees above the floor, 0 to
    90. `softness`: 0 a bare bulb, 1 a large soft box. `strength`: the share of light, 0 to 1, that
    the darkest shadow loses; what is left is the light of the room. `tint`: linear RGB of the
    light, its largest part 1.
    """

    name: str
    azimuth: float
    elevation: float
    softness: float
    strength: float
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)


_ALL = (
    Lighting("eye-level", 248, 40, 0.75, 0.50),
    Lighting("low-angle", 212, 20, 0.45, 0.52),
    Lighting("overhead", 90, 76, 0.65, 0.58),
    Lighting("side-lit", 166, 32, 0.35, 0.60),
    Lighting("backlit", 100, 38, 0.40, 0.60, (1.0, 0.98, 0.94)),
    Lighting("golden", 142, 25, 0.30, 0.58, (1.0, 0.80, 0.54)),
)

LIGHTINGS: Mapping[str, Lighting] = MappingProxyType({light.name: light for light in _ALL})
"""By name: eye-level, low-angle, overhead, side-lit, backlit, golden."""
