"""Sun through a window: panes, bars and the leaves of a branch, as a soft pattern of light."""

import cv2
import numpy as np

from imaging.backdrop.stage import Stage
from imaging.pixels import Floats
from imaging.surfaces.noise import stream

_SIDE = 640
_SPAN = 5.0  # product sizes that the pattern's square is wide
_PANE = (0.86, 0.92)
_BAR = 0.085
_SLANT = 0.42
_PER_DEPTH = (0.40, 0.70)  # how far right and down the beam moves per length towards the eye


def window_light(stage: Stage, seed: int) -> Floats:
    """Share of sun that arrives, float32, 0 to 1, height x width.

    The pattern lies on the wall, slanted as a beam from high on the left; on the floor it goes on
    where the same beam meets it: nearer the eye it is what the wall would have caught lower down.
    """
    columns, rows = stage.grid()
    if stage.flat:
        across = (columns - stage.centre) / stage.unit + 0 * rows
        up = (stage.base - rows) / stage.unit + 0 * columns
    else:
        held = np.maximum(rows, stage.horizon)
        across = (columns - stage.centre) / (stage.unit * stage.scale(held))
        nearer = stage.reach - stage.floor_z(held)
        up = np.maximum(stage.horizon - rows, 0) / stage.unit
        up = up - _PER_DEPTH[1] * nearer + 0 * columns
        across = across - _PER_DEPTH[0] * nearer
    half, per = _SIDE / 2, _SIDE / _SPAN
    at_x = np.asarray(half + per * (across + _SLANT * up), np.float32)
    at_y = np.asarray(half - per * (up - 0.45), np.float32)
    pattern = _pattern(seed)
    return np.asarray(
        cv2.remap(pattern, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


def _pattern(seed: int) -> Floats:
    """Panes times leaves, on a square of `_SPAN` product sizes."""
    luck = stream((seed, 40))
    panes = _blurred(_panes(luck.uniform(-0.15, 0.15)), 0.022)
    near = _blurred(_branch(luck, 15), 0.024)
    far = _blurred(_branch(luck, 11), 0.055)
    return np.asarray(panes * (1 - 0.85 * near) * (1 - 0.6 * far), np.float32)


def _panes(shift: float) -> Floats:
    """Three columns of four panes of light in a dark wall."""
    plane = np.zeros((_SIDE, _SIDE), np.float32)
    for column in (-2, -1, 0):
        for row in (-2, -1, 0, 1):
            left = (column + 0.25) * (_PANE[0] + _BAR) + shift
            top = row * (_PANE[1] + _BAR)
            box = _place(left, top), _place(left + _PANE[0], top + _PANE[1])
            cv2.rectangle(plane, *box, 1.0, -1, cv2.LINE_8, 4)
    return plane


def _branch(luck: np.random.Generator, leaves: int) -> Floats:
    """A branch that hangs into the light from above, on the right or the left."""
    plane = np.zeros((_SIDE, _SIDE), np.float32)
    side = luck.choice((-1, 1))
    start = np.array([side * luck.uniform(0.35, 0.95), -1.3])
    toward = np.array([-0.45 * side, 1.0]) * luck.uniform(1.0, 1.5)
    sag = np.array([0.35 * side, 0.0])
    stem = [start + toward * t + sag * t * t for t in np.linspace(0, 1, 40)]
    points = np.array([_place(*point) for point in stem], np.int32)
    cv2.polylines(plane, [points], False, 1.0, 3, cv2.LINE_8, 4)
    for number in range(leaves):
        place = (number + 0.7) / leaves
        root = start + toward * place + sag * place * place
        turn = 65 if number % 2 else -65
        angle = np.degrees(np.arctan2(*toward[::-1])) + turn * luck.uniform(0.6, 1.1)
        _leaf(
            plane, root, np.radians(angle), 0.34 * luck.uniform(0.75, 1.15) * (1.15 - 0.5 * place)
        )
    return plane


def _leaf(
    plane: Floats, root: "np.typing.NDArray[np.float64]", angle: float, length: float
) -> None:
    """One pointed leaf."""
    along = np.linspace(0, 1, 16)
    half = 0.16 * np.sin(np.pi * along**0.8) * (1 - 0.25 * along)
    outline = np.concatenate([np.stack([along, half], 1), np.stack([along, -half], 1)[::-1]])
    outline[:, 1] += 0.12 * outline[:, 0] ** 2
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    places = [_place(*point) for point in root + length * outline @ turn]
    cv2.fillPoly(plane, [np.array(places, np.int32)], 1.0, cv2.LINE_8, 4)


def _place(x: float, y: float) -> tuple[int, int]:
    """A place of the pattern in sixteenths of a sample."""
    per = _SIDE / _SPAN
    return round(16 * (_SIDE / 2 + per * x)), round(16 * (_SIDE / 2 + per * y))


def _blurred(plane: Floats, radius: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), radius * _SIDE / _SPAN), np.float32)
