"""A copy of the infrastructure to break, and Checkov, which looks at it meanwhile."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.infra.linters import Scan, begun_scan, scans
from tests.infra.sources import ROOT

Break = Callable[[str, str, str], Path]
_READ = (
    *("infra", "host.json", "opal/state/containers.json", "azure.yaml"),
    *(".github/workflows", "docs/deploy.md", "docs/operations.md"),
)
_OPEN_ACCOUNT = """
resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: 'open'
  location: 'here'
  // checkov:skip=CKV_AZURE_206:
  properties: {
    allowBlobPublicAccess: true
  }
}
"""


@pytest.fixture(scope="session", autouse=True)
def _scanning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], list[Scan]]]:
    """Checkov over the infrastructure, and over files that are wrong on purpose.

    It takes as long as many tests, so it begins before the first, and is waited for by its own.
    """
    folder = tmp_path_factory.mktemp("scanned")
    shutil.copytree(ROOT / "infra", folder / "infra")
    (folder / "wrong").mkdir()
    (folder / "wrong/open.bicep").write_text(_OPEN_ACCOUNT)
    (folder / "wrong/unfinished.bicep").write_text("var unfinished = {\n")
    answer = tmp_path_factory.mktemp("checkov") / "answer.json"
    with begun_scan(folder, answer) as process:

        def wait() -> list[Scan]:
            process.wait(120)
            return scans(folder, answer)

        yield wait


@pytest.fixture(scope="session")
def scanned(_scanning: Callable[[], list[Scan]]) -> list[Scan]:
    """What Checkov says of the infrastructure, and of what is wrong on purpose."""
    return _scanning()


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
