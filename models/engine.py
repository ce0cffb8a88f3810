"""What every engine takes and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from imaging.pixels import Pixels
from models.params import Params


@dataclass(frozen=True)
class Model:
    """Which model made a picture; `sha256` is that of its weights, "" where it has none."""

    name: str
    version: str
    sha256: str = ""


@dataclass(frozen=True)
class EngineResult:
    """A finished picture: `pixels` is uint8, height x width x 3 or 4, sRGB, straight alpha.

    `quality` holds numbers and short lists only: it travels in the answer and in blob metadata.
    """

    pixels: Pixels
    model: Model
    quality: Mapping[str, Any]


@dataclass(frozen=True)
class Engine:
    """A task's implementation, for one named input.

    `read` turns the downloaded bytes into uint8 pixels, height x width x 3 or 4; `run` takes
    those by input name. Both may raise PhotoError and EndpointError, and both check the params
    they use.
    """

    input_name: str
    read: Callable[[bytes, Params], Pixels]
    run: Callable[[Mapping[str, Pixels], Params], EngineResult]
