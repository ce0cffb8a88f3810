"""A store that counts the items that come to an end.

Every transition moves an item and its job's counters in one batch, so what is added to the
counters of a batch that was written is what happened: once, whoever did it, and not again when
a transition is repeated.
"""

from collections.abc import Sequence
from datetime import datetime

from opal.documents import ITEM_FINAL, Json
from opal.state.containers import Container
from opal.state.contract import Operation, Page, Partition, Patch, StateStore, Stored
from opal.telemetry.metrics import record_item

_ENDS = {f"/counters/{status.value}": status.value for status in ITEM_FINAL}


class CountingStore:
    """Another store, and `opal_items_total` of what is written through it."""

    def __init__(self, inner: StateStore) -> None:
        self._inner = inner

    def read(self, partition: Partition, id: str) -> Stored | None:
        """As the other store."""
        return self._inner.read(partition, id)

    def write(self, partition: Partition, operations: Sequence[Operation]) -> list[Stored]:
        """As the other store; counts after it was written."""
        written = self._inner.write(partition, operations)
        for operation in operations:
            if isinstance(operation, Patch):
                for path, number in operation.add.items():
                    if path in _ENDS and number > 0:
                        record_item(_ENDS[path], number)
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

    def ping(self) -> None:
        """As the other store."""
        self._inner.ping()

    def close(self) -> None:
        """As the other store."""
        self._inner.close()
