"""The embedded store: one SQLite file, for one machine.

Each thread has its own connection; a write takes SQLite's write lock at its beginning, so its
conditions are checked against what it will replace. Write-ahead logging keeps readers and the
one writer out of each other's way and survives a killed process.
"""

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from opal.documents import Json
from opal.errors import DependencyDown
from opal.state.contract import (
    MAX_BATCH,
    MAX_PATCH,
    AlreadyExists,
    ChangedMeanwhile,
    ContinuationInvalid,
    Create,
    Missing,
    Operation,
    Page,
    Partition,
    Patch,
    Replace,
    Stored,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    tenant_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    id TEXT NOT NULL,
    etag TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT,
    due_at TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, job_id, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_kind ON documents (tenant_id, job_id, kind, id);
CREATE INDEX IF NOT EXISTS by_due ON documents (kind, status, due_at);
"""
_BUSY_TIMEOUT_S = 30.0


class SqliteStore:
    """A `StateStore` in a file; `path` may be `:memory:` for a store of one thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        with self._translated():
            self._connection().executescript(_SCHEMA)

    def read(self, partition: Partition, id: str) -> Stored | None:
        with self._translated():
            row = (
                self._connection()
                .execute(
                    "SELECT body, etag FROM documents WHERE tenant_id=? AND job_id=? AND id=?",
                    (*partition, id),
                )
                .fetchone()
            )
        return Stored(json.loads(row[0]), row[1]) if row else None

    def write(self, partition: Partition, operations: Sequence[Operation]) -> list[Stored]:
        _check_limits(operations)
        with self._translated():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                written = [self._apply(connection, partition, o) for o in operations]
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
        return written

    def page(
        self, partition: Partition, kind: str, limit: int, continuation: str | None = None
    ) -> Page:
        after = _read_continuation(continuation)
        with self._translated():
            rows = (
                self._connection()
                .execute(
                    "SELECT id, body FROM documents WHERE tenant_id=? AND job_id=? AND kind=?"
                    " AND id>? ORDER BY id LIMIT ?",
                    (*partition, kind, after, limit + 1),
                )
                .fetchall()
            )
        more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            tuple(json.loads(body) for _, body in rows),
            f"after:{rows[-1][0]}" if more and rows else None,
        )

    def due(self, kind: str, statuses: Sequence[str], before: datetime, limit: int) -> list[Json]:
        marks = ",".join("?" * len(statuses))
        with self._translated():
            rows = (
                self._connection()
                .execute(
                    f"SELECT body FROM documents WHERE kind=? AND status IN ({marks})"
                    " AND due_at<? ORDER BY due_at LIMIT ?",
                    (kind, *statuses, _sortable(before.isoformat()), limit),
                )
                .fetchall()
            )
        return [json.loads(body) for (body,) in rows]

    def ping(self) -> None:
        with self._translated():
            self._connection().execute("SELECT 1 FROM documents LIMIT 1").fetchone()

    def close(self) -> None:
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path,
                timeout=_BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            self._local.connection = connection
            with self._lock:
                self._all.append(connection)
        return connection

    def _apply(
        self, connection: sqlite3.Connection, partition: Partition, operation: Operation
    ) -> Stored:
        if isinstance(operation, Create):
            if self._fetch(connection, partition, operation.document["id"]):
                raise AlreadyExists(operation.document["id"])
            return self._put(connection, partition, operation.document)
        id = operation.id if isinstance(operation, Patch) else operation.document["id"]
        current = self._fetch(connection, partition, id)
        if current is None:
            raise Missing(id)
        if isinstance(operation, Replace):
            if current.etag != operation.etag:
                raise ChangedMeanwhile(id)
            return self._put(connection, partition, operation.document)
        return self._put(connection, partition, _patched(current.document, operation))

    @staticmethod
    def _fetch(connection: sqlite3.Connection, partition: Partition, id: str) -> Stored | None:
        row = connection.execute(
            "SELECT body, etag FROM documents WHERE tenant_id=? AND job_id=? AND id=?",
            (*partition, id),
        ).fetchone()
        return Stored(json.loads(row[0]), row[1]) if row else None

    @staticmethod
    def _put(connection: sqlite3.Connection, partition: Partition, document: Json) -> Stored:
        etag = uuid.uuid4().hex
        due_at = document.get("due_at")
        connection.execute(
            "INSERT OR REPLACE INTO documents VALUES (?,?,?,?,?,?,?,?)",
            (
                *partition,
                document["id"],
                etag,
                document["kind"],
                document.get("status"),
                _sortable(due_at) if due_at else None,
                json.dumps(document),
            ),
        )
        return Stored(document, etag)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            raise DependencyDown(f"The state store did not answer ({name}).") from error


def _check_limits(operations: Sequence[Operation]) -> None:
    if not 1 <= len(operations) <= MAX_BATCH:
        raise ValueError(f"a batch has 1 to {MAX_BATCH} operations, not {len(operations)}")
    for operation in operations:
        if isinstance(operation, Patch) and len(operation.add) + len(operation.set) > MAX_PATCH:
            raise ValueError(f"a patch has at most {MAX_PATCH} fields")


def _patched(document: Json, patch: Patch) -> Json:
    """A deep copy of the document with the patch applied."""
    changed: Json = json.loads(json.dumps(document))
    for path, amount in patch.add.items():
        parent, name = _parent(changed, path)
        number = parent.get(name, 0)
        if not isinstance(number, int | float):
            raise ValueError(f"there is no number at {path}")
        parent[name] = number + amount
    for path, value in patch.set.items():
        parent, name = _parent(changed, path)
        parent[name] = value
    return changed


def _parent(document: Json, path: str) -> tuple[Json, str]:
    *parents, name = path.strip("/").split("/")
    for part in parents:
        inner = document.get(part)
        if not isinstance(inner, dict):
            raise ValueError(f"nothing can be written at {path}: its parent does not exist")
        document = inner
    return document, name


def _sortable(moment: str) -> str:
    """An ISO 8601 time in one form, so that text order is time order."""
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat(timespec="microseconds")


def _read_continuation(continuation: str | None) -> str:
    if continuation is None:
        return ""
    prefix, _, after = continuation.partition(":")
    if prefix != "after" or not after:
        raise ContinuationInvalid("this is not a continuation of this list")
    return after
