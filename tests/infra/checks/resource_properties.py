"""Raw resources: only properties that `resource_properties.toml` has for their type.

Azure ignores many names that it does not know, so a misspelt one would be a setting not set.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.infra.bicep.made import Made
from tests.infra.bicep.values import Value
from tests.infra.deployments import choices, made, scaling, second_stage
from tests.infra.sources import HERE, named

_PARTS = ("properties", "sku", "identity")


@cache
def table() -> dict[str, dict[str, Any]]:
    """The properties of each type; `*` is a name of our own choice."""
    return tomllib.loads((HERE / "resource_properties.toml").read_text("utf-8"))


def wrong(root: Path) -> list[str]:
    """Properties that the type does not have."""
    found = {(each.target, path): each for each in _raw(root) for path in _paths_of(each)}
    return [
        f"{named(root, each.file, each.declared.line)}: {target} has no {path}"
        for (target, path), each in sorted(found.items(), key=lambda item: item[0])
        if not any(_fits(path, known) for known in _known(target))
    ]


def idle(root: Path) -> list[str]:
    """Entries of the table that no resource uses."""
    used: dict[str, set[str]] = {}
    for each in _raw(root):
        used.setdefault(each.target, set()).update(_paths_of(each))
    return [
        f"{target}: {known}"
        for target in table()
        for known in _known(target)
        if not any(_fits(path, known) for path in used.get(target, ()))
    ]


def _known(target: str) -> list[str]:
    return list(table().get(target, {}).get("properties", []))


def _raw(root: Path) -> Iterator[Made]:
    every = [each for choice in choices() for each in made(root, choice)]
    for each in (*every, *second_stage(root), *scaling(root)):
        if each.target.startswith("Microsoft.") and not each.is_existing:
            yield each


def _paths_of(each: Made) -> set[str]:
    parts = {name: each.body[name] for name in _PARTS if each.body.get(name)}
    return {"/".join(path) for path in _paths(parts)} - {""}


def _paths(value: Value) -> Iterator[tuple[str, ...]]:
    """The path of each end of an object; lists do not count as a step."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from ((name.replace("/", "_"), *rest) for rest in _paths(inner))
    elif isinstance(value, list) and value:
        for item in value:
            yield from _paths(item)
    else:
        yield ()


def _fits(path: str, known: str) -> bool:
    steps, wanted = path.split("/"), known.split("/")
    if len(steps) > len(wanted) and wanted[-1] != "*":
        return False
    # An empty object or list ends early.
    return all(want in ("*", step) for step, want in zip(steps, wanted, strict=False))
