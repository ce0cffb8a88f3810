"""The production store: Cosmos DB for NoSQL, through its SDK.

Documents must carry the fields of their partition's key. The account's consistency is to be
strong, or bounded staleness in one region: what one instance wrote, another must see.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from opal.documents import Json
from opal.state.containers import Container
from opal.state.contract import Operation, Page, Partition, Stored
from opal.state.cosmos_account import CosmosAccount, record_charge_of, translated
from opal.state.cosmos_connections import Connections
from opal.state.cosmos_places import check_partition, key_of
from opal.state.cosmos_queries import Select
from opal.state.cosmos_wire import from_wire
from opal.state.cosmos_writes import patiently, refusal, send
from opal.state.listing import continuation_after, read_continuation, sortable
from opal.state.patching import check_limits


class CosmosStore:
    """A `StateStore` in an account that has the database and its containers."""

    def __init__(self, account: CosmosAccount) -> None:
        self._account = account
        self._connections = Connections(account)

    def read(self, partition: Partition, id: str) -> Stored | None:
        try:
            with translated("read"), self._connections.lent() as containers:
                container = containers[partition.container]
                found = container.read_item(id, key_of(partition), **self._options("read"))
        except CosmosResourceNotFoundError:
            return None
        return from_wire(found)

    def write(self, partition: Partition, operations: Sequence[Operation]) -> list[Stored]:
        check_limits(operations)
        check_partition(partition, operations)
        try:
            with translated("write"), self._connections.lent() as containers:
                container, key = containers[partition.container], key_of(partition)
                options = self._options("write")
                return patiently(self._account, lambda: send(container, key, operations, options))
        except HttpResponseError as error:
            raise refusal(error, operations) from error

    def page(
        self,
        partition: Partition,
        kind: str,
        limit: int,
        continuation: str | None = None,
        *,
        status: str | None = None,
    ) -> Page:
        select = Select(kind, "id", limit + 1)
        if (after := read_continuation(continuation)) is not None:
            select.where("c.id > @after", after=after)
        if status is not None:
            select.where("c.status = @status", status=status)
        return self._page("page", partition.container, key_of(partition), select)

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
        select = Select(kind, "sort_key", limit + 1, descending=True)
        select.where("IS_STRING(c.sort_key)").of_tenant(tenant_id)
        if (before := read_continuation(continuation)) is not None:
            select.where("c.sort_key < @before", before=before)
        if status is not None:
            select.where("c.status = @status", status=status)
        return self._page("newest", container, [tenant_id], select)

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
        if not statuses:
            return []
        select = Select(kind, "due_at.at", limit).where_in("c.status", list(statuses))
        select.where("c.due_at.at < @before", before=sortable(before.isoformat()))
        scope = None
        if tenant_id is not None:
            select.of_tenant(tenant_id)
            scope = [tenant_id]
        return [from_wire(d).document for d in self._found("due", container, scope, select)]

    def longest_waiting(self, kind: str) -> Json | None:
        select = Select(kind, "waiting_since.at", 1).where("IS_STRING(c.waiting_since.at)")
        found = self._found("waiting", Container.JOBS, None, select)
        return from_wire(found[0]).document if found else None

    def ping(self) -> None:
        self.read(Partition("_system", "ping"), "ping")

    def close(self) -> None:
        self._connections.close()

    def _page(self, operation: str, container: Container, scope: list[str], select: Select) -> Page:
        """A page of a query for one document more than asked, to see if it ends."""
        found = self._found(operation, container, scope, select)
        limit = select.limit - 1
        documents = tuple(from_wire(each).document for each in found[:limit])
        more = len(found) > limit and documents
        return Page(documents, continuation_after(documents[-1][select.order]) if more else None)

    def _found(
        self, operation: str, container: Container, scope: list[str] | None, select: Select
    ) -> list[Json]:
        with translated(operation), self._connections.lent() as containers:
            return select.run(containers[container], scope, self._options(operation))

    def _options(self, operation: str) -> dict[str, Any]:
        """What every request of an operation is sent with."""

        def record(headers: Mapping[str, str], _: object) -> None:
            record_charge_of(operation, headers)

        return {"timeout": self._account.timeout_s, "response_hook": record}
