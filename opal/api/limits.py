"""The request limit: so many a minute for each tenant, counted in the store.

The count is one document for each tenant and minute, so it holds across all instances of the
app. It is added to without being read; the store answers what it has become.
"""

import math
from datetime import datetime
from typing import NamedTuple

from opal.state.containers import Container
from opal.state.contract import AlreadyExists, Create, Missing, Partition, Patch, StateStore

WINDOW_S = 60


class Allowance(NamedTuple):
    """What is left of a tenant's requests in this window."""

    limit: int
    remaining: int
    reset_s: int
    exceeded: bool

    @property
    def headers(self) -> dict[str, str]:
        """The fields of the IETF draft "RateLimit header fields for HTTP"."""
        return {
            "RateLimit-Policy": f'"tenant";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"tenant";r={self.remaining};t={self.reset_s}',
        }


def count_request(store: StateStore, tenant_id: str, limit: int, now: datetime) -> Allowance:
    """Count one request of the tenant; `limit` is requests a minute."""
    window = int(now.timestamp()) // WINDOW_S
    used = _add_one(store, tenant_id, window)
    reset_s = max(1, math.ceil((window + 1) * WINDOW_S - now.timestamp()))
    return Allowance(limit, max(0, limit - used), reset_s, exceeded=used > limit)


def _add_one(store: StateStore, tenant_id: str, window: int) -> int:
    partition = Partition(tenant_id, container=Container.TENANTS)
    id = f"requests.{window}"
    fresh = {"id": id, "kind": "requests", "tenant_id": tenant_id, "count": 1, "ttl": 3 * WINDOW_S}
    while True:
        try:
            [counted] = store.write(partition, [Patch(id, add={"/count": 1})])
            return int(counted.document["count"])
        except Missing:
            try:
                store.write(partition, [Create(fresh)])
            except AlreadyExists:
                continue
            return 1
