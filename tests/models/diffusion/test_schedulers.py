"""Step by step beside diffusers' own schedulers, with the same outputs of a net and noise."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler, LCMScheduler

from models.place.diffusion.schedulers.choice import choose_sampler
from models.place.diffusion.schedulers.config import alphas_cumprod, read_config

# diffusers turns a tensor into an array in a way that NumPy wants changed.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SHAPE = (2, 4, 6, 5)
SD15 = {
    "_class_name": "PNDMScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
    "skip_prk_steps": True,
}
ZERO_SNR = {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}
DPM = [
    {},
    *({"timestep_spacing": each} for each in ("leading", "trailing")),
    *({"use_karras_sigmas": True, "prediction_type": each} for each in ("epsilon", "v_prediction")),
    {"solver_type": "heun", "lower_order_final": False},
    {"solver_order": 1},
    {"final_sigmas_type": "sigma_min"},
    {"final_sigmas_type": "sigma_min", "euler_at_final": True},
    {"beta_schedule": "squaredcos_cap_v2", "lambda_min_clipped": -5.1},
    {"beta_schedule": "squaredcos_cap_v2", "lambda_min_clipped": -5.1, "use_karras_sigmas": True},
    {"beta_schedule": "linear"},
    {"timestep_spacing": "trailing", **ZERO_SNR},
]
LCM = [
    {},
    {"prediction_type": "v_prediction"},
    {"original_inference_steps": 100, "timestep_scaling": 5.0},
    {"clip_sample": True, "clip_sample_range": 1.5},
    {"beta_schedule": "linear"},
    ZERO_SNR,
]


def ours(kind: str, document: dict[str, Any]) -> Any:
    config, problems = read_config(document)
    assert problems == []
    return choose_sampler(kind, config)


def assert_same(sample: np.ndarray, expected: np.ndarray) -> None:
    """Equal to 1e-5 of the largest value, which cosine schedules begin with in the thousands."""
    assert sample.dtype == np.float32
    assert np.abs(sample - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


def nets_output(sample: np.ndarray, timestep: int) -> np.ndarray:
    """Depends on everything a net's output depends on, so that an early difference would grow."""
    wave = np.sin(np.arange(sample.size, dtype=np.float32) * 0.7).reshape(sample.shape)
    return np.float32(0.9) * np.tanh(sample) + np.float32(0.2 + timestep / 5000) * wave


@pytest.mark.parametrize(
    ("changes", "steps"), [(c, s) for c, s in itertools.product(DPM, (1, 7, 20))], ids=str
)
def test_every_step_of_dpm_solver_is_that_of_diffusers(changes, steps):
    document = {**SD15, **changes}
    theirs = DPMSolverMultistepScheduler.from_config(document)
    theirs.set_timesteps(steps)
    theirs.set_begin_index(0)
    sampler = ours("dpm-solver", document).start(steps)
    np.testing.assert_array_equal(sampler.timesteps, theirs.timesteps.numpy())
    sample = np.random.default_rng(1).standard_normal(SHAPE, np.float32)
    expected = torch.from_numpy(sample.copy())
    for timestep in sampler.timesteps:
        output = nets_output(sample, int(timestep))
        stepped = theirs.step(torch.from_numpy(output), torch.tensor(timestep), expected)
        sample = sampler.step(output, sample, pytest.fail)
        expected = stepped.prev_sample
        assert_same(sample, expected.numpy())


@pytest.mark.parametrize(
    ("changes", "steps"), [(c, s) for c, s in itertools.product(LCM, (1, 4, 50))], ids=str
)
def test_every_step_of_lcm_is_that_of_diffusers(changes, steps):
    document = {**SD15, **changes}
    theirs = LCMScheduler.from_config(document)
    theirs.set_timesteps(steps)
    theirs.set_begin_index(0)
    sampler = ours("lcm", document).start(steps)
    np.testing.assert_array_equal(sampler.timesteps, theirs.timesteps.numpy())
    sample = np.random.default_rng(1).standard_normal(SHAPE, np.float32)
    expected = torch.from_numpy(sample.copy())
    noises, ours_noise = torch.manual_seed(3), torch.Generator().manual_seed(3)
    for timestep in sampler.timesteps:
        output = nets_output(sample, int(timestep))
        stepped = theirs.step(
            torch.from_numpy(output), torch.tensor(timestep), expected, generator=noises
        )
        sample = sampler.step(
            output, sample, lambda: torch.randn(SHAPE, generator=ours_noise).numpy()
        )
        expected = stepped.prev_sample
        assert_same(sample, expected.numpy())


@pytest.mark.parametrize("kind", ["dpm-solver", "lcm"])
def test_known_latents_are_made_as_noisy_as_diffusers_makes_them(kind):
    theirs = {"dpm-solver": DPMSolverMultistepScheduler, "lcm": LCMScheduler}[kind].from_config(
        SD15
    )
    theirs.set_timesteps(5)
    sampler = ours(kind, SD15).start(5)
    random = np.random.default_rng(2)
    latents, noise, sample = (random.standard_normal(SHAPE, np.float32) for _ in range(3))
    for timestep in theirs.timesteps:
        expected = theirs.add_noise(
            torch.from_numpy(latents), torch.from_numpy(noise), timestep[None]
        )
        np.testing.assert_allclose(
            sampler.noised(latents, noise), expected.numpy(), rtol=1e-5, atol=1e-5
        )
        sampler.step(sample, sample, lambda: noise)
    np.testing.assert_array_equal(sampler.noised(latents, noise), latents)


def test_the_share_of_the_picture_falls_as_diffusers_has_it():
    theirs = DPMSolverMultistepScheduler.from_config(SD15).alphas_cumprod.numpy()
    config, _ = read_config(SD15)
    np.testing.assert_allclose(alphas_cumprod(config), theirs, rtol=1e-6)
    trained = {"trained_betas": [0.1, 0.2, 0.4]}
    theirs = DPMSolverMultistepScheduler(**trained).alphas_cumprod.numpy()
    np.testing.assert_allclose(alphas_cumprod(read_config(trained)[0]), theirs, rtol=1e-6)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prediction_type", "sample"),
        ("beta_schedule", "cubic"),
        ("timestep_spacing", 3),
        ("solver_order", 3),
        ("algorithm_type", "sde-dpmsolver++"),
        ("use_lu_lambdas", True),
        ("thresholding", True),
        ("num_train_timesteps", "1000"),
        ("num_train_timesteps", 0),
        ("beta_end", True),
        ("use_karras_sigmas", 1),
        ("trained_betas", [0.1, 2]),
    ],
)
def test_a_configuration_that_can_not_be_followed_is_refused_by_its_field(field, value):
    _, problems = read_config({**SD15, field: value})
    assert len(problems) == 1
    assert problems[0].startswith(f"{field} is {value!r}")


def test_a_model_distilled_for_few_steps_is_known_by_its_scheduler():
    assert ours("auto", {**SD15, "_class_name": "LCMScheduler"}).kind == "lcm"
    assert ours("auto", SD15).kind == "dpm-solver"
    assert ours("lcm", SD15).most_steps == 50
