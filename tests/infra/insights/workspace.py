"""A Log Analytics workspace in memory: the documented columns, and Kusto's language on them."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb_kql

from tests.infra.insights.ingestion import Row

_DESCRIBED = json.loads(
    (Path(__file__).parents[1] / "kusto/tables.json").read_text(encoding="utf-8")
)
_TYPES = {
    "string": "VARCHAR",
    "datetime": "TIMESTAMP",
    "real": "DOUBLE",
    "int": "INTEGER",
    "bool": "BOOLEAN",
    "dynamic": "JSON",
}
TABLES: dict[str, dict[str, str]] = {
    name: {**_DESCRIBED["every"], **own} for name, own in _DESCRIBED["tables"].items()
}
"""The columns of each table, with their types."""


class Workspace:
    """Rows, and what queries answer over them."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._database = duckdb_kql.connect()
        for name, columns in TABLES.items():
            listed = ", ".join(f'"{column}" {_TYPES[kind]}' for column, kind in columns.items())
            self._database.execute(f"CREATE TABLE {name} ({listed})")
        for row in rows:
            self._add(row)

    def ask(self, query: str) -> list[Row]:
        """The rows that a query answers with."""
        answer = duckdb_kql.query(self._database, query)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()]

    def _add(self, row: Row) -> None:
        columns = TABLES[row["Type"]]
        names = [name for name in row if name in columns]
        values = [_stored(columns[name], row[name]) for name in names]
        listed, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        self._database.execute(f"INSERT INTO {row['Type']} ({listed}) VALUES ({marks})", values)


def _stored(kind: str, value: Any) -> Any:
    if kind == "dynamic":
        return json.dumps(value)
    if kind == "datetime":
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return value
