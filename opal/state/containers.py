"""The containers of the state store, read from `containers.json`.

The file holds Cosmos DB's own definitions of them, and the infrastructure reads it too
(`infra/app/cosmos.bicep`), so what is deployed can't differ from what the store expects.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, Self


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
    """A container's partition key (hierarchical if it has several paths) and indexing policy.

    What is not queried is not indexed: an index entry costs request units with every write.
    `due_at` and `waiting_since` are stored with a text that can be compared, at `/due_at/at` and
    `/waiting_since/at`. With `default_ttl` -1 documents live until their own `ttl`, if they have
    one.
    """

    name: Container
    partition_key: tuple[str, ...]
    indexing_policy: dict[str, Any]
    default_ttl: int

    @classmethod
    def of(cls, definition: dict[str, Any]) -> Self:
        """Read Cosmos DB's definition of a container; raises `ValueError` for an unknown one."""
        return cls(
            Container(definition["id"]),
            tuple(definition["partitionKey"]["paths"]),
            definition["indexingPolicy"],
            definition["defaultTtl"],
        )


def load_specs(text: str) -> tuple[ContainerSpec, ...]:
    """Read the definitions; raises `ValueError` unless each container has exactly one."""
    specs = tuple(ContainerSpec.of(definition) for definition in json.loads(text))
    if sorted(spec.name for spec in specs) != sorted(Container):
        raise ValueError(f"containers.json must define each of {', '.join(Container)} once")
    return specs


SPECS = load_specs(resources.files("opal.state").joinpath("containers.json").read_text("utf-8"))
