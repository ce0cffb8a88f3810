"""The entry to scenes by prompt: everything but the product is painted, around the product.

    request = read_request(params)                     # prompt, negative_prompt, seed, ...
    made = make_scenes(product, box, canvas, request)
    picture = made.pictures[0]                         # opaque uint8 RGB, canvas size

What lies under the product in `picture` is filled in from the scene around it, so the original
product, laid over it with its shadow, is blended with scene and not with a repainted product.
"""

import functools
import logging
import threading

from imaging.layout import Box
from imaging.pixels import Pixels
from models.errors import EndpointError, invalid
from models.place.diffusion.enlarging import to_canvas
from models.place.diffusion.folder import find_folder
from models.place.diffusion.frame import finish, keep_product, plan_frame
from models.place.diffusion.model import DiffusionModel
from models.place.diffusion.request import DiffusionRequest, DiffusionScenes
from models.settings import Runtime, get_runtime

_loading = threading.Lock()
_log = logging.getLogger("azmlinfsrv.opal")


def make_scenes(
    product: Pixels, box: Box, canvas: tuple[int, int], request: DiffusionRequest
) -> DiffusionScenes:
    """Paint the scenes that are asked for around a product, without laying the product over them.

    `product`: uint8 RGBA with straight alpha, box.height x box.width, where it lands on the canvas;
    `canvas`: width and height in pixels. The model works at its own resolution, in the canvas'
    shape; the result is enlarged. The same request gives the same pictures on the same machine,
    alone or in a batch with others (up to rounding of the last digit).

    Raises EndpointError: 422 `engine_unavailable` where no model is configured, 400
    `request_invalid` for steps that the model's sampler does not have, 500 `scene_unusable` where
    the model gives values that are not numbers.
    """
    runtime = get_runtime()
    if not runtime.diffusion_model:
        raise EndpointError(
            422,
            "engine_unavailable",
            "Scenes by prompt need a diffusion model, and this endpoint has none.",
        )
    model = get_model()
    steps, guidance = _asked(request, model, runtime)
    frame = plan_frame(canvas, model.shapes)
    kept = keep_product(product, box, frame)
    pictures, cut = [], 0
    for at in range(0, len(request.scenes), runtime.diffusion_batch):
        batch = request.scenes[at : at + runtime.diffusion_batch]
        painted, tokens = model.paint(kept, frame, batch, steps, guidance)
        pictures += [to_canvas(finish(each, kept, frame), canvas) for each in painted]
        cut = max(cut, tokens)
    quality: dict[str, object] = {"steps": steps, "guidance": guidance}
    quality["frame"] = [frame.width, frame.height]
    if cut:
        quality["tokens_cut"] = cut
    return DiffusionScenes(pictures, model.model, quality)


def _asked(request: DiffusionRequest, model: DiffusionModel, runtime: Runtime) -> tuple[int, float]:
    """Steps and guidance: as asked for, else as set, else the sampler's own."""
    sampler = model.sampler
    steps = request.steps or runtime.diffusion_steps or min(sampler.steps, sampler.most_steps)
    if steps > sampler.most_steps:
        raise invalid("params.steps", f"must be 1 to {sampler.most_steps} with this model")
    return steps, request.guidance or runtime.diffusion_guidance or sampler.guidance


def get_model() -> DiffusionModel:
    """The process's one model. Loads it on first use, which init sees to.

    Raises ModelError that names every file and shape at fault.
    """
    with _loading:
        return _load()


@functools.cache
def _load() -> DiffusionModel:
    runtime = get_runtime()
    path = find_folder(runtime.diffusion_model)
    model = DiffusionModel(path, runtime)
    _log.info("diffusion model loaded from %s on %s", path, model.providers[0])
    return model
