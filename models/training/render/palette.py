"""Colours as products and rooms have them, in linear light."""

from __future__ import annotations

import colorsys

import numpy as np

Colour = tuple[float, float, float]
Random = np.random.Generator


def linear(srgb: tuple[float, float, float]) -> Colour:
    """sRGB values, 0 to 1, in linear light (IEC 61966-2-1)."""
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in srgb)
    return r, g, b


def hue(rng: Random, saturation: tuple[float, float], value: tuple[float, float]) -> Colour:
    """A random hue."""
    return linear(colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value)))


def grey(rng: Random, low: float, high: float) -> Colour:
    """A grey with a slight tint; sRGB `low` to `high`."""
    level = rng.uniform(low, high)
    tint = rng.normal(0, 0.015, 3)
    r, g, b = np.clip(level + tint, 0.01, 0.97)
    return linear((r, g, b))


def natural(rng: Random) -> Colour:
    """Browns, beiges, olives and terracottas."""
    return linear(
        colorsys.hsv_to_rgb(rng.uniform(0.02, 0.2), rng.uniform(0.15, 0.75), rng.uniform(0.2, 0.9))
    )


def colour(rng: Random) -> Colour:
    """A product's colour: a third of products are white, black or grey."""
    kind = rng.random()
    if kind < 0.16:
        return grey(rng, 0.82, 0.96)
    if kind < 0.28:
        return grey(rng, 0.03, 0.18)
    if kind < 0.36:
        return grey(rng, 0.2, 0.8)
    if kind < 0.52:
        return natural(rng)
    if kind < 0.66:
        return hue(rng, (0.1, 0.4), (0.7, 0.95))
    return hue(rng, (0.45, 0.95), (0.2, 0.95))


def paper(rng: Random) -> Colour:
    """A studio background's colour: mostly light."""
    kind = rng.random()
    if kind < 0.4:
        return grey(rng, 0.85, 0.97)
    if kind < 0.6:
        return grey(rng, 0.25, 0.85)
    if kind < 0.68:
        return grey(rng, 0.02, 0.2)
    if kind < 0.88:
        return hue(rng, (0.05, 0.45), (0.6, 0.95))
    return hue(rng, (0.4, 0.9), (0.3, 0.9))
