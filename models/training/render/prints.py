"""Flat artwork for labels, cartons, cloth and wallpaper, drawn as arrays."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from .palette import Colour, Random, colour

Art = np.ndarray  # height x width x 3, float32, linear light, row 0 at the top
SIDE = 320
_WORDS = (
    *("SALE", "NEW", "COFFEE", "TEA", "ORGANIC", "500ml", "SPF50", "NATURE", "pure", "SOAP", "OIL"),
    *("Vita", "C+", "No.5", "ROAST", "ULTRA", "MAX", "eco", "BIO", "kids", "SPORT", "100%", "milk"),
    *("cocoa", "Linden", "Aster", "Mora", "Helio", "fresh", "daily", "wash", "studio", "atelier"),
    *("Nord", "made", "with", "care", "250", "g", "12", "x", "1.5", "original", "classic"),
)


def art(rng: Random) -> Art:
    """A random print."""
    maker = _MAKERS[rng.integers(len(_MAKERS))]
    sheet = maker(rng).astype(np.float32)
    if rng.random() < 0.55:
        _label(sheet, rng)
    return np.clip(sheet, 0, 1)


def noise(rng: Random, power: float, side: int = SIDE) -> np.ndarray:
    """Noise with a spectrum of 1/f**power, side x side, 0 to 1."""
    f = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    f[0, 0] = 1
    wave = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((side, side))) / f**power, (side, side))
    low, high = np.percentile(wave, [1, 99])
    return np.asarray(np.clip((wave - low) / (high - low), 0, 1), np.float32)


def _mix(a: Colour, b: Colour, share: np.ndarray) -> Art:
    low, high = np.asarray(a), np.asarray(b)
    return np.asarray(low + (high - low) * share[..., None])


def _axes() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    return x, y


def _plain(rng: Random) -> Art:
    return np.full((SIDE, SIDE, 3), colour(rng))


def _gradient(rng: Random) -> Art:
    x, y = _axes()
    turn = rng.uniform(0, 2 * np.pi)
    return _mix(
        colour(rng),
        colour(rng),
        np.clip(0.5 + (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn), 0, 1),
    )


def _stripes(rng: Random) -> Art:
    x, y = _axes()
    turn = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    wave = np.sin(2 * np.pi * rng.uniform(2, 25) * (x * np.cos(turn) + y * np.sin(turn)))
    return _mix(colour(rng), colour(rng), np.clip(0.5 + wave * rng.uniform(0.6, 9), 0, 1))


def _checks(rng: Random) -> Art:
    x, y = _axes()
    f = rng.uniform(2, 14)
    share = np.clip(0.5 + np.sin(2 * np.pi * f * x) * 4, 0, 1) * 0.5
    share += np.clip(0.5 + np.sin(2 * np.pi * f * y) * 4, 0, 1) * 0.5
    return _mix(colour(rng), colour(rng), share)


def _dots(rng: Random) -> Art:
    x, y = _axes()
    f = rng.uniform(3, 16)
    wave = np.sin(2 * np.pi * f * x) * np.sin(2 * np.pi * f * y)
    return _mix(colour(rng), colour(rng), np.clip((wave - rng.uniform(-0.3, 0.6)) * 8, 0, 1))


def _clouds(rng: Random) -> Art:
    return _mix(colour(rng), colour(rng), noise(rng, rng.choice([0.9, 1.3, 1.8])))


def _marble(rng: Random) -> Art:
    x, y = _axes()
    swirl = noise(rng, 2.0) * rng.uniform(3, 12) + x * rng.uniform(0, 8) + y * rng.uniform(0, 8)
    return _mix(colour(rng), colour(rng), 0.5 + 0.5 * np.sin(swirl * 2 * np.pi))


def _shapes(rng: Random) -> Art:
    """Overlapping flat figures: posters, florals, camouflage."""
    sheet = np.ascontiguousarray(_plain(rng), np.float32)
    colours = [colour(rng) for _ in range(rng.integers(2, 6))]
    size = rng.uniform(0.02, 0.3)
    for _ in range(int(rng.integers(4, 120))):
        centre = [int(v) for v in rng.uniform(0, SIDE, 2)]
        tone = colours[rng.integers(len(colours))]
        axes = [max(1, int(v)) for v in SIDE * size * rng.uniform(0.2, 1, 2)]
        if rng.random() < 0.6:
            cv2.ellipse(sheet, centre, axes, rng.uniform(0, 180), 0, 360, tone, -1, cv2.LINE_AA)
        else:
            corners = np.asarray(centre) + rng.uniform(-1, 1, (int(rng.integers(3, 7)), 2)) * axes
            cv2.fillPoly(sheet, [corners.astype(np.int32)], tone, cv2.LINE_AA)
    return sheet


_MAKERS: list[Callable[[Random], Art]] = [
    _plain, _plain, _gradient, _stripes, _checks, _dots, _clouds, _marble, _shapes, _shapes,
]  # fmt: skip


def _label(sheet: Art, rng: Random) -> None:
    """Blocks and words over the print, in place."""
    for _ in range(rng.integers(1, 4)):
        x, y = (int(v) for v in rng.uniform(0, 0.8, 2) * SIDE)
        w, h = (int(v) for v in rng.uniform(0.08, 0.8, 2) * SIDE)
        if rng.random() < 0.6:
            cv2.rectangle(sheet, (x, y), (x + w, y + h), colour(rng), -1, cv2.LINE_AA)
        ink, font = colour(rng), int(rng.integers(0, 8))
        size, weight = rng.uniform(0.4, 2.2), int(rng.integers(1, 5))
        for line in range(int(rng.integers(1, 5))):
            words = " ".join(rng.choice(_WORDS, int(rng.integers(1, 3))))
            at = (x, int(y + (line + 1) * 28 * size))
            cv2.putText(sheet, words, at, font, size, ink, weight, cv2.LINE_AA)
            size *= rng.uniform(0.45, 1.0)
