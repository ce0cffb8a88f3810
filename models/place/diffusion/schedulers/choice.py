"""Which sampler a model gets, and what it is asked for by default."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats
from models.place.diffusion.schedulers.config import Noise, SchedulerConfig
from models.place.diffusion.schedulers.dpm_solver import DpmSolver
from models.place.diffusion.schedulers.lcm import LcmSampler

KINDS = ("auto", "dpm-solver", "lcm")


class Sampler(Protocol):
    """What DpmSolver and LcmSampler have in common."""

    timesteps: npt.NDArray[np.int64]

    def step(self, output: Floats, sample: Floats, noise: Noise) -> Floats: ...

    def noised(self, latents: Floats, noise: Floats) -> Floats: ...


@dataclass(frozen=True)
class SamplerChoice:
    """A sampler with its configuration; `steps` and `guidance` are its defaults.

    `most_steps`: how many it can do with this configuration.
    """

    kind: str
    config: SchedulerConfig
    steps: int
    guidance: float
    most_steps: int

    def start(self, steps: int) -> Sampler:
        """A sampler for one picture, or for pictures that are made together."""
        made = DpmSolver if self.kind == "dpm-solver" else LcmSampler
        return made(self.config, steps)


def choose_sampler(kind: str, config: SchedulerConfig) -> SamplerChoice:
    """`auto` takes LCM where the configuration is LCM's, and DPM-Solver++ for all others."""
    if kind == "auto":
        kind = "lcm" if config.class_name == "LCMScheduler" else "dpm-solver"
    if kind == "lcm":
        return SamplerChoice(kind, config, 6, 1.0, config.original_inference_steps)
    return SamplerChoice(kind, config, 25, 7.5, max(1, config.num_train_timesteps // 2))
