"""A whole model, loaded: from a product in its frame, and prompts, to painted frames."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from imaging.layout import Box
from imaging.pixels import Pixels
from models.engine import Model
from models.entries import OWN_VERSION, ModelError
from models.errors import EndpointError
from models.place.diffusion.denoise import Hints, denoise
from models.place.diffusion.folder import Folder, read_folder
from models.place.diffusion.frame import Frame, Kept, keep_product, plan_frame
from models.place.diffusion.noise import Noises
from models.place.diffusion.request import Scene
from models.place.diffusion.schedulers.choice import choose_sampler
from models.place.diffusion.text import TextEncoders
from models.place.diffusion.unet import Unet
from models.place.diffusion.vae import Vae, to_pixels, to_planes
from models.settings import Runtime

_BLOCK = 1 << 20
_Part = TypeVar("_Part", TextEncoders, Unet, Vae)


class DiffusionModel:
    """Sessions of one folder; `paint` may be called from any number of threads.

    `sampler`: which one, and its defaults. `model` names it in answers. `providers` are those in
    use.
    """

    def __init__(self, path: Path, runtime: Runtime) -> None:
        """Load every part, hold them to each other, and paint once.

        Raises ModelError that names every file and shape at fault.
        """
        folder = read_folder(path)
        self.shapes = folder.shapes
        self.sampler = choose_sampler(runtime.diffusion_sampler, folder.scheduler)
        most = self.sampler.most_steps
        if (runtime.diffusion_steps or 1) > most:
            asked = f"OPAL_DIFFUSION_STEPS is {runtime.diffusion_steps}"
            raise ModelError(f"{asked}, but {path} with {self.sampler.kind} has 1 to {most}")
        self._text, self._unet, self._vae = _load(folder, runtime)
        self.providers = self._unet.graph.providers
        self._warm(path)
        self.model = Model(path.name, OWN_VERSION, _digest(folder))

    def paint(
        self, kept: Kept, frame: Frame, scenes: Sequence[Scene], steps: int, scale: float
    ) -> tuple[list[Pixels], int]:
        """The painted frames, uint8 RGB, one for each scene; and how many tokens were cut at most.

        All scenes go through the net together. `steps`: at most the sampler's most; `scale`: of the
        guidance. Raises EndpointError 500 `scene_unusable` where values are not finite.
        """
        guidance = self._unet.guidance(scale)
        positive = self._text.encode([each.prompt for each in scenes])
        negative = self._text.encode([each.negative_prompt for each in scenes], negative=True)
        led = self._unet.lead(negative, positive, guidance, (frame.width, frame.height))
        factor = self.shapes.factor
        latents = (self.shapes.latents, frame.height // factor, frame.width // factor)
        noises = Noises([each.seed for each in scenes], latents)
        hints = self._hints(kept, noises)
        sampler = self.sampler.start(steps)
        made = denoise(self._unet, sampler, hints, noises, led, guidance)
        pictures = [self._picture(each) for each in made]
        return pictures, max(*positive.cut, *negative.cut)

    def _hints(self, kept: Kept, noises: Noises) -> Hints:
        """Where the net may paint is 0 in what it sees, between black and white."""
        planes = to_planes(kept.rgb) * kept.mask
        factor = self.shapes.factor
        paint = 1 - kept.mask[None, None, ::factor, ::factor].astype(np.float32)
        return Hints(self._vae.encode(planes, noises.draw()), paint)

    def _picture(self, latents: np.ndarray) -> Pixels:
        planes = self._vae.decode(latents)
        if not np.isfinite(planes).all():
            raise EndpointError(500, "scene_unusable", "The model's values are no numbers.")
        return to_pixels(planes)

    def _warm(self, path: Path) -> None:
        """Paint at the model's own size, so that a GPU's algorithms for it are chosen now."""
        side = self.shapes.side
        frame = plan_frame((side, side), self.shapes)
        product = np.zeros((side, side, 4), np.uint8)
        kept = keep_product(product, Box(0, 0, side, side), frame)
        try:
            self.paint(kept, frame, [Scene("a table")], 1, self.sampler.guidance)
        except EndpointError as error:
            raise ModelError(
                f"{path}: {error.message} Export vae_decoder and vae_encoder in float32, or with"
                " an autoencoder that is made for float16"
            ) from error


def _load(folder: Folder, runtime: Runtime) -> tuple[TextEncoders, Unet, Vae]:
    """All parts; what is wrong with one does not hide what is wrong with the others."""
    problems: list[str] = []

    def made(kind: Callable[[Folder, Runtime], _Part]) -> _Part | None:
        try:
            part = kind(folder, runtime)
        except ModelError as error:
            problems.append(str(error))
            return None
        problems.extend(part.problems())
        return part

    text, unet, vae = made(TextEncoders), made(Unet), made(Vae)
    if problems or text is None or unet is None or vae is None:
        raise ModelError("; ".join(problems))
    return text, unet, vae


def _digest(folder: Folder) -> str:
    """SHA-256 of all graphs and weights, file by file, as lower-case hexadecimal."""
    whole = hashlib.sha256()
    for part in folder.parts:
        for path in sorted((folder.path / part).iterdir()):
            if path.suffix != ".json" and path.is_file():
                whole.update(f"{part}/{path.name}\n".encode())
                with path.open("rb") as file:
                    while block := file.read(_BLOCK):
                        whole.update(block)
    return whole.hexdigest()
