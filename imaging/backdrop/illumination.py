"""Light on floor and wall: the key light's fall-off, a pool, a glow, dark corners."""

import numpy as np

from imaging.backdrop.stage import Stage
from imaging.lighting import Lighting
from imaging.pixels import Floats

_DISTANCE = 5.0
_WALL_GAP = 0.6
_TINT = 0.38


def key_light(stage: Stage, lighting: Lighting, falloff: float, bend: float = 0.0) -> Floats:
    """Light of the key on the stage, linear, float32, height x width x 3, 1 at the product.

    A small lamp, `_DISTANCE` product sizes away, after Lambert's cosine and inverse-square laws on
    the floor; on the wall, which faces the eye, by the inverse square alone. `falloff` 0..1 is the
    lamp's share, the rest is even light of the room. Its tint shows in part: a camera's white
    balance takes the rest. `bend`: over how many product sizes the floor turns into the wall.
    """
    around, above = np.deg2rad(lighting.azimuth), np.deg2rad(max(lighting.elevation, 30.0))
    toward = [np.cos(around) * np.cos(above), np.sin(above), np.sin(around) * np.cos(above)]
    lamp = np.asarray(_DISTANCE * np.array(toward), np.float32)
    columns, rows = stage.grid()
    held = np.maximum(rows, stage.horizon)
    across = (columns - stage.centre) / (stage.unit * (1.0 if stage.flat else stage.scale(held)))
    received = _nearness(lamp, across, 0.0, stage.floor_z(held)) ** 1.5
    if not stage.flat:
        up = np.maximum(stage.horizon - rows, 0) / stage.unit
        behind = stage.reach + (0 if bend else _WALL_GAP)
        wall = _nearness(lamp, across, up, behind)
        part = ease((rows - stage.horizon) / max(bend * stage.unit, 1e-3) + 0.5)
        received = wall + (received - wall) * part
    light = 1 + np.float32(falloff) * (np.minimum(received, 1.45) - 1)
    tint = 1 - _TINT * (1 - np.array(lighting.tint, np.float32))
    return np.asarray(light[:, :, None] * tint, np.float32)


def _nearness(lamp: Floats, x: Floats, y: "Floats | float", z: "Floats | float") -> Floats:
    """The inverse square of the distance to the lamp, 1 at the origin."""
    square = (x - lamp[0]) ** 2 + ((y - lamp[1]) ** 2 + (z - lamp[2]) ** 2)
    return np.asarray(_DISTANCE**2 / np.maximum(square, 0.3), np.float32)


def sweep(stage: Stage) -> Floats:
    """How a paper sweep darkens up the wall and brightens towards the eye; height x 1, 0..1."""
    _, rows = stage.grid()
    if stage.flat:
        return np.full(rows.shape, 0.96, np.float32)
    wall = 0.80 + 0.12 * ease(rows / max(stage.horizon, 1.0))
    floor = 0.06 * ease((rows - stage.horizon + 0.3 * stage.unit) / (0.8 * stage.unit))
    return np.asarray(wall + floor, np.float32)


def pool(stage: Stage, radius: float) -> Floats:
    """A round pool of light about the product, 1 within and 0 far off, height x width."""
    columns, rows = stage.grid()
    middle = stage.base - (0.0 if stage.flat else 0.10 * stage.unit)
    down = (rows - middle) / stage.unit
    if not stage.flat:
        down = np.where(down > 0, 2.2 * down, 0.74 * down)
    away = np.sqrt(((columns - stage.centre) / stage.unit) ** 2 + down**2) / radius
    return np.asarray(1 / (1 + away**5), np.float32)


def glow(stage: Stage) -> Floats:
    """Light on the wall behind the product, 0 to 1, height x width; none where there is no wall."""
    columns, rows = stage.grid()
    if stage.flat:
        return np.zeros((stage.height, stage.width), np.float32)
    away = ((columns - stage.centre) / stage.unit) ** 2
    away = away + ((rows - stage.base + 0.55 * stage.unit) / stage.unit) ** 2
    return np.asarray(np.exp(-away / 0.9), np.float32)


def vignette(stage: Stage, amount: float) -> Floats:
    """The fall-off of a lens, 1 in the middle and 1 - amount in the corners; height x width."""
    columns, rows = stage.grid()
    radius = (2 * columns - stage.width) ** 2 + (2 * rows - stage.height) ** 2
    part = radius / (stage.width**2 + stage.height**2)
    return np.asarray(1 - amount * part**1.25, np.float32)


def ease(value: "Floats") -> Floats:
    """The smoothstep polynomial, 0 below 0 and 1 above 1."""
    held = np.clip(value, 0, 1)
    return np.asarray(held * held * (3 - 2 * held), np.float32)
