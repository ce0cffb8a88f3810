"""Looks for a fringe around a product.

Along a clean outline a picture has mixes, in linear light, of the product's colour and the
scene's. The scene's is taken from the picture itself, so a shadow on the floor is part of it.
"""

import itertools

import numpy as np
import numpy.typing as npt

from imaging.fidelity.delta_e import ciede2000, light_to_lab
from imaging.fidelity.outline import FAR, NEAR, Cells, Outline

_RINGS = ((-1, 0), (0, 1), (1, 2))
_BESIDE, _BEYOND = (2.0, 3.5), (3.5, 5.5)
_OUTWARD = 1.3  # from BESIDE to the outline, in steps from BEYOND to BESIDE


def halo(outline: Outline) -> float:
    """How far the colours along the outline are from any mix of product and scene.

    CIEDE2000, the mean over the outline; each place counts with the worst of three rings: the
    outline's pixels inside, outside, and one further out. Of several colours whichever fits is
    taken. The product's is that of its opaque pixels, at the rim or a few pixels inside, since
    a rim may be lit. The scene's is that a few pixels outside, or beside the rings, or what
    both make of a steady change towards the outline, since a shadow may be deepest there. 0
    where no outline can be seen.
    """
    opaque = outline.cover == 255
    products = [
        outline.means(outline.colour, outline.between(low, high) & opaque)
        for low, high in ((-FAR, -NEAR), (-NEAR, NEAR))
    ]
    beside, beyond = (outline.clear_means(low, high) for low, high in (_BESIDE, _BEYOND))
    scenes = [outline.scene, beside, _continued(beside, beyond)]
    worst = np.full(outline.scene.known.shape, -1.0)
    for low, high in _RINGS:
        ring = outline.means(outline.picture, outline.between(low, high))
        fits = [_off_the_mix(ring, *pair) for pair in itertools.product(products, scenes)]
        best = np.min(fits, axis=0)
        worst = np.maximum(worst, np.where(np.isfinite(best), best, -1))
    seen = worst[worst >= 0]
    return float(seen.mean()) if seen.size else 0.0


def _continued(beside: Cells, beyond: Cells) -> Cells:
    light = beside.light + np.float32(_OUTWARD) * (beside.light - beyond.light)
    return Cells(np.clip(light, 0, 1), beside.known & beyond.known)


def _off_the_mix(ring: Cells, product: Cells, scene: Cells) -> npt.NDArray[np.float64]:
    """CIEDE2000 from each cell's colour to the nearest mix; infinite where one is not known."""
    known = ring.known & product.known & scene.known
    result = np.full(known.shape, np.inf)
    if not known.any():
        return result
    here, behind = ring.light[known], scene.light[known]
    span = product.light[known] - behind
    length = np.maximum((span * span).sum(axis=1), 1e-6)
    share = np.clip(((here - behind) * span).sum(axis=1) / length, 0, 1)
    mix = behind + share[:, None] * span
    result[known] = ciede2000(light_to_lab(here), light_to_lab(mix))
    return result
