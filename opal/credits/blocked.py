"""Items that wait for credit, and when they go on.

As many are queued as the credit there is reaches for, longest waiting first: queueing all would
decode every photo only to find nothing to pay it with. That is a forecast; the hold decides.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from opal.credits.accounts import (
    BALANCE,
    balance,
    committed,
    job_account,
    month_account,
    month_of,
)
from opal.credits.budgets import limits_of
from opal.credits.documents import Balance, HoldStatus
from opal.credits.holds import read_hold, was_charged
from opal.credits.items import charge_of
from opal.credits.prices import cost_of
from opal.credits.tending import tend
from opal.documents import Item, ItemStatus, Job, Json
from opal.settings import Settings
from opal.state import StateStore
from opal.state.blocking import unblock_item
from opal.state.contract import Partition
from opal.state.progress import renew_item
from opal.state.transition import get_job, partition_of

_AT_ONCE = 100
_BATCH = 500
_EVER = timedelta(days=3650)


def resume_blocked(store: StateStore, settings: Settings, tenant_id: str, now: datetime) -> int:
    """Queue the tenant's items that wait for credit, as far as it reaches; answers how many.

    Meant for the moment at which credit came, so it takes a hundred at most; the sweeper takes
    the others, within `OPAL_BLOCKED_RETRY` seconds.
    """
    waiting = [ItemStatus.BLOCKED.value]
    found = store.due("item", waiting, now + _EVER, _AT_ONCE, tenant_id=tenant_id)
    return _try(store, settings, found, now)


def retry_blocked(store: StateStore, settings: Settings, now: datetime) -> int:
    """Queue items of any tenant whose wait is over, if there is credit; answers how many.

    The others wait on: for a purchase, for credits given back, or for the next month.
    """
    return _try(store, settings, store.due("item", [ItemStatus.BLOCKED.value], now, _BATCH), now)


def _try(store: StateStore, settings: Settings, found: Iterable[Json], now: datetime) -> int:
    means = _Means(store, settings, now)
    queued = 0

    def attempt(item: Item) -> None:
        nonlocal queued
        job = means.job(partition_of(item))
        if job is None or not (means.reach(job) or _is_paid(store, item, job)):
            renew_item(store, item, now, settings.blocked_retry_s, restart=False)
        elif unblock_item(store, item, now, settings.lease_s):
            queued += 1

    tend(Item, found, attempt)
    return queued


def _is_paid(store: StateStore, item: Item, job: Job) -> bool:
    """True when the item needs no new credit: what it lacked was held or charged since."""
    charge = charge_of(item, item.recipe_in(job))
    found = read_hold(store, charge)
    held = found is not None and found[1].status is HoldStatus.OPEN
    return held or was_charged(store, charge)


class _Means:
    """What may still be spent, each figure read once and counted down with what is queued."""

    def __init__(self, store: StateStore, settings: Settings, now: datetime) -> None:
        self._store = store
        self._settings = settings
        self._month = month_account(month_of(now))
        self._jobs: dict[Partition, Job | None] = {}
        self._balances: dict[str, Balance] = {}
        self._left: dict[tuple[str, str], float] = {}

    def job(self, partition: Partition) -> Job | None:
        if partition not in self._jobs:
            self._jobs[partition] = get_job(self._store, partition)
        return self._jobs[partition]

    def reach(self, job: Job) -> bool:
        """True if there is enough for one photo of the job; it is then counted as spent."""
        cost = cost_of(job.recipe)
        accounts = self._look_up(job)
        if any(self._left[account] < cost for account in accounts):
            return False
        for account in accounts:
            self._left[account] -= cost
        return True

    def _look_up(self, job: Job) -> list[tuple[str, str]]:
        tenant_id = job.tenant_id
        if tenant_id not in self._balances:
            owned = self._balances[tenant_id] = balance(self._store, tenant_id)
            self._left[tenant_id, BALANCE] = owned.available
        limits = limits_of(self._settings, self._balances[tenant_id], job.budget)
        budgets = {self._month: limits.month, job_account(job.job_id): limits.job}
        for account, limit in budgets.items():
            if (tenant_id, account) not in self._left:
                spent = 0 if limit is None else committed(self._store, tenant_id, account)
                self._left[tenant_id, account] = math.inf if limit is None else limit - spent
        return [(tenant_id, account) for account in (BALANCE, *budgets)]
