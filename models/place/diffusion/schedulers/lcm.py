"""Few steps, for nets made for it (Luo et al.: Latent Consistency Models, 2023, algorithm 3)."""

import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats
from models.place.diffusion.schedulers.config import Noise, SchedulerConfig, alphas_cumprod

_SIGMA_DATA = 0.5


class LcmSampler:
    """One picture's way from noise in 1 to 8 steps or so; made anew for each.

    `timesteps`: int64, what the net is told at each step, falling. Latents and the net's output are
    float32 of any one shape. The same numbers as diffusers' LCMScheduler.
    """

    def __init__(self, config: SchedulerConfig, steps: int) -> None:
        """Plan `steps` steps, at most `original_inference_steps`."""
        self._config = config
        self._alphas = alphas_cumprod(config).astype(np.float64)
        self.timesteps = _spaced(config, steps)
        self._done = 0

    def step(self, output: Floats, sample: Floats, noise: Noise) -> Floats:
        """The next sample: the picture as it is seen now, made noisy again for the next look."""
        timestep = int(self.timesteps[self._done])
        picture = self._picture(output, sample, timestep)
        if self._config.clip_sample:
            reach = self._config.clip_sample_range
            picture = np.clip(picture, -reach, reach)
        scaled = timestep * self._config.timestep_scaling
        skip = _SIGMA_DATA**2 / (scaled**2 + _SIGMA_DATA**2)
        out = scaled / (scaled**2 + _SIGMA_DATA**2) ** 0.5
        seen = np.asarray(out * picture + skip * sample, np.float32)
        self._done += 1
        return seen if self._done == len(self.timesteps) else self.noised(seen, noise())

    def noised(self, latents: Floats, noise: Floats) -> Floats:
        """Known latents as noisy as the sample is after the steps so far."""
        if self._done == len(self.timesteps):
            return latents
        alpha = float(self._alphas[self.timesteps[self._done]])
        return np.asarray(alpha**0.5 * latents + (1 - alpha) ** 0.5 * noise, np.float32)

    def _picture(self, output: Floats, sample: Floats, timestep: int) -> Floats:
        alpha = float(self._alphas[timestep])
        if self._config.prediction_type == "v_prediction":
            return np.asarray(alpha**0.5 * sample - (1 - alpha) ** 0.5 * output, np.float32)
        return np.asarray((sample - (1 - alpha) ** 0.5 * output) / alpha**0.5, np.float32)


def _spaced(config: SchedulerConfig, steps: int) -> npt.NDArray[np.int64]:
    """Evenly chosen from the steps that the net was distilled on."""
    original = config.original_inference_steps
    stride = config.num_train_timesteps // original
    known = (np.arange(original, 0, -1) * stride - 1).astype(np.int64)
    places = np.linspace(0, original, steps, endpoint=False)
    return known[np.floor(places).astype(np.int64)]
