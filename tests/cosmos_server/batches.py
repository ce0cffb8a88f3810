"""Atomic batches: up to a hundred operations in one partition key, all or none."""

from typing import Any

from tests.cosmos_server import items
from tests.cosmos_server.answers import Answer, Refusal
from tests.cosmos_server.faults import Fault
from tests.cosmos_server.rows import ContainerRow
from tests.cosmos_server.storage import Storage

MAX_OPERATIONS = 100
_FAILED_DEPENDENCY = 424
_KINDS = {"Create", "Upsert", "Read", "Replace", "Patch", "Delete"}


def run_batch(
    storage: Storage, container: ContainerRow, key: str, operations: Any, fault: Fault | None
) -> Answer:
    """Apply a batch: 200 with each operation's result, or 207 with the one that failed among
    others that failed because of it. Raises `Refusal` for a batch that can't be read."""
    if not isinstance(operations, list) or not 1 <= len(operations) <= MAX_OPERATIONS:
        raise Refusal(400, f"A batch has 1 to {MAX_OPERATIONS} operations.")
    parts = [_read(operation, key) for operation in operations]
    results: list[dict[str, Any]] = []
    charge = 0.0
    try:
        with storage.transaction():
            for part in parts:
                answer = items.apply(storage, container, part)
                charge += answer.charge
                results.append(_result(answer))
            if fault is not None and fault.inside and fault.status is not None:
                results.pop()
                raise Refusal(fault.status, "An injected fault.", substatus=fault.substatus)
    except Refusal as refusal:
        failed = _result(refusal.answer())
        before = [_dependent() for _ in results]
        after = [_dependent() for _ in parts[len(results) + 1 :]]
        return Answer(207, [*before, failed, *after], charge=charge + refusal.charge)
    return Answer(200, results, charge=charge)


def _read(operation: Any, key: str) -> items.Operation:
    kind = operation.get("operationType") if isinstance(operation, dict) else None
    if kind not in _KINDS:
        raise Refusal(400, f"Operation type {kind!r} is not supported in a batch.")
    body = operation.get("resourceBody")
    id = operation.get("id", "")
    return items.Operation(kind.lower(), key, id, body, operation.get("ifMatch", ""))


def _result(answer: Answer) -> dict[str, Any]:
    result: dict[str, Any] = {"statusCode": answer.status, "requestCharge": answer.charge}
    if "x-ms-substatus" in answer.headers:
        result["subStatusCode"] = int(answer.headers["x-ms-substatus"])
    if answer.status < 300 and answer.body is not None:
        result |= {"eTag": answer.headers["etag"], "resourceBody": answer.body}
    return result


def _dependent() -> dict[str, Any]:
    return {"statusCode": _FAILED_DEPENDENCY, "requestCharge": 0.0}
