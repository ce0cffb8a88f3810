"""The installation: Python, and the packages that the requirement files pin."""

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from opal.cli.doctor.findings import Finding, ok, skipped, wrong

PYTHON = (3, 11)
_FILES = ("requirements.txt", "requirements-local.txt")


def check_installation(root: Path) -> Iterator[Finding]:
    """Look at Python and at the packages; `root` has the requirement files."""
    yield check_python(sys.version_info[:2])
    pins = dict(pin for name in _FILES for pin in _pins(root / name))
    yield check_packages(pins) if pins else skipped("packages", "there are no requirement files")


def check_python(running: tuple[int, ...]) -> Finding:
    """Look at the version of Python."""
    wanted, found = (".".join(map(str, parts)) for parts in (PYTHON, running))
    if running == PYTHON:
        return ok("python", found)
    return wrong(
        "python", f"this is {found}, not {wanted}", f"Use Python {wanted}: make stack PYTHON=…"
    )


def check_packages(pins: dict[str, str]) -> Finding:
    """Look whether the pinned versions are installed."""
    off = [
        f"{name} {found or 'missing'}, not {wanted}"
        for name, wanted in pins.items()
        if (found := _installed(name)) != wanted
    ]
    if not off:
        return ok("packages", f"all {len(pins)} as pinned")
    return wrong("packages", "; ".join(off), f"pip install {' '.join(f'-r {f}' for f in _FILES)}")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _pins(file: Path) -> list[tuple[str, str]]:
    """Each `name==version` of a requirement file."""
    if not file.exists():
        return []
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    pairs = (line.partition("==") for line in lines if "==" in line)
    return [(name.strip(), wanted.strip()) for name, _, wanted in pairs]
