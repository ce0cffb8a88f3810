"""The contract of a state store.

A store keeps JSON documents in containers, and there in logical partitions; a document's `id`
is unique in its partition. Every write is conditional: it creates, or it names the ETag that it
replaces or deletes, or it is a commutative increment, which may ask for conditions. A batch of
writes to one partition happens whole or not at all. This is the part of Cosmos DB for NoSQL
that OPAL needs, and no more; limits that Cosmos sets (100 operations a batch, 10 fields a
patch) hold in every store.

A document that has a `ttl` disappears that many seconds after it was last written. One that is
to be listed has a `sort_key`, unique among its kind in its tenant; one that somebody must look
at later has a `status` and a `due_at`; one that waits has a `waiting_since`, and none afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from opal.documents import Json
from opal.state.containers import Container

MAX_BATCH = 100
MAX_PATCH = 10


class Partition(NamedTuple):
    """A logical partition: of `jobs` by tenant and job, of the other containers by tenant."""

    tenant_id: str
    job_id: str = ""
    container: Container = Container.JOBS


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as the store holds it, with the ETag of this version."""

    document: Json
    etag: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some documents, and where the next page begins; None at the end."""

    documents: tuple[Json, ...]
    continuation: str | None


@dataclass(frozen=True, slots=True)
class Create:
    """Write a document that must not exist yet."""

    document: Json


@dataclass(frozen=True, slots=True)
class Replace:
    """Write a document whose stored version must still have this ETag."""

    document: Json
    etag: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a document whose stored version must still have this ETag."""

    id: str
    etag: str


class Condition(NamedTuple):
    """What a number of the stored document must be before it is patched."""

    path: str
    relation: Literal[">=", "<="]
    number: int


@dataclass(frozen=True, slots=True)
class Patch:
    """Add to whole numbers and set fields of an existing document, without reading it first.

    Keys are paths like `/counters/completed`; every path's parent must exist. `where` is
    checked against the stored document before anything is added.
    """

    id: str
    add: Mapping[str, int] = field(default_factory=dict)
    set: Mapping[str, object] = field(default_factory=dict)
    where: tuple[Condition, ...] = ()


Operation = Create | Replace | Patch | Delete


class StateError(Exception):
    """A write whose condition did not hold; nothing of its batch was written."""


class AlreadyExists(StateError):
    """The document to create is there already."""


class ChangedMeanwhile(StateError):
    """The document to replace or delete has another ETag by now."""


class ConditionFailed(StateError):
    """A patch's `where` does not hold for the stored document."""


class Missing(StateError):
    """The document to replace, patch or delete does not exist."""


class ContinuationInvalid(ValueError):
    """A continuation that no page of this query gave out."""


class StateStore(Protocol):
    """A store of documents. Every method may raise `opal.errors.DependencyDown`."""

    def read(self, partition: Partition, id: str) -> Stored | None:
        """One document, or None."""

    def write(self, partition: Partition, operations: Sequence[Operation]) -> list[Stored]:
        """Apply all operations as one transaction; answers the documents as written, an empty
        one for a deleted one.

        Raises `AlreadyExists`, `ChangedMeanwhile`, `ConditionFailed` or `Missing`, and then has
        written nothing; `ValueError` for a batch beyond the limits, or a patch whose path can't
        be written.
        """

    def page(
        self,
        partition: Partition,
        kind: str,
        limit: int,
        continuation: str | None = None,
        *,
        status: str | None = None,
    ) -> Page:
        """Documents of a kind (in a status) in the order of their ids; raises
        `ContinuationInvalid`."""

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
        """A tenant's documents of a kind (in a status), in all its partitions, in falling order
        of `sort_key`; raises `ContinuationInvalid`."""

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
        """Documents of any partition (of a tenant) in one of the statuses whose `due_at` has
        passed, longest due first."""

    def longest_waiting(self, kind: str) -> Json | None:
        """The document of a kind in `jobs` with the earliest `waiting_since`, if any has one.

        What does not wait costs nothing: it is not in the index.
        """

    def ping(self) -> None:
        """Ask the store a small question."""

    def close(self) -> None:
        """Let go of connections; the store can't be used afterwards."""
