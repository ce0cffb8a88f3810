"""Planes of texture, float32, side x side, 0 to 1, drawn from a generator's numbers alone."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats

Random = np.random.Generator


def spectrum_noise(random: Random, side: int, slope: float | None = None) -> Floats:
    """Noise whose amplitude falls as 1 / f**slope, now and then stretched along one axis."""
    slope = float(random.uniform(0.6, 2.2)) if slope is None else slope
    stretch = float(np.exp(random.normal(0, 1.0))) if random.random() < 0.4 else 1.0
    down = np.fft.fftfreq(side)[:, None] * stretch
    across = np.fft.rfftfreq(side)[None] / stretch
    frequency = np.hypot(down, across)
    frequency[0, 0] = 1
    waves = np.fft.rfft2(random.standard_normal((side, side))) / frequency**slope
    waves[0, 0] = 0
    return _unit(np.fft.irfft2(waves, (side, side)))


def stripes(random: Random, side: int) -> Floats:
    """Bent stripes: wood grain when they are bent much, print when they are hard."""
    x, _ = _grid(random, side)
    bend = spectrum_noise(random, side, 2.0) * float(random.uniform(0, 1) ** 2 * 60)
    wave = np.sin((x + bend) * float(2 * np.pi / np.exp(random.uniform(np.log(4), np.log(80)))))
    return _unit(np.tanh(wave * float(np.exp(random.uniform(-1, 3)))))


def weave(random: Random, side: int) -> Floats:
    """Threads that pass over and under each other."""
    x, y = _grid(random, side)
    pitch = float(np.exp(random.uniform(np.log(5), np.log(40))))
    over = int(random.integers(1, 4))
    column, row = np.floor(x / pitch), np.floor(y / pitch)
    upper = ((column + row * over) % (over + 1)) < 1
    thread_x = np.sin(np.pi * (x / pitch - column)) * (0.7 + 0.3 * np.sin(np.pi * y / pitch))
    thread_y = np.sin(np.pi * (y / pitch - row)) * (0.7 + 0.3 * np.cos(np.pi * x / pitch))
    fibre = 0.25 * spectrum_noise(random, side, 0.8)
    return _unit(np.where(upper, thread_x, 0.85 * thread_y) + fibre)


def knit(random: Random, side: int) -> Floats:
    """Columns of slanted loops."""
    x, y = _grid(random, side)
    pitch = float(np.exp(random.uniform(np.log(8), np.log(48))))
    across = x / pitch
    slant = np.abs(across - np.floor(across) - 0.5) * float(random.uniform(0.8, 2.0))
    loops = np.abs(np.sin(np.pi * (y / pitch + slant)))
    ribs = np.abs(np.sin(np.pi * across)) ** 0.5
    return _unit(loops * ribs + 0.2 * spectrum_noise(random, side, 0.8))


def cells(random: Random, side: int) -> Floats:
    """Distance to the nearest of many points: leather, pebbles, cracks."""
    points = np.full((side, side), 255, np.uint8)
    count = int(np.exp(random.uniform(np.log(60), np.log(4000))))
    points[random.integers(0, side, count), random.integers(0, side, count)] = 0
    distance = np.asarray(cv2.distanceTransform(points, cv2.DIST_L2, 5), np.float32)
    mixed = _unit(distance) ** float(np.exp(random.normal(0, 0.5)))
    return _unit(mixed + float(random.uniform(0, 0.3)) * spectrum_noise(random, side, 1.0))


def strokes(random: Random, side: int) -> Floats:
    """Thousands of short lines along a slowly turning direction: fur, grass, brushed metal."""
    plane = np.full((side, side), float(random.uniform(0, 1)), np.float32)
    turn = spectrum_noise(random, side, 2.0) * float(random.uniform(0, 4))
    first = float(random.uniform(0, 2 * np.pi))
    length = float(np.exp(random.uniform(np.log(6), np.log(60))))
    count = int(min(6000, 3 * side * side / (length * 4)))
    for _ in range(count):
        x, y = (int(each) for each in random.integers(0, side, 2))
        angle = first + float(turn[y, x]) + float(random.normal(0, 0.15))
        reach = length * float(random.uniform(0.4, 1.4))
        end = (int(x + reach * np.cos(angle)), int(y + reach * np.sin(angle)))
        width = int(random.integers(1, 4))
        cv2.line(plane, (x, y), end, float(random.uniform(0, 1)), width)
    return plane


def print_marks(random: Random, side: int) -> Floats:
    """Lines of letters on paper, of one size or mixed."""
    plane = np.full((side, side), float(random.uniform(0.7, 1)), np.float32)
    size = float(np.exp(random.uniform(np.log(0.45), np.log(3))))
    font = int(random.integers(0, 8))
    y = 0
    while y < side + 20:
        scale = size * float(random.choice((1, 1, 1, 1.6)))
        y += int(scale * random.uniform(26, 44))
        letters = "".join(chr(int(code)) for code in random.integers(33, 126, 60))
        words = letters.replace("#", " ").replace("%", " ").replace("5", " ")
        weight = max(1, int(scale * random.uniform(1, 3)))
        place = (int(random.integers(-40, 20)), y)
        cv2.putText(plane, words, place, font, scale, float(random.uniform(0, 0.3)), weight)
    return plane


def dots(random: Random, side: int) -> Floats:
    """A raster of dots or squares, or a chequer."""
    x, y = _grid(random, side)
    pitch = float(np.exp(random.uniform(np.log(6), np.log(64))))
    wave = np.sin(2 * np.pi * x / pitch) * np.sin(2 * np.pi * y / pitch)
    return _unit(np.tanh((wave - float(random.uniform(-0.5, 0.5))) * 8))


def sparkle(random: Random, side: int) -> Floats:
    """Few bright grains on a dark ground, or the reverse."""
    plane = np.zeros((side, side), np.float32)
    count = int(np.exp(random.uniform(np.log(30), np.log(3000))))
    for x, y in random.integers(0, side, (count, 2)):
        cv2.circle(plane, (int(x), int(y)), int(random.integers(0, 4)), float(random.random()), -1)
    return plane if random.random() < 0.6 else 1 - plane


TEXTURES: tuple[Callable[[Random, int], Floats], ...] = (
    *(spectrum_noise, spectrum_noise, spectrum_noise, stripes, weave, knit),
    *(cells, strokes, strokes, print_marks, print_marks, dots, sparkle),
)


def _grid(random: Random, side: int) -> tuple[Floats, Floats]:
    """Coordinates in pixels, turned by a random angle and slightly in perspective."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    angle = float(random.uniform(0, 2 * np.pi)) if random.random() < 0.7 else 0.0
    lean = 1 + float(random.normal(0, 0.3)) * (y / side - 0.5) * (random.random() < 0.4)
    across = (np.cos(angle) * x + np.sin(angle) * y) * lean
    return np.asarray(across, np.float32), np.asarray(np.cos(angle) * y - np.sin(angle) * x)


def _unit(values: npt.NDArray[Any]) -> Floats:
    lowest, highest = np.percentile(values[::4, ::4], [0.5, 99.5])
    span = max(float(highest - lowest), 1e-6)
    return np.asarray(np.clip((values - lowest) / span, 0, 1), np.float32)
