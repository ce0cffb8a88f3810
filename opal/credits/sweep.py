"""What the sweeper does about credits: settle what a crash left open, queue what has waited, and
ask about payments that nobody told us of."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from opal.credits.blocked import retry_blocked
from opal.credits.documents import Hold, HoldStatus, ledger_of
from opal.credits.items import settle_hold
from opal.credits.polling import poll_payments
from opal.credits.tending import tend
from opal.settings import Settings
from opal.state import StateStore
from opal.state.containers import Container
from opal.state.transition import replace_if_unchanged

_BATCH = 500


def credit_steps(
    store: StateStore, settings: Settings, now: datetime
) -> tuple[Callable[[], object], ...]:
    """The steps of a sweep, none if nothing is billed; each may raise, and be done again."""
    if not settings.billing_enabled:
        return ()
    steps = (settle_stale_holds, retry_blocked, poll_payments)
    return tuple(partial(step, store, settings, now) for step in steps)


def settle_stale_holds(store: StateStore, settings: Settings, now: datetime) -> int:
    """Settle open holds that are due, as their items demand; answers how many have ended.

    What is still under way is looked at again later.
    """
    open_ones = [HoldStatus.OPEN.value]
    ended = 0

    def settle(held: Hold) -> None:
        nonlocal ended
        if settle_hold(store, held, now):
            ended += 1
        else:
            later = now + timedelta(seconds=2 * settings.lease_s)
            replace_if_unchanged(store, ledger_of(held.tenant_id), held, due_at=later)

    tend(Hold, store.due("hold", open_ones, now, _BATCH, container=Container.LEDGER), settle)
    return ended
