"""What Azure ML would get, staged once by the hook from a copy of the repository."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a .build folder; it has nothing of training and no test."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("infra", "models", "imaging"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("training"))
    for path in ROOT.glob("requirements-endpoint*.txt"):
        shutil.copy(path, folder)
    (folder / "models/training").mkdir()
    (folder / "models/training/train.py").touch()
    subprocess.run([folder / "infra/hooks/stage-endpoint.sh"], check=True, capture_output=True)
    return folder
