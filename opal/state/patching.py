"""What a patch and a batch mean, for stores that have to work it out themselves."""

import json
from collections.abc import Sequence
from typing import TypeGuard

from opal.documents import Json
from opal.state.contract import MAX_BATCH, MAX_PATCH, ConditionFailed, Operation, Patch


def check_limits(operations: Sequence[Operation]) -> None:
    """Raise `ValueError` for a batch or a patch beyond the contract's limits."""
    if not 1 <= len(operations) <= MAX_BATCH:
        raise ValueError(f"a batch has 1 to {MAX_BATCH} operations, not {len(operations)}")
    for operation in operations:
        if isinstance(operation, Patch) and len(operation.add) + len(operation.set) > MAX_PATCH:
            raise ValueError(f"a patch has at most {MAX_PATCH} fields")


def check_conditions(document: Json, patch: Patch) -> None:
    """Raise `ConditionFailed` when the patch's `where` does not hold."""
    for path, relation, number in patch.where:
        found = _number_at(document, path)
        if found is None or not (found >= number if relation == ">=" else found <= number):
            raise ConditionFailed(f"{patch.id}: {path} is not {relation} {number}")


def patched(document: Json, patch: Patch) -> Json:
    """A deep copy of the document with the patch applied."""
    changed: Json = json.loads(json.dumps(document))
    for path, amount in patch.add.items():
        parent, name = _parent(changed, path)
        number = parent.get(name, 0)
        if not _is_number(number):
            raise ValueError(f"there is no number at {path}")
        parent[name] = number + amount
    for path, value in patch.set.items():
        parent, name = _parent(changed, path)
        parent[name] = value
    return changed


def _number_at(document: Json, path: str) -> float | None:
    value: object = document
    for part in path.strip("/").split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    return value if _is_number(value) else None


def _is_number(value: object) -> TypeGuard[float]:
    """True for a number as JSON has them; Python's truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parent(document: Json, path: str) -> tuple[Json, str]:
    *parents, name = path.strip("/").split("/")
    for part in parents:
        inner = document.get(part)
        if not isinstance(inner, dict):
            raise ValueError(f"nothing can be written at {path}: its parent does not exist")
        document = inner
    return document, name
