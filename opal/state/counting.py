"""A store that counts what comes about by what is written to it: jobs, and the ends of items.

Every transition moves an item and its job's counters in one batch, so what is added to the
counters of a batch that was written is what happened: once, whoever did it, and not again when
a transition is repeated.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeGuard

from opal.documents import ITEM_FINAL, ItemStatus, Json
from opal.error_codes import causes_of_failure
from opal.state.containers import Container
from opal.state.contract import (
    Create,
    Operation,
    Page,
    Partition,
    Patch,
    Replace,
    StateStore,
    Stored,
)
from opal.telemetry.labels import know_failures
from opal.telemetry.metrics import (
    record_failure,
    record_given_up,
    record_item,
    record_job_created,
)

_ENDS = {f"/counters/{status.value}": status.value for status in ITEM_FINAL}
_STUCK = "item_stuck"
_EXHAUSTED = "attempts_exhausted"
know_failures(*causes_of_failure())


class CountingStore:
    """Another store, and the metrics of what is written through it."""

    def __init__(self, inner: StateStore) -> None:
        self._inner = inner

    def read(self, partition: Partition, id: str) -> Stored | None:
        """As the other store."""
        return self._inner.read(partition, id)

    def write(self, partition: Partition, operations: Sequence[Operation]) -> list[Stored]:
        """As the other store; counts after it was written."""
        written = self._inner.write(partition, operations)
        _count_ends(operations)
        for operation in operations:
            if isinstance(operation, Create) and operation.document.get("kind") == "job":
                record_job_created()
            if isinstance(operation, Create | Replace) and _is_given_up(operation.document):
                record_given_up("webhook")
        return written

    def page(
        self,
        partition: Partition,
        kind: str,
        limit: int,
        continuation: str | None = None,
        *,
        status: str | None = None,
    ) -> Page:
        """As the other store."""
        return self._inner.page(partition, kind, limit, continuation, status=status)

    def newest(
        self,
        container: Container,
        tenant_id: str,
        kind: str,
        limit: int,
        continuation: str | None = None,
        *,
        status: str | None = None,
    ) -> Page:
        """As the other store."""
        return self._inner.newest(container, tenant_id, kind, limit, continuation, status=status)

    def due(
        self,
        kind: str,
        statuses: Sequence[str],
        before: datetime,
        limit: int,
        *,
        container: Container = Container.JOBS,
        tenant_id: str | None = None,
    ) -> list[Json]:
        """As the other store."""
        return self._inner.due(
            kind, statuses, before, limit, container=container, tenant_id=tenant_id
        )

    def longest_waiting(self, kind: str) -> Json | None:
        """As the other store."""
        return self._inner.longest_waiting(kind)

    def ping(self) -> None:
        """As the other store."""
        self._inner.ping()

    def close(self) -> None:
        """As the other store."""
        self._inner.close()


def _count_ends(operations: Sequence[Operation]) -> None:
    """Count by the job's counters, and the failures among them by the items of the batch."""
    codes = iter([_code_of(o.document) for o in operations if _is_failed(o)])
    for operation in operations:
        added = operation.add if isinstance(operation, Patch) else {}
        for path, status in _ENDS.items():
            number = added.get(path, 0)
            if number > 0:
                record_item(status, number)
            if status == ItemStatus.FAILED.value:
                for _ in range(number):
                    _count_failure(next(codes, ""))


def _count_failure(code: str) -> None:
    record_failure(code, causes_of_failure().get(code, "service"))
    if code == _STUCK:
        record_given_up("item")


def _is_failed(operation: Operation) -> TypeGuard[Create | Replace]:
    if not isinstance(operation, Create | Replace):
        return False
    document = operation.document
    return (document.get("kind"), document.get("status")) == ("item", ItemStatus.FAILED.value)


def _code_of(item: Json) -> str:
    return str((item.get("error") or {}).get("code", ""))


def _is_given_up(document: Json) -> bool:
    """A delivery is only written again as failed with this reason by the attempt that was its
    last."""
    return document.get("kind") == "delivery" and document.get("reason") == _EXHAUSTED
