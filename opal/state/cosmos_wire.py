"""How documents and operations look in Cosmos DB.

A document is stored as it is, except for `due_at` and `waiting_since`: times are compared as text
there, and their texts may have different offsets. So each is stored as `{"at": …, "text": …}`, the
time in one form beside the text as written, in one field that a patch can set with one of its ten
operations.
Whole numbers are exact up to 2^53, as in all JSON that passes through floating point.
"""

import json
from typing import Any, TypeGuard

from opal.documents import Json
from opal.state.contract import Condition, Patch, Stored
from opal.state.listing import sortable

MOMENTS = ("due_at", "waiting_since")
"""The fields with times that queries compare."""
_SYSTEM = frozenset({"_rid", "_self", "_etag", "_attachments", "_ts"})


def to_wire(document: Json) -> Json:
    """The document as it is stored."""
    return {**document, **{m: _moment_to_wire(document[m]) for m in MOMENTS if m in document}}


def from_wire(document: Json) -> Stored:
    """The document as it was written, with its ETag."""
    written = {name: value for name, value in document.items() if name not in _SYSTEM}
    for name in MOMENTS:
        if _is_moment(written.get(name)):
            written[name] = written[name]["text"]
    return Stored(written, document["_etag"])


def patch_to_wire(patch: Patch) -> list[dict[str, Any]]:
    """The patch's operations, in Cosmos DB's form."""
    operations = [{"op": "incr", "path": path, "value": n} for path, n in patch.add.items()]
    for path, value in patch.set.items():
        stored = _moment_to_wire(value) if path.removeprefix("/") in MOMENTS else value
        operations.append({"op": "set", "path": path, "value": stored})
    return operations


def predicate(patch: Patch) -> str | None:
    """The patch's conditions as a query that the document must be an answer to."""
    if not patch.where:
        return None
    return "FROM c WHERE " + " AND ".join(map(_compared, patch.where))


def _compared(condition: Condition) -> str:
    names = condition.path.strip("/").split("/")
    path = "c" + "".join(f"[{json.dumps(name)}]" for name in names)
    return f"{path} {condition.relation} {int(condition.number)}"


def _moment_to_wire(moment: object) -> object:
    return {"at": sortable(moment), "text": moment} if isinstance(moment, str) else moment


def _is_moment(value: object) -> TypeGuard[dict[str, str]]:
    return isinstance(value, dict) and value.keys() == {"at", "text"}
