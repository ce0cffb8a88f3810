"""How documents and operations look in Cosmos DB.

A document is stored as it is, except for `due_at`: times are compared as text there, and their
texts may have different offsets. So it is stored as `{"at": …, "text": …}`, the time in one form
beside the text as written, in one field that a patch can set with one of its ten operations.
Whole numbers are exact up to 2^53, as in all JSON that passes through floating point.
"""

import json
from typing import Any, TypeGuard

from opal.documents import Json
from opal.state.contract import Condition, Patch, Stored
from opal.state.listing import sortable

DUE_AT = "due_at"
_SYSTEM = frozenset({"_rid", "_self", "_etag", "_attachments", "_ts"})


def to_wire(document: Json) -> Json:
    """The document as it is stored."""
    if DUE_AT not in document:
        return document
    return {**document, DUE_AT: _due_to_wire(document[DUE_AT])}


def from_wire(document: Json) -> Stored:
    """The document as it was written, with its ETag."""
    written = {name: value for name, value in document.items() if name not in _SYSTEM}
    if _is_due(written.get(DUE_AT)):
        written[DUE_AT] = written[DUE_AT]["text"]
    return Stored(written, document["_etag"])


def patch_to_wire(patch: Patch) -> list[dict[str, Any]]:
    """The patch's operations, in Cosmos DB's form."""
    operations = [{"op": "incr", "path": path, "value": n} for path, n in patch.add.items()]
    for path, value in patch.set.items():
        stored = _due_to_wire(value) if path == f"/{DUE_AT}" else value
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


def _due_to_wire(due_at: object) -> object:
    return {"at": sortable(due_at), "text": due_at} if isinstance(due_at, str) else due_at


def _is_due(value: object) -> TypeGuard[dict[str, str]]:
    return isinstance(value, dict) and value.keys() == {"at", "text"}
