"""What scheduler_config.json says, held to what the samplers here can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from imaging.pixels import Floats

BETAS = ("scaled_linear", "linear", "squaredcos_cap_v2")
PREDICTIONS = ("epsilon", "v_prediction")
SPACINGS = ("linspace", "leading", "trailing")
_UNSUPPORTED = (
    "thresholding",
    "use_beta_sigmas",
    "use_exponential_sigmas",
    "use_flow_sigmas",
    "use_lu_lambdas",
)


@dataclass(frozen=True)
class SchedulerConfig:
    """The part of a diffusers scheduler's configuration that the samplers use.

    Fields that a configuration lacks have the defaults of diffusers' DPMSolverMultistepScheduler
    or, for those of LCM alone, of its LCMScheduler. `class_name`: which scheduler wrote it.
    """

    class_name: str = ""
    num_train_timesteps: int = 1000
    beta_start: float = 0.0001
    beta_end: float = 0.02
    beta_schedule: str = "linear"
    trained_betas: tuple[float, ...] | None = None
    prediction_type: str = "epsilon"
    timestep_spacing: str = "linspace"
    steps_offset: int = 0
    rescale_betas_zero_snr: bool = False
    solver_order: int = 2
    algorithm_type: str = "dpmsolver++"
    solver_type: str = "midpoint"
    lower_order_final: bool = True
    euler_at_final: bool = False
    use_karras_sigmas: bool = False
    final_sigmas_type: str = "zero"
    lambda_min_clipped: float = -float("inf")
    original_inference_steps: int = 50
    timestep_scaling: float = 10.0
    clip_sample: bool = False
    clip_sample_range: float = 1.0


_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "beta_schedule": BETAS,
    "prediction_type": PREDICTIONS,
    "timestep_spacing": SPACINGS,
    "solver_order": (1, 2),
    "algorithm_type": ("dpmsolver++",),
    "solver_type": ("midpoint", "heun"),
    "final_sigmas_type": ("zero", "sigma_min"),
}
_RANGES: Mapping[str, tuple[float, float]] = {
    "num_train_timesteps": (1, 100_000),
    "beta_start": (0, 1),
    "beta_end": (0, 1),
    "steps_offset": (0, 1000),
    "original_inference_steps": (1, 100_000),
    "timestep_scaling": (0, 1e6),
    "clip_sample_range": (0, 1e6),
}


def read_config(document: Mapping[str, Any]) -> tuple[SchedulerConfig, list[str]]:
    """The configuration, and every problem with it, each beginning with the field's name.

    Fields of other samplers, such as PNDM's `skip_prk_steps`, mean nothing here. With problems, the
    configuration has defaults in their places and is not to be used.
    """
    problems = [
        f"{name} is {document[name]!r}, which is not supported; set it to false"
        for name in _UNSUPPORTED
        if document.get(name)
    ]
    fields: dict[str, Any] = {"class_name": str(document.get("_class_name", ""))}
    for name, kind in SchedulerConfig.__annotations__.items():
        if document.get(name) is None:
            continue
        problem = _problem(name, kind, document[name])
        if problem:
            problems.append(f"{name} is {document[name]!r}, but {problem}")
        else:
            fields[name] = document[name]
    if "trained_betas" in fields:
        fields["trained_betas"] = tuple(map(float, fields["trained_betas"]))
    return SchedulerConfig(**fields), problems


def _problem(name: str, kind: Any, value: Any) -> str:
    """What is needed instead, or ""."""
    if name in _CHOICES and value not in _CHOICES[name]:
        return f"must be one of {', '.join(map(str, _CHOICES[name]))}"
    if kind is bool:
        return "" if isinstance(value, bool) else "must be true or false"
    if kind is int and (isinstance(value, bool) or not isinstance(value, int)):
        return "must be a whole number"
    if kind is float and (isinstance(value, bool) or not isinstance(value, int | float)):
        return "must be a number"
    low, high = _RANGES.get(name, (-float("inf"), float("inf")))
    if kind in (int, float) and not low <= value <= high:
        return f"must be {low:g} to {high:g}"
    if name == "trained_betas":
        return "" if _are_betas(value) else "must be a list of numbers between 0 and 1"
    return ""


def _are_betas(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, int | float) and 0 < each < 1 for each in value
    )


def alphas_cumprod(config: SchedulerConfig) -> Floats:
    """The share of the picture's variance that is left at each training step, 1 falling to 0.

    float32 of `num_train_timesteps`, as diffusers computes it; with `rescale_betas_zero_snr`
    stretched so that the last one is 0 (Lin et al.: Common Diffusion Noise Schedules and Sample
    Steps are Flawed, 2023, algorithm 1).
    """
    alphas = np.cumprod(np.float32(1) - _betas(config), dtype=np.float64)
    if config.rescale_betas_zero_snr:
        roots = np.sqrt(alphas)
        alphas = ((roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])) ** 2
    return np.asarray(alphas, np.float32)


def _betas(config: SchedulerConfig) -> Floats:
    """Noise that each training step adds (Ho et al. 2020; Nichol and Dhariwal 2021 for cosine)."""
    count, first, last = config.num_train_timesteps, config.beta_start, config.beta_end
    if config.trained_betas is not None:
        return np.asarray(config.trained_betas, np.float32)
    if config.beta_schedule == "linear":
        return np.asarray(np.linspace(first, last, count), np.float32)
    if config.beta_schedule == "scaled_linear":
        roots = np.linspace(first**0.5, last**0.5, count).astype(np.float32)
        return np.asarray(roots**2, np.float32)
    left = np.cos((np.arange(count + 1) / count + 0.008) / 1.008 * np.pi / 2) ** 2
    return np.asarray(np.minimum(1 - left[1:] / left[:-1], 0.999), np.float32)


Noise = Callable[[], Floats]
"""Gives fresh standard normal noise of the latents' shape."""
