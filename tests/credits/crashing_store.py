"""A store whose process dies before or after its n-th operation."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from opal.documents import Json
from opal.state.containers import Container
from opal.state.contract import Operation, Page, Partition, StateStore, Stored

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone; nothing of ours may catch this. Its text names the operation."""


class CrashingStore:
    """A `StateStore` over another one; after `arm(n)` it passes n crash points, and dies.

    Each operation has two: before it, and after it, when it was done but nobody learned of it.
    `passed` counts the points that were met.
    """

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._left: int | None = None
        self.passed = 0

    def arm(self, points: int | None) -> None:
        self._left = points

    def read(self, partition: Partition, id: str) -> Stored | None:
        return self._run("read", lambda: self._store.read(partition, id))

    def write(self, partition: Partition, operations: Sequence[Operation]) -> list[Stored]:
        return self._run("write", lambda: self._store.write(partition, operations))

    def page(
        self,
        partition: Partition,
        kind: str,
        limit: int,
        continuation: str | None = None,
        *,
        status: str | None = None,
    ) -> Page:
        return self._run(
            "page", lambda: self._store.page(partition, kind, limit, continuation, status=status)
        )

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
        ask = (container, tenant_id, kind, limit, continuation)
        return self._run("newest", lambda: self._store.newest(*ask, status=status))

    def due(
        self, kind: str, statuses: Sequence[str], before: datetime, limit: int, **where: Any
    ) -> list[Json]:
        return self._run("due", lambda: self._store.due(kind, statuses, before, limit, **where))

    def ping(self) -> None:
        self._store.ping()

    def close(self) -> None:
        self._store.close()

    def _run(self, name: str, operation: Callable[[], T]) -> T:
        self._pass(name)
        answer = operation()
        self._pass(name)
        return answer

    def _pass(self, name: str) -> None:
        self.passed += 1
        if self._left is None:
            return
        if self._left == 0:
            self._left = None
            raise Crash(name)
        self._left -= 1
