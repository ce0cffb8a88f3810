"""The embedded store: one SQLite file, for one machine.

Each thread has its own connection; a write takes SQLite's write lock at its beginning, so its
conditions are checked against what it will replace. Write-ahead logging keeps readers and the
one writer out of each other's way and survives a killed process.
"""

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from opal.documents import Json
from opal.errors import DependencyDown
from opal.state.containers import Container
from opal.state.contract import (
    AlreadyExists,
    ChangedMeanwhile,
    Create,
    Missing,
    Operation,
    Page,
    Partition,
    Patch,
    Replace,
    Stored,
)
from opal.state.listing import continuation_after, read_continuation, sortable
from opal.state.patching import check_conditions, check_limits, patched

_WAITING = "julianday(json_extract(body, '$.waiting_since'))"
"""Said of the index and of the query alike, or SQLite does not use the one for the other."""
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS documents (
    container TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    id TEXT NOT NULL,
    etag TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT,
    due_at TEXT,
    sort_key TEXT,
    expires_at REAL,
    body TEXT NOT NULL,
    PRIMARY KEY (container, tenant_id, job_id, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_kind ON documents (container, tenant_id, job_id, kind, id);
CREATE INDEX IF NOT EXISTS by_due ON documents (container, kind, status, due_at);
CREATE INDEX IF NOT EXISTS by_sort_key ON documents (container, tenant_id, kind, sort_key)
    WHERE sort_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_waiting ON documents
    (container, kind, {_WAITING})
    WHERE {_WAITING} IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL;
"""
_WITHOUT_CONTAINERS = """
ALTER TABLE documents RENAME TO documents_before;
DROP INDEX by_kind;
DROP INDEX by_due;
"""
_INTO_CONTAINERS = """
INSERT OR IGNORE INTO documents
    SELECT 'jobs', tenant_id, job_id, id, etag, kind, status, due_at,
           json_extract(body, '$.sort_key'), NULL, body FROM documents_before;
DROP TABLE documents_before;
"""
_MINE = "container=? AND tenant_id=? AND job_id=?"
_ALIVE = "(expires_at IS NULL OR expires_at>?)"
_BUSY_TIMEOUT_S = 30.0


class SqliteStore:
    """A `StateStore` in a file; `path` may be `:memory:` for a store of one thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        with self._translated():
            connection = self._connection()
            columns = [row[1] for row in connection.execute("PRAGMA table_info(documents)")]
            if columns and "container" not in columns:
                connection.executescript(_WITHOUT_CONTAINERS)
            connection.executescript(_SCHEMA)
            if columns and "container" not in columns:
                connection.executescript(_INTO_CONTAINERS)

    def read(self, partition: Partition, id: str) -> Stored | None:
        with self._translated():
            return self._fetch(self._connection(), partition, id)

    def write(self, partition: Partition, operations: Sequence[Operation]) -> list[Stored]:
        check_limits(operations)
        # SQLite itself lets writers sleep and try again, some of them for long; threads of one
        # process can take turns instead.
        with self._writing, self._translated():
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
        self,
        partition: Partition,
        kind: str,
        limit: int,
        continuation: str | None = None,
        *,
        status: str | None = None,
    ) -> Page:
        after = read_continuation(continuation)
        return self._page(
            f"SELECT id, body FROM documents WHERE {_MINE} AND kind=? AND {_ALIVE} AND id>?"
            " AND (? IS NULL OR status=?) ORDER BY id LIMIT ?",
            (*_key(partition), kind, time.time(), after or "", status, status),
            limit,
        )

    def newest(
        self,
        container: Container,
        tenant_id: str,
        kind: str,
        limit: int,
        continuation: str | None = None,
        *,
        status: str | None = None,
    ) -> Page:
        before = read_continuation(continuation)
        return self._page(
            "SELECT sort_key, body FROM documents WHERE container=? AND tenant_id=? AND kind=?"
            f" AND {_ALIVE} AND sort_key IS NOT NULL AND (? IS NULL OR sort_key<?)"
            " AND (? IS NULL OR status=?) ORDER BY sort_key DESC LIMIT ?",
            (container, tenant_id, kind, time.time(), before, before, status, status),
            limit,
        )

    def due(
        self,
        kind: str,
        statuses: Sequence[str],
        before: datetime,
        limit: int,
        *,
        container: Container = Container.JOBS,
        tenant_id: str | None = None,
    ) -> list[Json]:
        marks = ",".join("?" * len(statuses))
        with self._translated():
            self._connection().execute("DELETE FROM documents WHERE expires_at<?", (time.time(),))
            rows = (
                self._connection()
                .execute(
                    f"SELECT body FROM documents WHERE container=? AND kind=?"
                    f" AND status IN ({marks}) AND due_at<? AND (? IS NULL OR tenant_id=?)"
                    f" AND {_ALIVE} ORDER BY due_at LIMIT ?",
                    (
                        *(container, kind, *statuses, sortable(before.isoformat())),
                        *(tenant_id, tenant_id, time.time(), limit),
                    ),
                )
                .fetchall()
            )
        return [json.loads(body) for (body,) in rows]

    def longest_waiting(self, kind: str) -> Json | None:
        with self._translated():
            row = (
                self._connection()
                .execute(
                    f"SELECT body FROM documents WHERE container=? AND kind=? AND {_ALIVE}"
                    f" AND {_WAITING} IS NOT NULL ORDER BY {_WAITING} LIMIT 1",
                    (Container.JOBS, kind, time.time()),
                )
                .fetchone()
            )
        return json.loads(row[0]) if row else None

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
        id = operation.document["id"] if isinstance(operation, Replace) else operation.id
        current = self._fetch(connection, partition, id)
        if current is None:
            raise Missing(id)
        if isinstance(operation, Patch):
            check_conditions(current.document, operation)
            return self._put(connection, partition, patched(current.document, operation))
        if current.etag != operation.etag:
            raise ChangedMeanwhile(id)
        if isinstance(operation, Replace):
            return self._put(connection, partition, operation.document)
        connection.execute(f"DELETE FROM documents WHERE {_MINE} AND id=?", (*_key(partition), id))
        return Stored({}, "")

    @staticmethod
    def _fetch(connection: sqlite3.Connection, partition: Partition, id: str) -> Stored | None:
        row = connection.execute(
            f"SELECT body, etag FROM documents WHERE {_MINE} AND id=? AND {_ALIVE}",
            (*_key(partition), id, time.time()),
        ).fetchone()
        return Stored(json.loads(row[0]), row[1]) if row else None

    @staticmethod
    def _put(connection: sqlite3.Connection, partition: Partition, document: Json) -> Stored:
        etag = uuid.uuid4().hex
        due_at, ttl = document.get("due_at"), document.get("ttl")
        connection.execute(
            "INSERT OR REPLACE INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                *_key(partition),
                document["id"],
                etag,
                document["kind"],
                document.get("status"),
                sortable(due_at) if due_at else None,
                document.get("sort_key"),
                time.time() + ttl if ttl and ttl > 0 else None,
                json.dumps(document),
            ),
        )
        return Stored(document, etag)

    def _page(self, query: str, values: tuple[object, ...], limit: int) -> Page:
        """The rows of a query for (continuation, body), one more than asked to see if it ends."""
        with self._translated():
            rows = self._connection().execute(query, (*values, limit + 1)).fetchall()
        more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            tuple(json.loads(body) for _, body in rows),
            continuation_after(rows[-1][0]) if more and rows else None,
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            raise DependencyDown(f"The state store did not answer ({name}).") from error


def _key(partition: Partition) -> tuple[str, str, str]:
    """The first three columns; only `jobs` has a second level."""
    job_id = partition.job_id if partition.container is Container.JOBS else ""
    return partition.container, partition.tenant_id, job_id
