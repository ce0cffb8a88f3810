"""What a model file takes and gives, held to what its family promises."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imaging.pixels import Floats
from models.entries import OWN_VERSION, Entry, ModelError

_KINDS: Mapping[str, type[np.floating[Any]]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
}
_ANY_SIZE_PROBE = 64


@dataclass(frozen=True)
class Signature:
    """Names of the input and the first output, the input's type, and which dimensions are free."""

    input_name: str
    output_name: str
    kind: type[np.floating[Any]]
    free_batch: bool
    free_size: bool


def read_signature(session: Any, entry: Entry, path: Path) -> tuple[Signature, Entry]:
    """Check an opened file's input; the entry comes back with the size that the file has.

    A file of one's own may be square at another size than its family's usual one. Raises
    ModelError that names the file, what it has and what is needed.
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1:
        raise _unfit(path, entry, f"has {len(inputs)} inputs, but one is needed")
    shape, kind = inputs[0].shape, inputs[0].type
    if kind not in _KINDS:
        raise _unfit(path, entry, f"takes {kind}, but float32 or float16 is needed")
    if len(shape) != 4 or (isinstance(shape[1], int) and shape[1] != 3):
        raise _unfit(path, entry, f"takes {shape}, but [1, 3, height, width] is needed")
    if isinstance(shape[0], int) and shape[0] != 1:
        raise _unfit(
            path, entry, f"takes {shape[0]} pictures at once, but 1 or any number is needed"
        )
    free_size = not any(isinstance(each, int) for each in shape[2:])
    signature = Signature(
        inputs[0].name, outputs[0].name, _KINDS[kind], not isinstance(shape[0], int), free_size
    )
    return signature, entry if free_size else _fixed(entry, shape, path)


def _fixed(entry: Entry, shape: list[Any], path: Path) -> Entry:
    height, width = shape[2:]
    if entry.task == "upscale" or entry.family == "opal":
        raise _unfit(path, entry, f"takes {shape}, but height and width must be dynamic")
    wanted = entry.input_size
    if height != width or (entry.version != OWN_VERSION and height != wanted):
        raise _unfit(path, entry, f"takes {shape}, but [1, 3, {wanted}, {wanted}] is needed")
    return dataclasses.replace(entry, input_size=height)


def probe(entry: Entry) -> Floats:
    """A plain grey picture, as float32 NCHW, of the size that the model usually gets."""
    side = entry.input_size or _ANY_SIZE_PROBE
    return np.full((1, 3, side, side), 0.5, np.float32)


def check_output(output: Floats, given: Floats, entry: Entry, path: Path) -> Entry:
    """Check what the probe gave; an upscaler's entry comes back with its scale.

    Raises ModelError that names the file.
    """
    if output.ndim != 4 or not np.isfinite(output).all():
        raise _unfit(path, entry, f"gives {list(output.shape)} or values that are not finite")
    height, width = given.shape[2:]
    if entry.task == "segment":
        if output.shape[2:] != (height, width):
            raise _unfit(
                path, entry, f"gives {list(output.shape)}, but a mask of the same size is needed"
            )
        calibrated = entry.activation == entry.stretch == "none"
        if calibrated and (output.min() < -0.01 or output.max() > 1.01):
            raise _unfit(path, entry, "gives values outside 0..1, so its graph lacks the sigmoid")
        return entry
    scale = output.shape[2] // height
    fits = output.shape == (1, 3, scale * height, scale * width) and scale in (2, 4)
    if not fits or entry.scale not in (0, scale):
        made = f"makes {list(output.shape)} of {list(given.shape)}"
        wanted = f"{entry.scale} times" if entry.scale else "2 or 4 times"
        raise _unfit(
            path,
            entry,
            f"{made}, but RGB {wanted} as large is needed",
        )
    return dataclasses.replace(entry, scale=scale)


def _unfit(path: Path, entry: Entry, problem: str) -> ModelError:
    return ModelError(
        f"{path}: {problem}. It does not fit the family {entry.family}: export it with the"
        " signature that is needed, or name the family it belongs to"
    )
