"""The table of choices in docs/deploy.md: each value is taken, each default is the real one."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.infra.bicep.evaluation import deploy
from tests.infra.bicep.nodes import children, field, literal
from tests.infra.bicep.scope import CannotEvaluate
from tests.infra.bicep.uses import calls
from tests.infra.checks.evaluated import refused
from tests.infra.deployments import BASE
from tests.infra.sources import template

_ROW = re.compile(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \|", re.MULTILINE)
_WORD = re.compile(r"`([^`]+)`")


def choices(root: Path) -> list[str]:
    """Values that the templates refuse, and defaults other than those of the parameter file."""
    manual = (root / "docs/deploy.md").read_text("utf-8")
    defaults = _defaults(root)
    problems = []
    for name, values, default in _ROW.findall(manual):
        for value in _WORD.findall(values):
            told = _refused(root, {**BASE, name: value})
            problems += [f"docs/deploy.md: {name}={value} is refused: {each}" for each in told]
        said = _WORD.fullmatch(default.strip())
        if said and name in defaults and said[1] not in defaults[name]:
            problems.append(f"docs/deploy.md: the default of {name} is not {said[1]}")
    return problems


def _refused(root: Path, environment: dict[str, str]) -> list[str]:
    try:
        return refused(root, deploy(_parameters(root), environment))
    except CannotEvaluate as error:
        return [str(error)]


def _parameters(root: Path) -> Path:
    return root.resolve() / "infra" / "main.bicepparam"


def _defaults(root: Path) -> dict[str, set[str | None]]:
    found: dict[str, set[str | None]] = {}
    for name, default in _read(root):
        found.setdefault(name, set()).add(default)
    return found


def _read(root: Path) -> Iterator[tuple[str, str | None]]:
    tree = template(_parameters(root)).tree
    for call in calls(tree.root_node, "readEnvironmentVariable"):
        name, *default = children(field(call, "arguments"))
        yield literal(name) or "", literal(default[0]) if default else None
