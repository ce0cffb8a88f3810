"""Tiny models with random weights, exported once for all tests, laid out as optimum does it."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.diffusion_export import export, export_unet
from benchmarks.diffusion_models import Parts, tiny_parts
from models.place.diffusion import engine
from models.place.diffusion.model import DiffusionModel
from models.settings import Runtime, get_runtime

CPU = Runtime(device="cpu")


@dataclass
class Made:
    """The modules of a model, its exported folder, and that folder loaded."""

    parts: Parts
    folder: Path
    model: DiffusionModel


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)  # two cores are shared; torch's threads would only wait for each other


@pytest.fixture(scope="session")
def sd(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """As SD 1.5 for inpainting: nine channels, one text encoder."""
    parts = tiny_parts()
    folder = export(parts, tmp_path_factory.mktemp("models") / "tiny")
    return Made(parts, folder, DiffusionModel(folder, CPU))


@pytest.fixture(scope="session")
def sdxl(sd: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    parts = tiny_parts("sdxl")
    parts.vae.load_state_dict(sd.parts.vae.state_dict())
    folder = export(parts, tmp_path_factory.mktemp("models") / "tiny-xl", vae_from=sd.folder)
    return Made(parts, folder, DiffusionModel(folder, CPU))


@pytest.fixture(scope="session")
def four_channels(sd: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """As a model distilled for few steps: its net knows no mask, and takes the guidance itself."""
    parts = tiny_parts(channels=4, time_cond_proj_dim=16)
    parts.vae, parts.encoders = sd.parts.vae, sd.parts.encoders
    folder = tmp_path_factory.mktemp("models") / "tiny-lcm"
    shutil.copytree(sd.folder, folder, ignore=lambda *_: ["unet"])
    export_unet(parts.unet, folder / "unet")
    return Made(parts, folder, DiffusionModel(folder, CPU))


@pytest.fixture
def copied(sd: Made, tmp_path: Path) -> Path:
    """A folder of one's own to break."""
    return Path(shutil.copytree(sd.folder, tmp_path / "copy"))


def change(path: Path, **values: Any) -> None:
    """Set fields of a JSON file; None takes one out."""
    document = json.loads(path.read_text())
    document.update(values)
    kept = {name: value for name, value in document.items() if value is not None}
    path.write_text(json.dumps(kept))


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets the endpoint's settings for one test: the model's folder and others by name."""

    def forget() -> None:
        get_runtime.cache_clear()
        engine._load.cache_clear()

    def set_to(folder: Path | str, **others: str) -> None:
        monkeypatch.setenv("OPAL_DIFFUSION_MODEL", str(folder))
        monkeypatch.setenv("OPAL_DEVICE", "cpu")
        for name, value in others.items():
            monkeypatch.setenv(name, value)
        forget()

    forget()
    yield set_to
    monkeypatch.undo()
    forget()
