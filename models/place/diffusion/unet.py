"""The net that tells the noise in latents, led by a text and by what it may not change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from imaging.pixels import Floats
from models.place.diffusion.folder import Folder
from models.place.diffusion.graph import FLOATS, INTEGERS, Graph, Port
from models.place.diffusion.shapes import TOKENS
from models.place.diffusion.text import Embedding
from models.settings import Runtime

_GUIDED_BASE = 10_000.0


@dataclass(frozen=True)
class Guidance:
    """How far the net's answer is pushed from the negative prompt's towards the prompt's.

    1: the prompt's own answer. `doubled`: whether both are asked for, in one run of twice as many
    samples (Ho and Salimans: Classifier-Free Diffusion Guidance, 2022).
    """

    scale: float
    doubled: bool

    def combine(self, output: Floats) -> Floats:
        """One answer of the two halves, negative prompts first."""
        if not self.doubled:
            return output
        negative, positive = np.split(output, 2)
        return np.asarray(negative + self.scale * (positive - negative), np.float32)


class Unet:
    """The denoising net; `tell` may be called from any number of threads."""

    def __init__(self, folder: Folder, runtime: Runtime) -> None:
        """Load it. Raises ModelError that names the file."""
        self._shapes = folder.shapes
        self.graph = Graph(folder.graph("unet"), runtime)

    @property
    def inpainting(self) -> bool:
        """Whether samples come with the mask and the latents of what is painted around."""
        return self._shapes.inpainting

    def problems(self) -> list[str]:
        shapes = self._shapes
        inputs = [
            Port("sample", (None, shapes.unet_inputs, None, None)),
            Port("timestep", None, (*INTEGERS, *FLOATS)),
            Port("encoder_hidden_states", (None, TOKENS, shapes.text_width)),
        ]
        if shapes.pooled_width:
            inputs.append(Port("text_embeds", (None, shapes.pooled_width)))
            inputs.append(Port("time_ids", (None, 6)))
        if shapes.guided_width:
            inputs.append(Port("timestep_cond", (None, shapes.guided_width)))
        output = Port("out_sample", (None, shapes.latents, None, None))
        return self.graph.problems(inputs, [output])

    def guidance(self, scale: float) -> Guidance:
        """Nets distilled for few steps take the guidance as an input and need no second answer."""
        return Guidance(scale, scale > 1 and not self._shapes.guided_width)

    def lead(
        self, negative: Embedding, positive: Embedding, guidance: Guidance, size: tuple[int, int]
    ) -> Mapping[str, Any]:
        """The inputs that stay the same from step to step; `size`: width and height in pixels."""
        states, pooled = positive.states, positive.pooled
        if guidance.doubled:
            states = np.concatenate([negative.states, states])
            if pooled is not None and negative.pooled is not None:
                pooled = np.concatenate([negative.pooled, pooled])
        feeds: dict[str, Floats] = {"encoder_hidden_states": states}
        if pooled is not None:
            width, height = size
            ids = np.array([height, width, 0, 0, height, width], np.float32)
            feeds |= {"text_embeds": pooled, "time_ids": np.tile(ids, (len(states), 1))}
        if self._shapes.guided_width:
            embedded = guidance_embedding(guidance.scale, self._shapes.guided_width)
            feeds["timestep_cond"] = np.tile(embedded, (len(states), 1))
        return {name: self.graph.prepare(name, value) for name, value in feeds.items()}

    def tell(self, sample: Floats, timestep: int, led: Mapping[str, Any]) -> Floats:
        """What the net sees in the samples: noise or velocity, float32, as many as samples."""
        feeds = {"sample": sample, "timestep": np.array([timestep]), **led}
        output = self.graph.run(feeds, ["out_sample"])[0]
        self.graph.expect(output, (len(sample), self._shapes.latents, *sample.shape[2:]))
        return output


def guidance_embedding(scale: float, width: int) -> Floats:
    """Sines and cosines of the guidance, float32, 1 x width (Meng et al.: On Distillation of Guided
    Diffusion Models, 2023; as in diffusers' get_guidance_scale_embedding)."""
    half = width // 2
    rates = np.exp(np.arange(half) * -(np.log(_GUIDED_BASE) / (half - 1)))
    angles = (scale - 1) * 1000.0 * rates
    found = np.concatenate([np.sin(angles), np.cos(angles)])
    return np.pad(found, (0, width - 2 * half))[None].astype(np.float32)
