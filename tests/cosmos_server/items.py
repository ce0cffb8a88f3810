"""Operations on single items, as requests of their own or as parts of a batch."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.cosmos_server import charges, patching
from tests.cosmos_server.answers import KEY_MISMATCH, Answer, Refusal
from tests.cosmos_server.partitions import place_of
from tests.cosmos_server.rows import ContainerRow, ItemRow
from tests.cosmos_server.storage import Storage

MAX_ITEM_BYTES = 2 * 1024 * 1024
MAX_ID_BYTES = 1023
_FORBIDDEN = re.compile(r"[/\\?#]")


@dataclass(frozen=True)
class Operation:
    """What to do with one item: `body` is a document, or a patch; `key` as JSON text."""

    kind: str
    key: str
    id: str = ""
    body: Any = None
    if_match: str = ""


def apply(storage: Storage, container: ContainerRow, operation: Operation) -> Answer:
    """Apply an operation inside the caller's transaction; raises `Refusal`."""
    _check_key(container, operation.key)
    return _KINDS[operation.kind](storage, container, operation)


def _create(storage: Storage, container: ContainerRow, operation: Operation) -> Answer:
    body = _checked_body(container, operation)
    if storage.item(container, operation.key, body["id"]) is not None:
        raise Refusal(409, "Entity with the specified id already exists in the system.")
    place = place_of(container.key_kind, tuple(json.loads(operation.key)))
    item = storage.put(container, ItemRow(operation.key, place, body["id"], "", "", 0.0, body))
    return _written(container, item, 201, anew=True)


def _upsert(storage: Storage, container: ContainerRow, operation: Operation) -> Answer:
    body = _checked_body(container, operation)
    if storage.item(container, operation.key, body["id"]) is None:
        return _create(storage, container, operation)
    return _replace(storage, container, replace(operation, id=body["id"]))


def _read(storage: Storage, container: ContainerRow, operation: Operation) -> Answer:
    item = _found(storage, container, operation)
    return Answer(200, item.document, {"etag": item.etag}, charges.of_read(item.body))


def _replace(storage: Storage, container: ContainerRow, operation: Operation) -> Answer:
    body = _checked_body(container, operation)
    item = _matching(storage, container, operation)
    if body["id"] != operation.id:
        raise Refusal(400, "The id in the payload is not the one of the item.")
    return _written(container, storage.put(container, replace(item, body=body)), 200, anew=False)


def _patch(storage: Storage, container: ContainerRow, operation: Operation) -> Answer:
    item = _matching(storage, container, operation)
    if not isinstance(operation.body, dict) or "operations" not in operation.body:
        raise Refusal(400, "A patch needs its operations.")
    if not patching.holds(operation.body.get("condition"), item.body):
        raise Refusal(412, "One of the specified pre-condition is not met.")
    body = patching.patched(item.body, operation.body["operations"], container.key_paths)
    _check_size(body)
    return _written(container, storage.put(container, replace(item, body=body)), 200, anew=False)


def _delete(storage: Storage, container: ContainerRow, operation: Operation) -> Answer:
    item = _matching(storage, container, operation)
    storage.remove(container, item)
    return Answer(204, charge=charges.of_write(container.body, item.body, anew=True))


_KINDS: dict[str, Callable[[Storage, ContainerRow, Operation], Answer]] = {
    "create": _create,
    "upsert": _upsert,
    "read": _read,
    "replace": _replace,
    "patch": _patch,
    "delete": _delete,
}


def _found(storage: Storage, container: ContainerRow, operation: Operation) -> ItemRow:
    item = storage.item(container, operation.key, operation.id)
    if item is None:
        raise Refusal(404, "Entity with the specified id does not exist in the system.")
    return item


def _matching(storage: Storage, container: ContainerRow, operation: Operation) -> ItemRow:
    """The item, if it still has the ETag that the operation asks for."""
    item = _found(storage, container, operation)
    if operation.if_match not in ("", "*", item.etag):
        raise Refusal(412, "One of the specified pre-condition is not met.")
    return item


def _written(container: ContainerRow, item: ItemRow, status: int, *, anew: bool) -> Answer:
    charge = charges.of_write(container.body, item.body, anew=anew)
    return Answer(status, item.document, {"etag": item.etag}, charge)


def _check_key(container: ContainerRow, key: str) -> None:
    values = json.loads(key)
    if len(values) != len(container.key_paths):
        raise Refusal(400, "The partition key is not complete.", substatus=KEY_MISMATCH)


def _checked_body(container: ContainerRow, operation: Operation) -> dict[str, Any]:
    """The document to write, if it is one of the partition and within the limits."""
    body = operation.body
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise Refusal(400, "The document needs an id.")
    if _FORBIDDEN.search(body["id"]) or len(body["id"].encode()) > MAX_ID_BYTES:
        raise Refusal(400, "The id has characters that are not allowed, or is too long.")
    own = [body.get(path.strip("/"), {}) for path in container.key_paths]
    if own != json.loads(operation.key):
        raise Refusal(
            400, "The document's partition key is not the one given.", substatus=KEY_MISMATCH
        )
    _check_size(body)
    return body


def _check_size(body: dict[str, Any]) -> None:
    if len(json.dumps(body)) > MAX_ITEM_BYTES:
        raise Refusal(413, "Request size is too large.")
