"""Kusto's own parser and binder, over the tables of a workspace."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

READER = Path(__file__).with_name("read.js")


@dataclass(frozen=True)
class Comparison:
    """A comparison with constant texts: `key` is the name in Properties, if it is of one."""

    how: str
    column: str
    key: str | None
    values: list[str]


@dataclass(frozen=True)
class Query:
    """What Kusto finds in a query."""

    name: str
    text: str
    diagnostics: list[str]
    columns: list[str]
    keys: list[str]
    compared: list[Comparison]


def read(files: Iterable[Path]) -> dict[str, Query]:
    """The queries in these files, by the files' names; all in one process, whose start is slow."""
    paths = {str(path): path for path in files}
    answer = subprocess.run(
        ["node", READER, *paths], capture_output=True, check=True, text=True, timeout=120
    )
    found: dict[str, Any] = json.loads(answer.stdout)
    return {paths[path].name: _query(paths[path], told) for path, told in found.items()}


def _query(path: Path, told: dict[str, Any]) -> Query:
    compared = [Comparison(**each) for each in told.pop("compared")]
    return Query(path.name, path.read_text(encoding="utf-8"), compared=compared, **told)
