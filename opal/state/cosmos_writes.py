"""Writes to Cosmos DB: one operation by itself, several as a transactional batch."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosBatchOperationError

from opal.state.contract import (
    AlreadyExists,
    ChangedMeanwhile,
    ConditionFailed,
    Create,
    Delete,
    Missing,
    Operation,
    Patch,
    Replace,
    StateError,
    Stored,
)
from opal.state.cosmos_account import CosmosAccount, retry_after_s
from opal.state.cosmos_wire import from_wire, patch_to_wire, predicate, to_wire

T = TypeVar("T")
BatchOperation = tuple[str, tuple[Any, ...], dict[str, Any]]
_GONE = Stored({}, "")
_RETRY_WITH = 449
_BUSY = 429


def send(
    container: ContainerProxy,
    key: list[str],
    operations: Sequence[Operation],
    options: Mapping[str, Any],
) -> list[Stored]:
    """Apply operations to one partition; raises the SDK's errors."""
    if len(operations) == 1:
        return [_send_one(container, key, operations[0], options)]
    batch = [_in_batch(operation) for operation in operations]
    results = container.execute_item_batch(batch, key, **options)
    return [
        from_wire(result["resourceBody"]) if result.get("resourceBody") else _GONE
        for result in results
    ]


def patiently(account: CosmosAccount, attempt: Callable[[], T]) -> T:
    """Repeat an attempt that was refused for other writers' sake, or because of a busy account.

    Nothing was written then. The SDK itself repeats neither 449 nor a 429 inside a batch.
    """
    deadline = time.monotonic() + account.retry_wait_s
    for turn in range(account.retries):
        try:
            return attempt()
        except HttpResponseError as error:
            wait = _wait_s(error, turn)
            if wait is None or time.monotonic() + wait > deadline:
                raise
            time.sleep(wait)
    return attempt()


def refusal(error: HttpResponseError, operations: Sequence[Operation]) -> Exception:
    """What an answer to a write means in the contract's terms."""
    if isinstance(error, CosmosBatchOperationError):
        operation = operations[error.error_index or 0]
    elif len(operations) == 1:
        operation = operations[0]
    else:
        return ValueError(f"the batch can't be written ({error.status_code})")
    id = _id_of(operation)
    meanings: dict[int | None, type[StateError]] = {
        404: Missing,
        409: AlreadyExists,
        412: ConditionFailed if isinstance(operation, Patch) else ChangedMeanwhile,
    }
    if error.status_code in meanings:
        return meanings[error.status_code](id)
    paths = [*operation.add, *operation.set] if isinstance(operation, Patch) else []
    at = f" at {', '.join(paths)}" if paths else ""
    return ValueError(f"{id} can't be written{at} ({error.status_code})")


def _send_one(
    container: ContainerProxy, key: list[str], operation: Operation, options: Mapping[str, Any]
) -> Stored:
    match operation:
        case Create(document):
            return from_wire(container.create_item(to_wire(document), **options))
        case Replace(document, etag):
            replaced = container.replace_item(
                document["id"],
                to_wire(document),
                etag=etag,
                match_condition=MatchConditions.IfNotModified,
                **options,
            )
            return from_wire(replaced)
        case Patch(id=id):
            changes, condition = patch_to_wire(operation), predicate(operation)
            return from_wire(
                container.patch_item(id, key, changes, filter_predicate=condition, **options)
            )
        case Delete(id, etag):
            container.delete_item(
                id, key, etag=etag, match_condition=MatchConditions.IfNotModified, **options
            )
            return _GONE


def _in_batch(operation: Operation) -> BatchOperation:
    match operation:
        case Create(document):
            return "create", (to_wire(document),), {}
        case Replace(document, etag):
            return "replace", (document["id"], to_wire(document)), {"if_match_etag": etag}
        case Patch(id=id):
            condition = {"filter_predicate": predicate(operation)}
            return "patch", (id, patch_to_wire(operation)), condition
        case Delete(id, etag):
            return "delete", (id,), {"if_match_etag": etag}


def _wait_s(error: HttpResponseError, turn: int) -> float | None:
    """How long to wait before the next attempt; None if there should be none."""
    in_batch = isinstance(error, CosmosBatchOperationError)
    if error.status_code != _RETRY_WITH and not (in_batch and error.status_code == _BUSY):
        return None
    asked = retry_after_s(getattr(error, "headers", None) or {})
    return random.uniform(0, 0.01 * min(turn + 1, 10)) if asked is None else asked


def _id_of(operation: Operation) -> str:
    if isinstance(operation, Create | Replace):
        return str(operation.document["id"])
    return operation.id
