"""DPM-Solver++ 2M: a picture in 20 to 30 steps (Lu et al.: DPM-Solver++, 2022, algorithm 2)."""

import math

import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats
from models.place.diffusion.schedulers.config import Noise, SchedulerConfig, alphas_cumprod

_KARRAS_RHO = 7.0  # Karras et al.: Elucidating the Design Space of Diffusion Models, 2022, eq. 5
_FEW_STEPS = 15
_LEAST_ALPHA = np.float32(2**-24)
_Doubles = npt.NDArray[np.float64]


class DpmSolver:
    """One picture's way from noise; made anew for each, for it remembers the last step.

    `timesteps`: int64, what the net is told at each step, falling. Latents and the net's output are
    float32 of any one shape. The same numbers as diffusers' DPMSolverMultistepScheduler with
    `algorithm_type` dpmsolver++ and order 1 or 2.
    """

    def __init__(self, config: SchedulerConfig, steps: int) -> None:
        """Plan `steps` steps, 1 to half of the training's.

        In here a noise level is sigma / alpha, of a sample alpha * picture + sigma * noise with
        alpha^2 + sigma^2 = 1; diffusers calls it sigma too.
        """
        self._config = config
        self.timesteps, self._levels = _plan(config, steps)
        self._done = 0
        self._last: Floats | None = None

    def step(self, output: Floats, sample: Floats, noise: Noise) -> Floats:
        """The next, less noisy sample. No fresh noise is added."""
        picture = self._picture(output, sample)
        before, self._last = self._last, picture
        now, after = (float(self._levels[self._done + each]) for each in (0, 1))
        alpha, shrink = _alpha(after), after / now
        result = shrink * alpha / _alpha(now) * sample + alpha * (1 - shrink) * picture
        if before is not None and self._second_order():
            earlier = math.log(float(self._levels[self._done - 1]) / now)
            length = math.log(now / after)
            slope = (length / earlier) * (picture - before)
            result = result + alpha * self._bend(shrink, length) * slope
        self._done += 1
        return np.asarray(result, np.float32)

    def noised(self, latents: Floats, noise: Floats) -> Floats:
        """Known latents as noisy as the sample is after the steps so far."""
        level = float(self._levels[self._done])
        return np.asarray(_alpha(level) * (latents + level * noise), np.float32)

    def _picture(self, output: Floats, sample: Floats) -> Floats:
        """What the net takes the finished latents to be."""
        level = float(self._levels[self._done])
        alpha = _alpha(level)
        if self._config.prediction_type == "v_prediction":
            return np.asarray(alpha * sample - level * alpha * output, np.float32)
        return np.asarray((sample - level * alpha * output) / alpha, np.float32)

    def _second_order(self) -> bool:
        config, count = self._config, len(self.timesteps)
        plain_end = config.euler_at_final or config.final_sigmas_type == "zero"
        plain_end = plain_end or (config.lower_order_final and count < _FEW_STEPS)
        return config.solver_order == 2 and not (plain_end and self._done == count - 1)

    def _bend(self, shrink: float, length: float) -> float:
        if self._config.solver_type == "heun":
            return (shrink - 1) / length + 1
        return 0.5 * (1 - shrink)


def _alpha(level: float) -> float:
    return 1 / math.sqrt(level**2 + 1)


def _plan(config: SchedulerConfig, steps: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """The timesteps, and the noise level at each and after the last one."""
    alphas = alphas_cumprod(config)
    if config.rescale_betas_zero_snr:
        alphas[-1] = _LEAST_ALPHA  # diffusers' number; at 0 the first level would be infinite
    levels = np.sqrt((1 - alphas) / alphas)
    last = 0.0 if config.final_sigmas_type == "zero" else float(levels[0])
    if config.use_karras_sigmas:
        chosen = _karras(float(levels[0]), float(levels[-1]), steps)
        places = _places(chosen, np.log(levels))
        if config.beta_schedule != "squaredcos_cap_v2":
            places = places.round()
        timesteps = places.astype(np.int64)
    else:
        timesteps = _spaced(config, _usable(config, levels), steps)
        chosen = np.interp(timesteps, np.arange(len(levels)), levels)
    return timesteps, np.append(chosen, last).astype(np.float32)


def _usable(config: SchedulerConfig, levels: Floats) -> int:
    """How many training steps have log(alpha / sigma) of at least `lambda_min_clipped`."""
    return len(levels) - int(np.searchsorted(-np.log(levels)[::-1], config.lambda_min_clipped))


def _spaced(config: SchedulerConfig, usable: int, steps: int) -> npt.NDArray[np.int64]:
    """Lin et al.: Common Diffusion Noise Schedules and Sample Steps are Flawed, 2023, table 2."""
    if config.timestep_spacing == "trailing":
        places = np.arange(usable, 0, -config.num_train_timesteps / steps).round()
        return places.astype(np.int64) - 1
    if config.timestep_spacing == "leading":
        stride = usable // (steps + 1)
        return np.arange(steps, 0, -1) * stride + config.steps_offset
    return np.linspace(0, usable - 1, steps + 1).round()[:0:-1].astype(np.int64)


def _karras(least: float, most: float, steps: int) -> _Doubles:
    ramp = np.linspace(0, 1, steps)
    high, low = most ** (1 / _KARRAS_RHO), least ** (1 / _KARRAS_RHO)
    return np.asarray((high + ramp * (low - high)) ** _KARRAS_RHO)


def _places(levels: _Doubles, known: Floats) -> _Doubles:
    """The training steps, in fractions, that have these levels; `known`: the log of each step's."""
    return np.interp(np.log(np.maximum(levels, 1e-10)), known, np.arange(len(known)))
