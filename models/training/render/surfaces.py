"""Random materials for products and rooms."""

from __future__ import annotations

import bpy
import numpy as np

from samples.blender import artwork, materials

from .palette import Colour, Random, colour, grey, natural
from .prints import art

Material = bpy.types.Material


def scaled(tone: Colour, factor: float) -> Colour:
    """A tone made darker or lighter."""
    r, g, b = np.clip(np.asarray(tone) * factor, 0, 0.95)
    return r, g, b


def plastic(rng: Random) -> Material:
    """Plastic, lacquer, rubber or glaze."""
    coat = float(rng.random() < 0.25)
    rough = rng.choice([rng.uniform(0.05, 0.25), rng.uniform(0.25, 0.7), rng.uniform(0.7, 1.0)])
    return materials.plain("plastic", colour(rng), float(rough), coat=coat)


def metal(rng: Random) -> Material:
    """Gold, silver, copper, steel or anodised metal, polished or brushed."""
    tones = [
        (0.78, 0.55, 0.24), (0.9, 0.88, 0.85), (0.75, 0.36, 0.22), (0.5, 0.5, 0.52),
        (0.06, 0.06, 0.065), colour(rng),
    ]  # fmt: skip
    tone = tones[rng.integers(len(tones))]
    rough = rng.choice([rng.uniform(0.03, 0.15), rng.uniform(0.15, 0.5)])
    return materials.plain("metal", tone, float(rough), metallic=1.0)


def glass(rng: Random) -> Material:
    """Clear, tinted or frosted glass."""
    tint: Colour = (0.98, 1.0, 0.99) if rng.random() < 0.5 else scaled(colour(rng), 1.6)
    return materials.glass("glass", tint, float(rng.choice([0, 0, 0.08, 0.3])))


def leather(rng: Random) -> Material:
    """Pebbled leather."""
    tone = natural(rng) if rng.random() < 0.6 else colour(rng)
    return materials.leather("leather", tone, scaled(tone, rng.uniform(0.6, 1.5)))


def wood(rng: Random) -> Material:
    """Boards, light to dark."""
    tone = natural(rng)
    return materials.wood("wood", scaled(tone, rng.uniform(0.3, 0.7)), tone, rng.uniform(0.5, 4))


def cloth(rng: Random) -> Material:
    """Plain weave, felt or a printed fabric."""
    tone = colour(rng)
    kind = rng.random()
    if kind < 0.45:
        return materials.weave(
            "weave", tone, scaled(tone, rng.uniform(0.4, 1.8)), rng.uniform(8, 40)
        )
    if kind < 0.7:
        return materials.mottled(
            "felt", tone, scaled(tone, rng.uniform(0.6, 1.5)), 0.95, rng.uniform(4, 40), 0.3
        )
    return printed(rng, 0.9, fibre=0.2)


def stone(rng: Random) -> Material:
    """Concrete, plaster, terrazzo or speckled ware."""
    tone = grey(rng, 0.2, 0.95) if rng.random() < 0.6 else natural(rng)
    other = scaled(tone, rng.uniform(0.3, 1.5))
    if rng.random() < 0.3:
        return materials.speckled("speckled", tone, other, rng.uniform(0.2, 0.8))
    rough = rng.uniform(0.3, 1.0)
    return materials.mottled(
        "stone", tone, other, rough, rng.uniform(0.6, 12), rng.uniform(0, 0.4), 8.0
    )


def printed(rng: Random, roughness: float | None = None, fibre: float = 0.0) -> Material:
    """Artwork on the object's own UVs."""
    sheet = artwork.from_array("print", art(rng)[::-1])
    rough = rng.uniform(0.1, 0.9) if roughness is None else roughness
    return materials.printed("printed", sheet, float(rough), fibre=fibre)


def any_solid(rng: Random) -> Material:
    """Any material that light does not pass."""
    makers = [plastic, plastic, plastic, metal, leather, wood, cloth, stone, printed, printed]
    return makers[rng.integers(len(makers))](rng)


def any_hard(rng: Random) -> Material:
    """Any material of things that hold their shape."""
    makers = [plastic, plastic, plastic, metal, wood, stone, printed, glass]
    return makers[rng.integers(len(makers))](rng)
