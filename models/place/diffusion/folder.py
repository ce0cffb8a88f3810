"""The folder that `optimum-cli export onnx` writes for Stable Diffusion, read and held to itself.

model_index.json
scheduler/scheduler_config.json
tokenizer/        tokenizer.json, or vocab.json and merges.txt; tokenizer_config.json
text_encoder/     config.json, model.onnx
unet/             config.json, model.onnx (and its model.onnx_data)
vae_encoder/      config.json, model.onnx
vae_decoder/      config.json, model.onnx
tokenizer_2/, text_encoder_2/      as above; SDXL alone
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.entries import ModelError
from models.place.diffusion.schedulers.config import SchedulerConfig, read_config
from models.place.diffusion.shapes import Shapes, read_shapes
from models.registry import folders

INDEX = "model_index.json"
_SCHEDULER = "scheduler/scheduler_config.json"


@dataclass(frozen=True)
class Folder:
    """A folder whose files are there and whose configurations fit together.

    `encoders`: text_encoder and, for SDXL, text_encoder_2. `zero_empty`: without a negative prompt
    its embedding is zeros and not that of an empty text.
    """

    path: Path
    encoders: tuple[str, ...]
    shapes: Shapes
    scheduler: SchedulerConfig
    zero_empty: bool

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders that hold a model.onnx."""
        return (*self.encoders, "unet", "vae_encoder", "vae_decoder")

    def graph(self, part: str) -> Path:
        return self.path / part / "model.onnx"

    def tokenizer(self, encoder: str) -> Path:
        """The folder of the tokenizer that belongs to a text encoder."""
        return self.path / encoder.replace("text_encoder", "tokenizer")


def find_folder(setting: str, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder that OPAL_DIFFUSION_MODEL means: a path, or a name in one of `models.registry`'s
    folders, such as the Azure ML model mount, or one folder further down.

    Raises ModelError that names what was looked for.
    """
    roots = [] if Path(setting).is_absolute() else folders(environment)
    below = [
        path for root in roots for path in (root / setting, *sorted(root.glob(f"*/{setting}")))
    ]
    for path in (Path(setting), *below):
        if (path / INDEX).is_file():
            return path
    places = ", ".join(str(each) for each in (Path(setting).absolute(), *roots))
    raise ModelError(
        f"{setting}: no folder with a {INDEX} is there (looked in {places}); name a folder that"
        " `optimum-cli export onnx --model … --task inpainting …` has written"
    )


def read_folder(path: Path) -> Folder:
    """Read all but the graphs. Raises ModelError that names every file and field at fault."""
    problems: list[str] = []
    index = _read(path / INDEX, problems)
    encoders = tuple(each for each in ("text_encoder", "text_encoder_2") if _names(index, each))
    if not encoders:
        problems.append(f"{path / INDEX}: names no text_encoder")
    parts = (*encoders, "unet", "vae_encoder", "vae_decoder")
    configs = {part: _read(path / part / "config.json", problems) for part in parts}
    problems += [
        f"{path / part / 'model.onnx'}: is missing"
        for part in parts
        if not (path / part / "model.onnx").is_file()
    ]
    problems += _missing_tokenizers(path, encoders)
    scheduler, wrong = read_config(_read(path / _SCHEDULER, problems))
    problems += [f"{path / _SCHEDULER}: {each}" for each in wrong]
    shapes = None
    if not problems:
        shapes, wrong = read_shapes(configs)
        problems += [f"{path / each}" for each in wrong]
    if problems or shapes is None:
        raise ModelError("; ".join(problems))
    return Folder(
        path, encoders, shapes, scheduler, bool(index.get("force_zeros_for_empty_prompt"))
    )


def _names(index: Mapping[str, Any], part: str) -> bool:
    """Whether the index has the part; a part that a pipeline goes without is [null, null]."""
    return isinstance(index.get(part), list) and any(index[part])


def _read(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        problems.append(f"{path}: is missing")
        return {}
    except (OSError, ValueError) as error:
        problems.append(f"{path}: can't be read as JSON ({type(error).__name__})")
        return {}
    if not isinstance(document, dict):
        problems.append(f"{path}: is not a JSON object")
        return {}
    return document


def _missing_tokenizers(path: Path, encoders: tuple[str, ...]) -> list[str]:
    found = []
    for encoder in encoders:
        folder = path / encoder.replace("text_encoder", "tokenizer")
        pair = (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file()
        if not pair and not (folder / "tokenizer.json").is_file():
            found.append(f"{folder}: has neither tokenizer.json nor vocab.json with merges.txt")
    return found
