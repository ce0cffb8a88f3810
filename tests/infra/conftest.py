"""A copy of the infrastructure to break."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra.sources import ROOT

Break = Callable[[str, str, str], Path]
_READ = (
    *("infra", "host.json", "opal/state/containers.json", "azure.yaml"),
    *(".github/workflows", "docs/deploy.md", "docs/operations.md"),
)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that the checks read, as it is."""
    folder = tmp_path_factory.mktemp("whole")
    for name in _READ:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def broken(whole: Path, tmp_path: Path) -> Break:
    """Replaces one text in one file of a copy, and gives the copy's root."""

    def break_it(file: str, old: str, new: str) -> Path:
        root = tmp_path / "broken"
        shutil.copytree(whole, root, copy_function=os.link)
        text = (root / file).read_text("utf-8")
        assert old in text, f"{file} has no {old}"
        # The file is one with that of the whole, until it is another one.
        (root / file).unlink()
        (root / file).write_text(text.replace(old, new, 1), "utf-8")
        return root

    return break_it
