"""What the infrastructure's linters say, run as commands of their own installation."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infra.sources import ROOT

TOOLS = ROOT / ".venv-infra" / "bin"


@dataclass(frozen=True)
class Scan:
    """Checkov's answer for one folder."""

    unparsed: list[str]
    failed: list[str]
    unjustified: list[str]
    passed: int


def run(*command: object, cwd: Path = ROOT) -> str:
    """What a linter complains of; nothing if it is content."""
    done = subprocess.run(
        [str(TOOLS / str(command[0])), *map(str, command[1:])],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@contextmanager
def begun_scan(folder: Path, answer: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Checkov over a folder, under way; once it has ended, `scans` reads its answer."""
    command = [str(TOOLS / "checkov"), "--framework", "bicep", "--compact", "--skip-download"]
    command += ["--output", "json", "--directory", str(folder)]
    with answer.open("wb") as told:
        process = subprocess.Popen(command, stdout=told, stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def scans(folder: Path, answer: Path) -> list[Scan]:
    """What Checkov says of each folder in `folder`, in the order of their names.

    Its exit status is 0 with files that it could not parse, so these are asked for.
    """
    results = json.loads(answer.read_text("utf-8"))["results"]
    return [_part(results, each) for each in sorted(folder.iterdir())]


def _part(results: dict[str, Any], folder: Path) -> Scan:
    def of(kind: str) -> list[dict[str, Any]]:
        return [
            check for check in results[kind] if check["file_path"].startswith(f"/{folder.name}/")
        ]

    unparsed = [Path(path) for path in results["parsing_errors"]]
    return Scan(
        unparsed=[path.name for path in unparsed if folder in path.parents],
        failed=[_named(check) for check in of("failed_checks")],
        unjustified=[
            _named(check)
            for check in of("skipped_checks")
            if check["check_result"]["suppress_comment"] in ("", "No comment provided")
        ],
        passed=len(of("passed_checks")),
    )


def _named(check: dict[str, Any]) -> str:
    return f"{check['check_id']} {check['file_path']} {check['resource']}"
