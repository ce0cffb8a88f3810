"""Enlarges a picture up to four times with a net that restores detail."""

from collections.abc import Mapping

from imaging.pixels import Pixels
from models.engine import EngineResult
from models.enlarge import enlarge
from models.errors import invalid
from models.params import Params, choice, number, only
from models.sessions import Session, session_for
from models.settings import get_runtime

KINDS = ("fast", "best", "sharp")
_MAX_PIXELS = 100_000_000
# How far a net of a family looks. That of RealESRGAN_x4plus is wider on paper; what lies further
# away weighs too little to show.
_REACH = {"opal-sr": 16, "realesr": 36}


def run(images: Mapping[str, Pixels], params: Params) -> EngineResult:
    """Enlarge `images["image"]`, RGB or RGBA, by `params.scale`, above 1 and at most 4.

    `params.model`: "fast", "best", or "sharp", which is crisper and less faithful; without it
    the endpoint's setting OPAL_UPSCALE_MODEL decides. Ours has a net for each of 2 and 4 times;
    the next larger one is used and its result shrunk. Sides are rounded to whole pixels.
    Quality holds `scale`, the net's own `model_scale`, and `tiles`. Raises
    EndpointError 400 where the result would exceed 100 megapixels.
    """
    only(params, {"scale", "model"})
    scale = number(params, "scale", 0.0, 1.0, 4.0)
    if scale == 1.0:
        raise invalid("params.scale", "must be above 1")
    image = images["image"]
    height, width = round(image.shape[0] * scale), round(image.shape[1] * scale)
    if width * height > _MAX_PIXELS:
        raise invalid("params.scale", f"would make {width} x {height} pixels, above 100 megapixels")
    session = _session(params, scale)
    reach = _REACH[session.entry.family]
    pixels, tiles = enlarge(image, width, height, session.run, reach)
    quality = {"scale": scale, "model_scale": session.entry.scale, "tiles": tiles}
    return EngineResult(pixels, session.model, quality)


def model_name(setting: str, scale: float) -> str:
    """The registry's name of what enlarges by `scale`: fast, best and sharp are two nets each."""
    return f"opal-x{2 if scale <= 2 else 4}-{setting}" if setting in KINDS else setting


def _session(params: Params, scale: float) -> Session:
    setting = get_runtime().upscale_model
    if "model" in params:
        setting = choice(params, "model", KINDS)
    return session_for("upscale", model_name(setting, scale))
