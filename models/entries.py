"""What is known of a model, and how registry.toml says it."""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OWN_VERSION = "custom"

_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "task": ("segment", "upscale"),
    "peak": ("image", "255"),
    "activation": ("none", "sigmoid"),
    "stretch": ("none", "minmax"),
    "mirror": (False, True),
    "scale": (0, 2, 4),
}
_DIGEST_LENGTHS = {"sha256": 64, "md5": 32}


class ModelError(ValueError):
    """A model can't be used; the text names the file or setting at fault and says what to do."""


@dataclass(frozen=True)
class Entry:
    """One model.

    `task`: segment or upscale. `file`: its name, without folder. `input_size`: side of the square
    that it takes, in pixels, 0 for any. Its input is float NCHW, RGB, divided by `peak` ("image":
    the picture's own maximum, else 255), less `mean`, over `std`. `activation` and `stretch` are
    still to be done to what it gives. `mirror`: run the picture's mirror image too; `sides`: run it
    at each of these sizes instead of `input_size`; the mean of all counts. `scale`: of upscalers, 0
    while it is not known. `provider_options` go to ONNX Runtime, by name of the execution provider.
    """

    name: str
    task: str
    family: str
    version: str
    file: str
    licence: str = ""
    homepage: str = ""
    source: str = ""
    sha256: str = ""
    md5: str = ""
    bytes: int | None = None
    input_size: int = 0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    peak: str = "255"
    activation: str = "none"
    stretch: str = "none"
    mirror: bool = False
    sides: tuple[int, ...] = ()
    scale: int = 0
    export: str = ""
    provider_options: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)

    @property
    def largest_run(self) -> int:
        """Pixels of the largest of its usual runs, all pictures of it together; 0 if any."""
        return int(max((self.input_size, *self.sides)) ** 2 * (2 if self.mirror else 1))

    @property
    def bundled(self) -> bool:
        """Whether the file comes with OPAL, in models/weights."""
        return self.family in ("opal", "opal-sr") and self.version != OWN_VERSION


@dataclass(frozen=True)
class Registry:
    """`models` by name; `families`: what a file of one's own is taken for, by family."""

    models: Mapping[str, Entry]
    families: Mapping[str, Entry]


def parse_registry(text: str) -> Registry:
    """Read a registry. Raises ModelError that names every wrong model and field at once."""
    document = tomllib.loads(text)
    families: dict[str, Mapping[str, Any]] = document.get("families", {})
    problems: list[str] = []
    models = {}
    for name, given in document.get("models", {}).items():
        family = given.get("family")
        if family not in families:
            problems.append(f"{name}.family: must be one of {', '.join(sorted(families))}")
            continue
        models[name] = _entry({**families[family], **given, "name": name}, problems)
    own = {
        family: _entry(
            {"name": family, "family": family, "version": OWN_VERSION, "file": "", **given},
            problems,
        )
        for family, given in families.items()
    }
    if problems:
        raise ModelError("The registry of models is wrong: " + "; ".join(problems))
    return Registry({k: v for k, v in models.items() if v}, {k: v for k, v in own.items() if v})


def _entry(given: Mapping[str, Any], problems: list[str]) -> Entry | None:
    name = given["name"]
    found = [f"{name}.{problem}" for problem in _problems(given)]
    problems.extend(found)
    if found:
        return None
    tuples = {key: tuple(given[key]) for key in ("mean", "std", "sides") if key in given}
    return Entry(**{**given, **tuples, "bytes": given.get("bytes") or None})


def _problems(given: Mapping[str, Any]) -> list[str]:
    names = {each.name for each in dataclasses.fields(Entry)}
    found = [f"{key}: is not a field of a model" for key in given if key not in names]
    required = ("task", "version", "file")
    found += [f"{key}: is missing" for key in required if not isinstance(given.get(key), str)]
    for key, choices in _CHOICES.items():
        if key in given and given[key] not in choices:
            found.append(f"{key}: must be one of {', '.join(map(str, choices))}")
    for key, length in _DIGEST_LENGTHS.items():
        digest = given.get(key) or "0" * length
        if len(digest) != length or set(digest) - set("0123456789abcdef"):
            found.append(f"{key}: must be {length} lower-case hexadecimal digits")
    if str(given.get("source") or "https://")[:8] != "https://":
        found.append("source: must be an https address")
    for key in ("mean", "std"):
        values = given.get(key, [1.0, 1.0, 1.0])
        if len(values) != 3 or not all(isinstance(each, float) for each in values):
            found.append(f"{key}: must be three numbers with a point")
    if Path(given.get("file") or "x").name != (given.get("file") or "x"):
        found.append("file: must be a name without a folder")
    return found
