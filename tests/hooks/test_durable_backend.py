"""infra/hooks/durable-backend.sh: the packaged host.json names the backend that was chosen."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOOKS = Path("infra/hooks")
SCHEDULER = {
    "type": "azureManaged",
    "connectionStringName": "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / HOOKS).mkdir(parents=True)
    for name in ("common.sh", "durable-backend.sh"):
        shutil.copy(ROOT / HOOKS / name, tmp_path / HOOKS)
    shutil.copy(ROOT / "host.json", tmp_path)
    return tmp_path


def choose(copy: Path, backend: str | None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "OPAL_DURABLE_BACKEND"}
    if backend is not None:
        environment["OPAL_DURABLE_BACKEND"] = backend
    script = copy / HOOKS / "durable-backend.sh"
    return subprocess.run(
        [str(script)], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def durable(copy: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((copy / "host.json").read_text("utf-8"))
    return settings["extensions"]["durableTask"]


def test_host_json_as_committed_is_for_the_scheduler(copy):
    before = (copy / "host.json").read_bytes()
    assert choose(copy, None).returncode == 0
    assert (copy / "host.json").read_bytes() == before
    assert durable(copy)["storageProvider"] == SCHEDULER


def test_for_storage_no_provider_is_named_and_nothing_else_changes(copy):
    before = durable(copy)
    assert choose(copy, "storage").returncode == 0
    assert durable(copy) == {k: v for k, v in before.items() if k != "storageProvider"}


def test_there_and_back_is_the_committed_file_to_the_byte(copy):
    for backend in ("storage", "storage", "scheduler"):
        assert choose(copy, backend).returncode == 0
    assert (copy / "host.json").read_bytes() == (ROOT / "host.json").read_bytes()


def test_another_word_is_refused_and_changes_nothing(copy):
    before = (copy / "host.json").read_bytes()
    answer = choose(copy, "redis")
    assert answer.returncode == 1
    assert "scheduler or storage" in answer.stderr
    assert (copy / "host.json").read_bytes() == before
