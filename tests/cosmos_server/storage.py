"""Databases, containers and items in one SQLite file, behind one lock.

One connection serves all threads, one request at a time, so every request is a transaction.
"""

import base64
import json
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.cosmos_server.answers import OWNER_MISSING, Refusal
from tests.cosmos_server.partitions import FIRST_RANGES, Range
from tests.cosmos_server.rows import ContainerRow, ItemRow

_SCHEMA = """
CREATE TABLE IF NOT EXISTS databases (id TEXT PRIMARY KEY, rid TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS containers (
    database TEXT NOT NULL, id TEXT NOT NULL, rid TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL, ranges TEXT NOT NULL, PRIMARY KEY (database, id)
);
CREATE TABLE IF NOT EXISTS items (
    container TEXT NOT NULL, key TEXT NOT NULL, place TEXT NOT NULL, id TEXT NOT NULL,
    rid TEXT NOT NULL, etag TEXT NOT NULL, ts REAL NOT NULL, expires REAL, body TEXT NOT NULL,
    PRIMARY KEY (container, key, id)
);
CREATE INDEX IF NOT EXISTS by_place ON items (container, place);
"""
_COLUMNS = "key, place, id, rid, etag, ts, body"
_ALIVE = "(expires IS NULL OR expires>?)"


class Storage:
    """The file, or memory for `:memory:`."""

    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing does if it raises."""
        with self._lock:
            self._db.execute("SAVEPOINT request")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK TO request")
                raise
            finally:
                self._db.execute("RELEASE request")

    def create_database(self, id: str) -> dict[str, Any]:
        """Raises `Refusal` with 409 if it is there."""
        try:
            self._db.execute("INSERT INTO databases VALUES (?,?)", (id, _new_rid(4)))
        except sqlite3.IntegrityError:
            raise Refusal(409, "Resource with specified id already exists.") from None
        return self.database(id)

    def database(self, id: str) -> dict[str, Any]:
        """A database's properties; raises `Refusal` with 404."""
        row = self._db.execute("SELECT rid FROM databases WHERE id=?", (id,)).fetchone()
        if row is None:
            raise Refusal(404, "Resource Not Found.")
        return {"id": id, "_rid": row[0], "_self": f"dbs/{row[0]}/", "_etag": '"0"', "_ts": 0}

    def delete_database(self, id: str) -> None:
        """Remove a database and all that it holds."""
        self.database(id)
        self._db.execute(
            "DELETE FROM items WHERE container IN (SELECT rid FROM containers WHERE database=?)",
            (id,),
        )
        self._db.execute("DELETE FROM containers WHERE database=?", (id,))
        self._db.execute("DELETE FROM databases WHERE id=?", (id,))

    def create_container(self, database: str, properties: dict[str, Any]) -> ContainerRow:
        """Raises `Refusal` with 409 if it is there."""
        rid = _new_rid(8)
        system = {"_rid": rid, "_self": f"dbs/x/colls/{rid}/", "_etag": '"0"', "_ts": 0}
        row = ContainerRow(database, properties["id"], rid, {**properties, **system}, FIRST_RANGES)
        try:
            self._db.execute(
                "INSERT INTO containers VALUES (?,?,?,?,?)",
                (database, row.id, rid, json.dumps(row.body), _ranges_text(row.ranges)),
            )
        except sqlite3.IntegrityError:
            raise Refusal(409, "Resource with specified id already exists.") from None
        return row

    def container(self, database: str, id: str) -> ContainerRow:
        """Raises `Refusal` with 404; its substatus says if the database is missing."""
        row = self._db.execute(
            "SELECT rid, body, ranges FROM containers WHERE database=? AND id=?", (database, id)
        ).fetchone()
        if row is None:
            known = self._db.execute("SELECT 1 FROM databases WHERE id=?", (database,)).fetchone()
            raise Refusal(404, "Resource Not Found.", substatus=0 if known else OWNER_MISSING)
        ranges = tuple(
            Range(id, low, high, tuple(parents)) for id, low, high, parents in json.loads(row[2])
        )
        return ContainerRow(database, id, row[0], json.loads(row[1]), ranges)

    def set_ranges(self, container: ContainerRow, ranges: tuple[Range, ...]) -> None:
        """Give a container other physical partitions."""
        self._db.execute(
            "UPDATE containers SET ranges=? WHERE rid=?", (_ranges_text(ranges), container.rid)
        )

    def item(self, container: ContainerRow, key: str, id: str) -> ItemRow | None:
        """An item that is there and has not expired."""
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM items WHERE container=? AND key=? AND id=? AND {_ALIVE}",
            (container.rid, key, id, time.time()),
        ).fetchone()
        return ItemRow.read(row) if row else None

    def items(self, container: ContainerRow, low: str, high: str, key: str | None) -> list[ItemRow]:
        """Living items of the places from `low` to before `high`, or of one partition key."""
        where, values = ("key=?", [key]) if key else ("place>=? AND place<?", [low, high])
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM items WHERE container=? AND {where} AND {_ALIVE}",
            (container.rid, *values, time.time()),
        )
        return [ItemRow.read(row) for row in rows]

    def put(self, container: ContainerRow, item: ItemRow) -> ItemRow:
        """Write an item as a new version; an empty `rid` gets one."""
        now = time.time()
        item = replace(item, rid=item.rid or _new_rid(16), etag=f'"{uuid.uuid4()}"', ts=now)
        ttl = container.ttl_of(item.body)
        self._db.execute(
            "INSERT OR REPLACE INTO items VALUES (?,?,?,?,?,?,?,?,?)",
            (
                *(container.rid, item.key, item.place, item.id, item.rid, item.etag, now),
                *(now + ttl if ttl else None, json.dumps(item.body)),
            ),
        )
        return item

    def remove(self, container: ContainerRow, item: ItemRow) -> None:
        """Remove an item."""
        self._db.execute(
            "DELETE FROM items WHERE container=? AND key=? AND id=?",
            (container.rid, item.key, item.id),
        )


def _ranges_text(ranges: tuple[Range, ...]) -> str:
    return json.dumps([(each.id, each.low, each.high, each.parents) for each in ranges])


def _new_rid(size: int) -> str:
    """An id like the service's own: base64, safe in a path."""
    return base64.b64encode(os.urandom(size)).decode().replace("/", "-")
