"""Whole pictures to learn from: leaves of every size that hide each other, textured and lit.

The dead leaves model (Lee, Mumford, Huang: Occlusion models for natural images, IJCV 2001) has
the edges and the scale invariance of photographs: shapes whose radius r has a density of
1 / r**3, each laid over the ones before. Shapes, textures and colours here are richer than its
discs, because nets that learn from plain discs blur fine texture.
"""

import cv2
import numpy as np

from imaging.pixels import Floats, Pixels
from models.training.upscale.leaves import LARGEST, cut, lay_leaf, muted_colour, paint
from models.training.upscale.textures import TEXTURES, Random, print_marks, spectrum_noise

SIDE = 512
_OVERSAMPLING = 2
_BANK = 52


def texture_bank(seed: int, side: int = SIDE * _OVERSAMPLING) -> list[Pixels]:
    """Planes of texture, uint8, side x side; every kind is there."""
    bank = []
    for index in range(_BANK):
        random = np.random.default_rng([seed, 1, index])
        plane = TEXTURES[index % len(TEXTURES)](random, side)
        bank.append(np.asarray(np.rint(plane * 255), np.uint8))
    return bank


def picture(seed: int, index: int, bank: list[Pixels]) -> Pixels:
    """Picture `index` of a seed: uint8, 512 x 512 x 3, drawn at twice that and averaged down."""
    random = np.random.default_rng([seed, 2, index])
    side = SIDE * _OVERSAMPLING
    canvas = paint(random, (side, side), bank)
    smallest = float(np.exp(random.uniform(np.log(5), np.log(70))))
    for _ in range(_leaf_count(random, smallest)):
        lay_leaf(random, canvas, bank, smallest)
    if random.random() < 0.25:
        _marks(random, canvas)
    if random.random() < 0.3:  # one thing in front, sharp, before something out of focus
        canvas = _defocus(random, canvas)
        for _ in range(int(random.integers(1, 40))):
            lay_leaf(random, canvas, bank, smallest)
    lit = _light(random, canvas)
    _relief(random, lit, bank)
    if random.random() < 0.4:
        _highlights(random, lit)
    sigma = float(random.choice((0, 0, 0.6, 0.9, 1.3)))
    if sigma:
        lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), sigma))
    small = cv2.resize(lit, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(np.clip(small, 0, 255)), np.uint8)


def _leaf_count(random: Random, smallest: float) -> int:
    """As many as cover the canvas half to five times, at most 2500."""
    cover = float(np.exp(random.uniform(np.log(0.5), np.log(5))))
    area = 1.2 * np.pi * smallest**2 * np.log(LARGEST / smallest)
    return int(min(2500, 4 + cover * (SIDE * _OVERSAMPLING) ** 2 / area))


def _marks(random: Random, canvas: Pixels) -> None:
    """Print over a part of the canvas, in one colour."""
    side = int(random.integers(200, canvas.shape[0]))
    top, left = (int(each) for each in random.integers(0, canvas.shape[0] - side + 1, 2))
    ink = (1 - print_marks(random, side))[:, :, None]
    spot = canvas[top : top + side, left : left + side]
    spot[:] = np.clip(spot * (1 - ink) + muted_colour(random) * ink, 0, 255)


def _defocus(random: Random, canvas: Pixels) -> Pixels:
    sigma = float(np.exp(random.uniform(np.log(1.5), np.log(20))))
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), sigma), np.uint8)


def _light(random: Random, canvas: Pixels) -> Floats:
    """Uneven light, a shadow's edge, a tone curve."""
    side = canvas.shape[0]
    lit = canvas.astype(np.float32)
    if random.random() < 0.6:
        small = spectrum_noise(random, 64, 2.0) * float(random.uniform(0, 0.8))
        lit *= 1.1 - np.asarray(cv2.resize(small, (side, side)))[:, :, None]
    gamma = float(np.exp(random.normal(-0.1, 0.25)))
    return np.asarray(255 * np.clip(lit / 255, 0, 1) ** gamma, np.float32)


def _relief(random: Random, lit: Floats, bank: list[Pixels]) -> None:
    """Faint fine texture and grain over all things, for no surface is smooth; stronger in places.

    Without it a net takes the texture of skin, cloth or a wall for noise and wipes it away.
    """
    side = lit.shape[0]
    for _ in range(int(random.integers(1, 4))):
        strength = float(np.exp(random.uniform(np.log(0.03), np.log(0.5))))
        plane = cut(random, bank[int(random.integers(len(bank)))], (side, side)) - 0.5
        lit *= (1 + strength * plane * _places(random, side))[:, :, None]
    strength = float(np.exp(random.uniform(np.log(1.5), np.log(30))))
    grain = spectrum_noise(random, side, float(random.uniform(0.2, 1.4))) - 0.5
    lit += (strength * grain * _places(random, side))[:, :, None]


def _places(random: Random, side: int) -> Floats:
    """A smooth plane of 0 to 1 that says where something is, and how much."""
    small = spectrum_noise(random, 64, float(random.uniform(1, 2)))
    small = small - float(random.uniform(-0.2, 0.5))
    plane = cv2.resize(np.clip(2 * small, 0, 1), (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(plane, np.float32)


def _highlights(random: Random, lit: Floats) -> None:
    """Small white reflections, some long, some with a glow."""
    side = lit.shape[0]
    for _ in range(int(random.integers(1, 30))):
        size = np.exp(random.uniform(np.log(2), np.log(40), 2)).astype(int)
        place = tuple(int(each) for each in random.integers(0, side, 2))
        turn = float(random.uniform(0, 180))
        tone = tuple(float(each) for each in random.uniform(225, 255) + random.normal(0, 4, 3))
        cv2.ellipse(lit, place, (int(size[0]), int(size[1])), turn, 0, 360, tone, -1)
