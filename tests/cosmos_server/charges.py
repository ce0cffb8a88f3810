"""A model of request charges; not a measurement.

It goes through the figures that Microsoft publishes for items of 1 KB and 100 KB: a point read
costs 1 and 10 request units, a write 5 and 50, a replacement about twice a write. With
`size(kb) = 1 + max(0, kb - 1) / 11`:

    read                     size
    create, delete           5 size + 0.1 per index term (a value at an indexed path)
    replace, upsert, patch   twice that
    batch                    the sum of its operations
    query                    2.3 + 0.1 size of each document loaded
    refused                  1

A query loads the documents that it answers, if the index has every path of its condition and
its order; otherwise it loads all documents of the partitions that it looks into. A real account
also charges for looking through the index, depending on how selective each term is, and twice
as much for reads under strong consistency.
"""

import json
from collections.abc import Iterable
from typing import Any

_QUERY = 2.3
_LOADED = 0.1
_WRITE = 5.0
_TERM = 0.1
_ALWAYS_INDEXED = {("id",), ("_ts",)}


def size(document: dict[str, Any]) -> float:
    """How much more a document costs than one of 1 KB."""
    kilobytes = len(json.dumps(document)) / 1024
    return 1 + max(0.0, kilobytes - 1) / 11


def of_read(document: dict[str, Any]) -> float:
    """The charge of a point read."""
    return size(document)


def of_write(properties: dict[str, Any], document: dict[str, Any], *, anew: bool) -> float:
    """The charge of creating or deleting a document (`anew`), or of changing one."""
    terms = sum(is_indexed(properties, path) for path in _leaves(document))
    return (1 if anew else 2) * (_WRITE * size(document) + _TERM * terms)


def of_query(loaded: Iterable[dict[str, Any]]) -> float:
    """The charge of a page of a query."""
    return _QUERY + _LOADED * sum(size(document) for document in loaded)


def is_indexed(properties: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether a container's indexing policy has a scalar path; the longest match decides."""
    if path in _ALWAYS_INDEXED:
        return True
    policy = properties.get("indexingPolicy", {"includedPaths": [{"path": "/*"}]})
    included = max((_match(p["path"], path) for p in policy.get("includedPaths", [])), default=-1)
    excluded = max((_match(p["path"], path) for p in policy.get("excludedPaths", [])), default=-1)
    return included > excluded


def _match(pattern: str, path: tuple[str, ...]) -> int:
    """How many names of the path a policy's pattern fixes, or -1 if it does not match."""
    *names, ending = [part.strip('"') for part in pattern.strip("/").split("/")]
    exact = ending == "?" and tuple(names) == path
    wide = ending == "*" and path[: len(names)] == tuple(names)
    return len(names) if exact or wide else -1


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, (*path, "[]"))
    else:
        yield path
