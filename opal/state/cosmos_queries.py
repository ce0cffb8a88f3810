"""The one form of query that lists need: by kind and a few conditions, in one field's order."""

from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Self

from azure.cosmos import ContainerProxy

from opal.documents import Json


@dataclass
class Select:
    """The first `limit` documents of a kind in the order of a field, `name` or `name.inner`."""

    kind: str
    order: str
    limit: int
    descending: bool = False
    _conditions: list[str] = field(default_factory=list)
    _parameters: list[dict[str, object]] = field(default_factory=list)

    def where(self, condition: str, **values: object) -> Self:
        """Ask for one more condition; `@name` in it stands for a value."""
        self._conditions.append(condition)
        self._parameters += [{"name": f"@{name}", "value": v} for name, v in values.items()]
        return self

    def where_in(self, path: str, values: list[str]) -> Self:
        """Ask that a field has one of some values."""
        named = {f"v{number}": value for number, value in enumerate(values)}
        return self.where(f"{path} IN ({', '.join(f'@{name}' for name in named)})", **named)

    def of_tenant(self, tenant_id: str) -> Self:
        """Ask for one tenant's documents.

        A prefix of a partition key only says where to look: within it the index is of use by a
        condition, and so is the promise that nothing of another tenant is found.
        """
        return self.where("c.tenant_id = @tenant", tenant=tenant_id)

    def run(
        self, container: ContainerProxy, scope: list[str] | None, options: dict[str, Any]
    ) -> list[Json]:
        """The documents as stored, of a partition key, a prefix of one, or None for all.

        A prefix may lie in several physical partitions. The SDK then asks one after the other
        and strings their answers together, so the order is made, and the limit kept, here.
        """
        where: dict[str, Any] = (
            {"enable_cross_partition_query": True} if scope is None else {"partition_key": scope}
        )
        found = [
            dict(document)
            for document in container.query_items(
                self._text(),
                parameters=[{"name": "@kind", "value": self.kind}, *self._parameters],
                max_item_count=self.limit,
                **where,
                **options,
            )
        ]
        return sorted(found, key=self._position, reverse=self.descending)[: self.limit]

    def _text(self) -> str:
        conditions = " AND ".join(["c.kind = @kind", *self._conditions])
        direction = "DESC" if self.descending else "ASC"
        return (
            f"SELECT TOP {self.limit} * FROM c WHERE {conditions}"
            f" ORDER BY c.{self.order} {direction}"
        )

    def _position(self, document: Json) -> str:
        value: Any = document
        for name in self.order.split("."):
            value = itemgetter(name)(value)
        return str(value)
