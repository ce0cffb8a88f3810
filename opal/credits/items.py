"""Credits in the life of an item: held before its first paid stage, settled after its end.

The item's state is what decides. What crashes between an item's move and its credits' leaves an
open hold, which the sweeper settles by the same rule.
"""

from datetime import datetime, timedelta

from opal.credits.accounts import balance
from opal.credits.budgets import limits_of
from opal.credits.documents import Charge, Hold, HoldStatus
from opal.credits.holds import capture, hold, read_hold, release
from opal.credits.prices import cost_of, enlarging_of
from opal.documents import ITEM_FINAL, InspectRequest, Item, ItemRef, Job
from opal.errors import CreditsRefused
from opal.gate import Gate
from opal.recipe import Recipe
from opal.settings import Settings
from opal.state import StateStore
from opal.state.blocking import block_item
from opal.state.transition import get_item, partition_of, require_item, require_job


def charge_of(item: Item, recipe: Recipe) -> Charge:
    """What this revision of the item costs at most by the recipe."""
    enlarging = enlarging_of(recipe)
    return Charge(
        **item.model_dump(include={"tenant_id", "job_id", "item_id", "revision", "trace_id"}),
        source_etag=item.source_etag,
        recipe_digest=_made_by(recipe).digest,
        amount=cost_of(recipe),
        scenes=enlarging.count,
        enlarging=enlarging.credits,
    )


def _made_by(recipe: Recipe) -> Recipe:
    """The recipe without its gate, which decides what goes out and not what is made."""
    return recipe.model_copy(update={"gate": Gate()})


def hold_or_block(
    store: StateStore, settings: Settings, work: InspectRequest, now: datetime
) -> str | None:
    """Hold what the photo costs; a text says why this run has nothing more to do.

    Where credit or a budget does not suffice, the item is left waiting for it.
    """
    if not settings.billing_enabled:
        return None
    partition = partition_of(work.item)
    _, item = require_item(store, partition, work.item.item_id)
    if item.revision != work.item.revision:
        return "superseded by a newer revision"
    if item.status in ITEM_FINAL:
        return f"already {item.status.value}"
    _, job = require_job(store, partition)
    try:
        _hold(store, settings, job, charge_of(item, work.recipe or item.recipe_in(job)), now)
    except CreditsRefused as refused:
        retry_s, lease_s = settings.blocked_retry_s, settings.lease_s
        block_item(store, work.item, refused.failure, now, retry_s, lease_s)
        return f"waits for credit: {refused.code}"
    return None


def settle_credits(store: StateStore, settings: Settings, ref: ItemRef, now: datetime) -> None:
    """Charge or give back what is held for this revision, as the item's stored state demands.

    Nothing happens while the revision is under way, and nothing the second time.
    """
    if not settings.billing_enabled:
        return
    found = read_hold(store, ref)
    if found is not None and found[1].status is HoldStatus.OPEN:
        settle_hold(store, found[1], now)


def settle_hold(store: StateStore, held: Hold, now: datetime) -> bool:
    """End an open hold if its revision is over; False if it is still under way."""
    item = get_item(store, partition_of(held), held.item_id)
    made = [c for c in item.completions if c.revision == held.revision] if item else []
    if made:
        capture(store, held, made[0].enlarged, now)
    elif item is None or item.revision != held.revision or item.status in ITEM_FINAL:
        release(store, held, now)
    else:
        return False
    return True


def _hold(store: StateStore, settings: Settings, job: Job, charge: Charge, now: datetime) -> None:
    limits = limits_of(settings, balance(store, charge.tenant_id), job.budget)
    # A run that lives settles its hold itself; two leases are for one that was restarted.
    hold(store, charge, limits, now, now + timedelta(seconds=2 * settings.lease_s))
