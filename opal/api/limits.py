"""The request limit: so many a minute for each tenant, counted in the store.

The count is one document for each tenant and minute, so it holds across all instances of the
app. An instance takes a few requests at a time from it and gives them out by itself: that saves
most of the writes, and never allows more than the limit, though what one instance has taken and
not used another can't have.
"""

import math
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple

from opal.state.containers import Container
from opal.state.contract import AlreadyExists, Create, Missing, Partition, Patch, StateStore

WINDOW_S = 60
_AT_ONCE = 20
_TENANTS = 10_000


class Allowance(NamedTuple):
    """What is left of a tenant's requests in this window, and seconds until the next."""

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


@dataclass
class _Share:
    """What this instance has taken: `left` to give out, and `elsewhere` still in the store."""

    window: int
    left: int
    elsewhere: int


class RequestLimit:
    """The requests that this instance has taken from the store's counts."""

    def __init__(self) -> None:
        self._shares: dict[str, _Share] = {}
        self._lock = threading.Lock()

    def count(self, store: StateStore, tenant_id: str, limit: int, now: datetime) -> Allowance:
        """Count one request of the tenant; `limit` is requests a minute."""
        window = int(now.timestamp()) // WINDOW_S
        reset_s = max(1, math.ceil((window + 1) * WINDOW_S - now.timestamp()))
        while (remaining := self._use(tenant_id, window)) is None:
            self._take(store, tenant_id, window, limit)
        return Allowance(limit, max(0, remaining), reset_s, exceeded=remaining < 0)

    def _use(self, tenant_id: str, window: int) -> int | None:
        """Give one out: how many remain; -1 when the limit is reached; None to take more."""
        with self._lock:
            share = self._shares.get(tenant_id)
            if share is None or share.window != window:
                return None
            if share.left == 0:
                return None if share.elsewhere else -1
            share.left -= 1
            return share.left + share.elsewhere

    def _take(self, store: StateStore, tenant_id: str, window: int, limit: int) -> None:
        """Take some requests from the store's count, fewer where the limit is small."""
        wanted = max(1, min(_AT_ONCE, limit // 50))
        used = _add(store, tenant_id, window, wanted)
        taken = min(wanted, max(0, limit - (used - wanted)))
        with self._lock:
            share = self._shares.get(tenant_id)
            kept = share.left if share is not None and share.window == window else 0
            if len(self._shares) >= _TENANTS:
                self._shares.clear()
            self._shares[tenant_id] = _Share(window, kept + taken, max(0, limit - used))


def _add(store: StateStore, tenant_id: str, window: int, number: int) -> int:
    partition = Partition(tenant_id, container=Container.TENANTS)
    id = f"requests.{window}"
    fresh = {"id": id, "kind": "requests", "tenant_id": tenant_id, "ttl": 3 * WINDOW_S}
    while True:
        try:
            [counted] = store.write(partition, [Patch(id, add={"/count": number})])
            return int(counted.document["count"])
        except Missing:
            try:
                store.write(partition, [Create({**fresh, "count": number})])
            except AlreadyExists:
                continue
            return number


@cache
def get_request_limit() -> RequestLimit:
    """The request limit of this process."""
    return RequestLimit()
