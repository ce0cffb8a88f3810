"""The hooks in a repository of their own, which finds the stand-ins on its PATH."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.hooks.fakes import Fakes


@dataclass
class Hooks:
    """A copy of the hooks in a repository of their own, which finds the fakes on its PATH."""

    fakes: Fakes
    repository: Path
    environment: dict[str, str]

    @classmethod
    def copied(cls, fakes: Fakes, folder: Path, environment: Mapping[str, str]) -> "Hooks":
        """Copy the hooks to `folder`; its virtual environment is a fake too."""
        shutil.copytree(ROOT / "infra/hooks", folder / "infra/hooks")
        # These have tests of their own.
        for name in ("deploy-endpoint", "note-live-colour", "remove-caller-role"):
            (folder / f"infra/hooks/{name}.sh").write_text(f"#!/bin/sh\necho {name} has run\n")
        (folder / "infra/ml").mkdir()
        shutil.copy(ROOT / "infra/ml/deployment-gpu.yml", folder / "infra/ml")
        (folder / ".venv/bin").mkdir(parents=True)
        (folder / ".venv/bin/python").symlink_to(fakes.folder / "bin/python")
        return cls(fakes, folder, dict(environment))

    def run(
        self, hook: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a hook as azd does, from its own folder; only its calls are recorded then."""
        self.fakes.calls.clear()
        path = f"{self.fakes.folder / 'bin'}:{os.environ['PATH']}"
        given = {"PATH": path, "HOME": str(self.fakes.folder), "TMPDIR": str(self.fakes.folder)}
        return subprocess.run(
            [self.repository / f"infra/hooks/{hook}.sh", *arguments],
            cwd=self.repository / "infra/hooks",
            env=given | self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def done(self, hook: str, *arguments: str, **environment: str) -> str:
        """What a hook says that succeeds."""
        ended = self.run(hook, *arguments, **environment)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def failed(self, hook: str, *arguments: str, **environment: str) -> str:
        """What a hook says that fails; it leaves no file behind."""
        ended = self.run(hook, *arguments, **environment)
        assert ended.returncode == 1, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    @property
    def said(self) -> list[str]:
        """The calls of the last hook, in order."""
        return [str(call) for call in self.fakes.calls]


def copy_endpoint(folder: Path) -> Path:
    """Copy what the hooks of the model endpoint work with, so that .build is made there."""
    left_out = shutil.ignore_patterns("__pycache__", "training", "*.onnx")
    for name in ("infra", "models", "imaging"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ("opal-cutout", "opal-x2-fast"):
        (folder / "models/weights" / f"{name}.onnx").write_text(name)
    for path in ROOT.glob("requirements-endpoint*.txt"):
        shutil.copy(path, folder)
    return folder
