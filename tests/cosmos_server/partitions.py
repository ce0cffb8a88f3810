"""Physical partitions: where a partition key lies, and which range of keys each one serves.

The place of a key is the SDK's own hash, because the SDK works out the ranges of prefixes
itself and both must agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from azure.cosmos.partition_key import PartitionKey

from tests.cosmos_server.answers import GONE_RANGE, Refusal

LOWEST, HIGHEST = "", "FF"


@dataclass(frozen=True)
class Range:
    """The keys from `low` to before `high` that one physical partition serves."""

    id: str
    low: str
    high: str
    parents: tuple[str, ...] = ()

    def described(self) -> dict[str, Any]:
        """The range as the service lists it."""
        return {
            "id": self.id,
            "_rid": f"range-{self.id}",
            "minInclusive": self.low,
            "maxExclusive": self.high,
            "parents": list(self.parents),
            "status": "online",
        }


FIRST_RANGES = (Range("0", LOWEST, "20"), Range("1", "20", HIGHEST))
"""A new container has two physical partitions, so that queries have something to merge."""


@lru_cache(maxsize=10_000)
def place_of(kind: str, key: tuple[Any, ...]) -> str:
    """Where a partition key, or a prefix of a hierarchical one, lies."""
    if kind == "MultiHash":
        return PartitionKey._get_effective_partition_key_for_multi_hash_partitioning_v2(key)
    return PartitionKey._get_effective_partition_key_for_hash_partitioning_v2(key)


def range_named(ranges: Sequence[Range], id: str) -> Range:
    """A range by its id; raises `Refusal` with 410 for one that was split meanwhile."""
    for each in ranges:
        if each.id == id:
            return each
    raise Refusal(410, "The requested partition key range is gone.", substatus=GONE_RANGE)


def split_at(ranges: Sequence[Range], place: str) -> tuple[Range, ...]:
    """The ranges with the one that holds `place` divided there."""
    free = 1 + max(int(each.id) for each in ranges)
    found: list[Range] = []
    for each in ranges:
        if each.low < place < each.high:
            parents = (*each.parents, each.id)
            found.append(Range(str(free), each.low, place, parents))
            found.append(Range(str(free + 1), place, each.high, parents))
        else:
            found.append(each)
    return tuple(found)
