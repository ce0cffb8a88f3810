"""From noise to latents, around what is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from imaging.pixels import Floats
from models.place.diffusion.noise import Noises
from models.place.diffusion.schedulers.choice import Sampler
from models.place.diffusion.unet import Guidance, Unet


@dataclass(frozen=True, eq=False)
class Hints:
    """`known`: latents of the picture that is painted around, scenes x channels x height x width;
    `paint`: 1 where the net may paint and 0 where not, 1 x 1 x height x width."""

    known: Floats
    paint: Floats


def denoise(
    unet: Unet,
    sampler: Sampler,
    hints: Hints,
    noises: Noises,
    led: Mapping[str, Any],
    guidance: Guidance,
) -> Floats:
    """The finished latents of scenes that are made together, float32.

    A net for inpainting sees the hints beside the sample. For any other, what is known is laid over
    the sample after each step, as noisy as the sample is (Lugmayr et al.: RePaint, 2022, without
    its repetitions).
    """
    first = noises.draw()
    sample = first
    beside = [np.broadcast_to(hints.paint, (len(first), *hints.paint.shape[1:])), hints.known]
    for timestep in sampler.timesteps:
        given = np.concatenate([sample, *beside], axis=1) if unet.inpainting else sample
        if guidance.doubled:
            given = np.concatenate([given, given])
        output = guidance.combine(unet.tell(given, int(timestep), led))
        sample = sampler.step(output, sample, noises.draw)
        if not unet.inpainting:
            known = sampler.noised(hints.known, first)
            sample = hints.paint * sample + (1 - hints.paint) * known
    return np.asarray(sample, np.float32)
