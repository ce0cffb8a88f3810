"""The models that the endpoint knows, and which file a setting stands for.

A setting names a model of registry.toml, or is `family=/path/to/file.onnx` for a file of one's own.
"""

import dataclasses
import functools
import os
from collections.abc import Mapping
from pathlib import Path

from models.entries import Entry, ModelError, Registry, parse_registry

__all__ = [
    "REGISTRY",
    "WEIGHTS",
    "Entry",
    "ModelError",
    "Registry",
    "find_file",
    "folders",
    "load_registry",
    "resolve",
]

WEIGHTS = Path(__file__).resolve().parent / "weights"
REGISTRY = Path(__file__).resolve().parent / "registry.toml"


@functools.cache
def load_registry() -> Registry:
    """The registry that comes with OPAL."""
    return parse_registry(REGISTRY.read_text("utf-8"))


def folders(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Where files that are not bundled lie, and where pull puts them: into the first.

    `OPAL_MODEL_CACHE`, then the Azure ML model mount, then the user's own cache.
    """
    home = environment.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    named = (environment.get("OPAL_MODEL_CACHE"), environment.get("AZUREML_MODEL_DIR"))
    return (*(Path(each) for each in named if each), Path(home, "opal", "models"))


def find_file(entry: Entry, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where the entry's file lies, or None. A model mount may hold it one folder down.

    What is bundled lies beside the code, and on Azure ML in the mount, as a registered model.
    """
    for folder in (WEIGHTS, *folders(environment)) if entry.bundled else folders(environment):
        for path in (folder / entry.file, *sorted(folder.glob(f"*/{entry.file}"))):
            if path.is_file():
                return path
    return None


def resolve(
    task: str, setting: str, environment: Mapping[str, str] = os.environ
) -> tuple[Entry, Path]:
    """The model that a setting stands for, and its file, which exists.

    Raises ModelError for a name or family that is not known or has another task, and for a file
    that is not there.
    """
    family, is_own, path = setting.partition("=")
    return _own(task, family, Path(path)) if is_own else _known(task, setting, environment)


def _own(task: str, family: str, path: Path) -> tuple[Entry, Path]:
    families = load_registry().families
    if family not in families or families[family].task != task:
        fitting = ", ".join(sorted(each for each in families if families[each].task == task))
        raise ModelError(
            f"{family}={path}: '{family}' is no family for {task}; use one of {fitting}"
        )
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; put the ONNX file there, or name another")
    return dataclasses.replace(families[family], name=path.stem, file=path.name), path


def _known(task: str, name: str, environment: Mapping[str, str]) -> tuple[Entry, Path]:
    models = load_registry().models
    if name not in models or models[name].task != task:
        fitting = ", ".join(sorted(each for each in models if models[each].task == task))
        raise ModelError(
            f"'{name}' is no model for {task}; use one of {fitting}, or family=/path/to/file.onnx"
        )
    entry = models[name]
    path = find_file(entry, environment)
    if path is None:
        raise ModelError(_missing(entry, environment))
    return entry, path


def _missing(entry: Entry, environment: Mapping[str, str]) -> str:
    if entry.bundled:
        return f"{WEIGHTS / entry.file}: is missing; it comes with OPAL, so install OPAL again"
    places = ", ".join(str(folder) for folder in folders(environment))
    what = f"run `python -m models pull {entry.name}`"
    if not entry.source:
        what = f"export it and put it there: {entry.export}"
    return f"{entry.file} (model {entry.name}) is in none of {places}; {what}"
