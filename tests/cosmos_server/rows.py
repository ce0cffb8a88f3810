"""Containers and items as they are stored."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from tests.cosmos_server.partitions import Range


@dataclass(frozen=True)
class ContainerRow:
    """A container: its properties, and the physical partitions that it has at the moment."""

    database: str
    id: str
    rid: str
    body: dict[str, Any]
    ranges: tuple[Range, ...]

    @property
    def key_paths(self) -> list[str]:
        """The paths of its partition key."""
        return list(self.body["partitionKey"]["paths"])

    @property
    def key_kind(self) -> str:
        """`Hash`, or `MultiHash` for a hierarchical key."""
        return str(self.body["partitionKey"]["kind"])

    def ttl_of(self, item: dict[str, Any]) -> float | None:
        """Seconds to live: an item's own `ttl` counts only where the container has expiry on."""
        default = self.body.get("defaultTtl")
        ttl = None if default is None else item.get("ttl", default)
        return None if ttl in (None, -1) else float(ttl)


@dataclass(frozen=True)
class ItemRow:
    """An item's version; `key` is its partition key as JSON text."""

    key: str
    place: str
    id: str
    rid: str
    etag: str
    ts: float
    body: dict[str, Any]

    @classmethod
    def read(cls, columns: Sequence[Any]) -> Self:
        """An item from its columns, the last of which is JSON text."""
        key, place, id, rid, etag, ts, body = columns
        return cls(key, place, id, rid, etag, ts, json.loads(body))

    @property
    def document(self) -> dict[str, Any]:
        """The item as it is sent, with its system properties."""
        system = {"_rid": self.rid, "_self": f"dbs/x/colls/y/docs/{self.rid}/"}
        return {
            **self.body,
            **system,
            "_etag": self.etag,
            "_attachments": "attachments/",
            "_ts": int(self.ts),
        }
