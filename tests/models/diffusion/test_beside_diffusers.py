"""The whole way from prompt to pixels, beside diffusers with the same weights and noise."""

from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    StableDiffusionInpaintPipeline,
    StableDiffusionXLInpaintPipeline,
)

from models.place.diffusion.folder import read_folder
from models.place.diffusion.frame import Frame, Kept
from models.place.diffusion.model import DiffusionModel
from models.place.diffusion.noise import Noises
from models.place.diffusion.request import Scene
from models.place.diffusion.text import TextEncoders
from models.place.diffusion.vae import Vae, to_planes
from tests.models.diffusion.conftest import CPU, Made, change
from tests.models.diffusion.products import framed

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SCENES = [
    Scene("a marble table with soft light", "the wooden table", seed=11),
    Scene("wooden table, photo of the light", "marble", seed=12),
]
STEPS = 4


def their_pipeline(parts: Any, **scheduler: Any) -> Any:
    kept = DPMSolverMultistepScheduler.from_config({**parts.scheduler, **scheduler})
    made = {"vae": parts.vae, "unet": parts.unet, "scheduler": kept}
    made |= {"text_encoder": parts.encoders[0], "tokenizer": parts.tokenizers[0]}
    if parts.sdxl:
        made |= {"text_encoder_2": parts.encoders[1], "tokenizer_2": parts.tokenizers[1]}
        pipeline = StableDiffusionXLInpaintPipeline(**made, add_watermarker=False)
    else:
        pipeline = StableDiffusionInpaintPipeline(
            **made, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def their_latents(vae: Any, kept: Kept, noise: np.ndarray) -> torch.Tensor:
    """Of the picture with 0 where it is painted, drawn with our noise."""
    planes = torch.from_numpy(to_planes(kept.rgb)) * torch.from_numpy(kept.mask).float()
    with torch.no_grad():
        found = vae.encode(planes).latent_dist
    return (found.mean + found.std * torch.from_numpy(noise)) * vae.config.scaling_factor


def their_pictures(
    made: Made, kept: Kept, frame: Frame, scenes: list[Scene], guidance: float, **scheduler: Any
) -> np.ndarray:
    size = (4, frame.height // 8, frame.width // 8)
    noises = Noises([each.seed for each in scenes], size)
    known = their_latents(made.parts.vae, kept, noises.draw())
    negative: Any = [each.negative_prompt for each in scenes]
    four = made.parts.unet.config.in_channels == 4
    found = their_pipeline(made.parts, **scheduler)(
        prompt=[each.prompt for each in scenes],
        negative_prompt=negative if any(negative) else None,
        # A picture in latents is taken as it is; another is not looked at here.
        image=known if four else torch.from_numpy(to_planes(kept.rgb)) / 2 + 0.5,
        mask_image=1 - torch.from_numpy(kept.mask[None, None].astype(np.float32)),
        masked_image_latents=known,
        latents=torch.from_numpy(noises.draw()),
        height=frame.height,
        width=frame.width,
        strength=1.0,
        num_inference_steps=STEPS,
        guidance_scale=guidance,
        output_type="np",
    ).images
    return np.asarray(found) * 255


def assert_same(ours: list[np.ndarray], theirs: np.ndarray) -> None:
    """Within rounding to 8 bits, of pictures with something in them."""
    assert theirs.std() > 20
    for mine, other in zip(ours, theirs, strict=True):
        assert np.abs(mine - other).max() <= 0.51


@pytest.mark.parametrize("guidance", [1.0, 7.5])
def test_scenes_are_those_of_diffusers(sd, guidance):
    kept, frame = framed(sd.model)
    ours, _ = sd.model.paint(kept, frame, SCENES, STEPS, guidance)
    assert_same(ours, their_pictures(sd, kept, frame, SCENES, guidance))


@pytest.mark.parametrize("negative", [True, False])
def test_scenes_of_sdxl_are_those_of_diffusers(sdxl, negative):
    scenes = SCENES if negative else [Scene(each.prompt, "", each.seed) for each in SCENES]
    kept, frame = framed(sdxl.model)
    ours, _ = sdxl.model.paint(kept, frame, scenes, STEPS, 6.0)
    assert_same(ours, their_pictures(sdxl, kept, frame, scenes, 6.0))


def test_a_net_of_four_channels_that_takes_its_guidance_as_an_input_paints_as_in_diffusers(
    four_channels,
):
    kept, frame = framed(four_channels.model)
    ours, _ = four_channels.model.paint(kept, frame, SCENES, STEPS, 3.0)
    assert_same(ours, their_pictures(four_channels, kept, frame, SCENES, 3.0))


def test_a_net_that_tells_velocity_paints_as_in_diffusers(sd, copied):
    settings = {"prediction_type": "v_prediction", "use_karras_sigmas": True}
    change(copied / "scheduler/scheduler_config.json", **settings)
    model = DiffusionModel(copied, CPU)
    kept, frame = framed(model)
    ours, _ = model.paint(kept, frame, SCENES, STEPS, 5.0)
    assert_same(ours, their_pictures(sd, kept, frame, SCENES, 5.0, **settings))
    epsilon, _ = sd.model.paint(kept, frame, SCENES, STEPS, 5.0)
    assert np.abs(epsilon[0].astype(int) - ours[0]).max() > 20


@pytest.mark.parametrize("kind", ["sd", "sdxl"])
def test_prompts_are_embedded_as_in_diffusers(kind, request):
    made: Made = request.getfixturevalue(kind)
    texts = ["a marble table", "", "the light " * 60]
    found = TextEncoders(read_folder(made.folder), CPU).encode(texts)
    pipeline = their_pipeline(made.parts)
    theirs = pipeline.encode_prompt(
        prompt=texts,
        device="cpu",
        num_images_per_prompt=1,
        do_classifier_free_guidance=False,
    )
    np.testing.assert_allclose(found.states, theirs[0].detach().numpy(), atol=1e-5)
    if kind == "sdxl":
        np.testing.assert_allclose(found.pooled, theirs[2].detach().numpy(), atol=1e-5)
    assert found.cut == [0, 0, 45]


def test_the_autoencoder_gives_what_diffusers_gives(sd):
    vae = Vae(read_folder(sd.folder), CPU)
    kept, _ = framed(sd.model)
    planes = to_planes(kept.rgb) * kept.mask
    noise = np.random.default_rng(5).standard_normal((3, 4, 8, 10), np.float32)
    theirs = their_latents(sd.parts.vae, kept, noise)
    np.testing.assert_allclose(vae.encode(planes, noise), theirs.numpy(), atol=1e-5)
    mode = their_latents(sd.parts.vae, kept, np.zeros((1, 4, 8, 10), np.float32))
    np.testing.assert_allclose(vae.encode(planes), mode.numpy(), atol=1e-5)
    with torch.no_grad():
        decoded = sd.parts.vae.decode(theirs / sd.parts.vae.config.scaling_factor).sample
    np.testing.assert_allclose(vae.decode(theirs[1].numpy()), decoded[1].numpy(), atol=1e-5)
