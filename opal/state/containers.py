"""The containers of the state store, as data that the stores and the infrastructure share."""

from dataclasses import dataclass
from enum import StrEnum


class Container(StrEnum):
    """What is kept where.

    `jobs`: jobs, their items, and webhook deliveries about them. `ledger`: balances, holds,
    entries and payments. `brand_profiles`: profiles. `tenants`: API keys, webhook endpoints,
    request counts.
    """

    JOBS = "jobs"
    LEDGER = "ledger"
    BRAND_PROFILES = "brand_profiles"
    TENANTS = "tenants"


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container's partition key (hierarchical if it has several paths) and indexed paths.

    What is not queried is not indexed: an index entry costs request units with every write.
    Documents live until their own `ttl`; there is no default one. `due_at` is stored with a
    text that can be compared, at `/due_at/at`.
    """

    name: Container
    partition_key: tuple[str, ...]
    indexed: tuple[str, ...]

    @property
    def indexing_policy(self) -> dict[str, object]:
        """Cosmos DB's indexing policy of the container."""
        return {
            "indexingMode": "consistent",
            "automatic": True,
            "includedPaths": [{"path": f"{path}/?"} for path in self.indexed],
            "excludedPaths": [{"path": "/*"}, {"path": '/"_etag"/?'}],
        }


DEFAULT_TTL = -1
"""Cosmos DB's way to say: expiry is on, and only for documents that have a `ttl`."""

SPECS: tuple[ContainerSpec, ...] = (
    ContainerSpec(
        Container.JOBS,
        ("/tenant_id", "/job_id"),
        ("/tenant_id", "/job_id", "/kind", "/status", "/due_at/at", "/sort_key"),
    ),
    ContainerSpec(
        Container.LEDGER,
        ("/tenant_id",),
        ("/tenant_id", "/kind", "/status", "/due_at/at", "/sort_key"),
    ),
    ContainerSpec(Container.BRAND_PROFILES, ("/tenant_id",), ("/tenant_id", "/kind")),
    ContainerSpec(
        Container.TENANTS, ("/tenant_id",), ("/tenant_id", "/kind", "/status", "/due_at/at")
    ),
)
