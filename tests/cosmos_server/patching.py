"""Partial updates: up to ten operations on one item, all or none, under a condition."""

import copy
from collections.abc import Sequence
from typing import Any

from tests.cosmos_server.answers import Refusal
from tests.cosmos_server.sql import read_condition

MAX_OPERATIONS = 10


def holds(condition: str | None, document: dict[str, Any]) -> bool:
    """Whether a patch's condition is true for the item as it is."""
    return condition is None or read_condition(condition).value(document, {}) is True


def patched(
    body: dict[str, Any], operations: Sequence[dict[str, Any]], fixed: Sequence[str]
) -> dict[str, Any]:
    """A copy of the body with the operations applied; `fixed` paths can't be patched.

    Raises `Refusal` with 400 for what can't be applied.
    """
    if not 1 <= len(operations) <= MAX_OPERATIONS:
        raise Refusal(400, f"A patch has 1 to {MAX_OPERATIONS} operations.")
    changed = copy.deepcopy(body)
    for number, operation in enumerate(operations):
        path = str(operation.get("path", ""))
        if path in ("/id", *fixed) or path.startswith("/_"):
            raise Refusal(400, f"For operation {number}: {path} can't be patched.")
        try:
            _apply(changed, operation, path)
        except KeyError as error:
            raise Refusal(400, f"For operation {number}: {path}: {error.args[0]}") from None
    return changed


def _apply(body: dict[str, Any], operation: dict[str, Any], path: str) -> None:
    """Apply one operation; raises `KeyError` with the reason when it can't be."""
    parent, name = _parent(body, path)
    match operation.get("op"):
        case "set" | "add":
            parent[name] = operation["value"]
        case "replace":
            if name not in parent:
                raise KeyError("there is nothing to replace")
            parent[name] = operation["value"]
        case "remove":
            if name not in parent:
                raise KeyError("there is nothing to remove")
            del parent[name]
        case "incr":
            number = parent.get(name, 0)
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise KeyError("there is no number to increment")
            parent[name] = number + operation["value"]
        case other:
            raise KeyError(f"operation {other!r} is not known here")


def _parent(body: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    if not path.startswith("/"):
        raise KeyError("a path begins with a slash")
    *parents, name = path[1:].split("/")
    inner: Any = body
    for part in parents:
        inner = inner.get(part) if isinstance(inner, dict) else None
    if not isinstance(inner, dict):
        raise KeyError("the parent does not exist")
    return inner, name
