"""The infrastructure's files, each read once."""

from functools import cache
from pathlib import Path

from tests.infra.bicep.reading import read
from tests.infra.bicep.template import Template

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


@cache
def templates(root: Path) -> tuple[Template, ...]:
    """Every Bicep file and parameter file below `infra`."""
    return tuple(template(path) for path in sorted((root / "infra").rglob("*.bicep*")))


@cache
def template(path: Path) -> Template:
    """One file."""
    return read(path.resolve())


def named(root: Path, path: Path, line: int | None = None) -> str:
    """How a problem calls a place: the path from the root, and the line."""
    short = path.resolve().relative_to(root.resolve())
    return f"{short}:{line}" if line else str(short)
