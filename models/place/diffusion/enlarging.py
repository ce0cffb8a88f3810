"""A painted scene at the canvas' size."""

from imaging.pixels import Pixels
from imaging.resize import resize
from models import upscale

_MOST = 4.0


def to_canvas(scene: Pixels, canvas: tuple[int, int]) -> Pixels:
    """`scene`, uint8 RGB, at `canvas` (width, height), whose shape it has but for rounding;
    the caller may write on it.

    Enlarged by the endpoint's upscaler as far as that goes, which is four times; the rest, and what
    is to be shrunk, by a Lanczos filter.
    """
    width, height = canvas
    scale = min(_MOST, max(width / scene.shape[1], height / scene.shape[0]))
    if scale > 1:
        scene = upscale.run({"image": scene}, {"scale": scale}).pixels
    result = resize(scene, width, height)
    return result if result.flags.writeable else result.copy()
