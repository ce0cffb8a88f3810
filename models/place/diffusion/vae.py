"""Between pixels and the latents in which the net paints."""

import numpy as np

from imaging.pixels import Floats, Pixels
from models.place.diffusion.folder import Folder
from models.place.diffusion.graph import Graph, Port
from models.settings import Runtime

_LEAST_LOG, _MOST_LOG = -30.0, 20.0


class Vae:
    """The variational autoencoder (Kingma and Welling 2014; Rombach et al. 2022).

    Pictures go through one by one, for the autoencoder needs far more memory for a picture than
    the net does.
    """

    def __init__(self, folder: Folder, runtime: Runtime) -> None:
        """Load both halves. Raises ModelError that names the file at fault."""
        self._shapes = folder.shapes
        self.encoder = Graph(folder.graph("vae_encoder"), runtime)
        self.decoder = Graph(folder.graph("vae_decoder"), runtime)

    def problems(self) -> list[str]:
        pixels = Port("sample", (None, 3, None, None))
        given = Port("latent_sample", (None, self._shapes.latents, None, None))
        found = self.encoder.problems([pixels], [])
        if not self._encoded:
            found.append(f"{self.encoder.path}: has no output latent_parameters or latent_sample")
        return found + self.decoder.problems([given], [pixels])

    @property
    def _encoded(self) -> str:
        names = [n for n in ("latent_parameters", "latent_sample") if n in self.encoder.outputs]
        return names[0] if names else ""

    def encode(self, planes: Floats, noise: Floats | None = None) -> Floats:
        """Latents of one picture, scaled as the net wants them: as many sets as there is noise.

        `planes`: float32, 1 x 3 x height x width, -1 to 1, sRGB. The encoder gives a distribution;
        `noise`, standard normal, sets x channels x height x width of the latents, draws from it.
        Without noise its mode is taken. An export that draws for itself gives one and the same
        sample for all.
        """
        given = self.encoder.run({"sample": planes}, [self._encoded])[0]
        latents, factor = self._shapes.latents, self._shapes.factor
        size = planes.shape[2] // factor, planes.shape[3] // factor
        if self._encoded == "latent_parameters" or given.shape[1] == 2 * latents:
            self.encoder.expect(given, (1, 2 * latents, *size))
            mean, log_variance = np.split(given, 2, axis=1)
            spread = np.exp(0.5 * np.clip(log_variance, _LEAST_LOG, _MOST_LOG))
            given = mean if noise is None else mean + spread * noise
        else:
            self.encoder.expect(given, (1, latents, *size))
            given = np.repeat(given, 1 if noise is None else len(noise), axis=0)
        return np.asarray(given * np.float32(self._shapes.scaling), np.float32)

    def decode(self, latents: Floats) -> Floats:
        """The picture of one set of latents: float32, 3 x height x width, -1 to 1 and beyond."""
        scaled = latents[None] / np.float32(self._shapes.scaling)
        planes = self.decoder.run({"latent_sample": scaled}, ["sample"])[0]
        factor = self._shapes.factor
        self.decoder.expect(planes, (1, 3, latents.shape[1] * factor, latents.shape[2] * factor))
        return np.asarray(planes[0])


def to_planes(rgb: Pixels) -> Floats:
    """uint8 height x width x 3 as float32 1 x 3 x height x width, -1 to 1."""
    return np.ascontiguousarray(rgb.transpose(2, 0, 1)[None], np.float32) / np.float32(127.5) - 1


def to_pixels(planes: Floats) -> Pixels:
    """float32 3 x height x width, -1 to 1, as uint8 height x width x 3; what is beyond is cut."""
    codes = np.rint((np.clip(planes, -1, 1) + 1) * np.float32(127.5))
    return np.ascontiguousarray(codes.astype(np.uint8).transpose(1, 2, 0))
