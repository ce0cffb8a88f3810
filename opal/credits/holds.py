"""Holding credits for a revision of an item, and charging them or giving them back.

Credits are held before any paid work, in one conditional transaction, so no work is done on
credit that is not there. What is charged is named by the photo and the recipe: a revision that
only makes again what was charged already, because its outputs were lost or a recipe came back,
is not charged again.
"""

from datetime import datetime

from opal.credits.accounts import job_account, month_account, month_of, post
from opal.credits.budgets import Limits, refusal
from opal.credits.documents import (
    Charge,
    Entry,
    Hold,
    HoldStatus,
    Reason,
    entry_id,
    ledger_of,
    new_entry,
    revision_id,
)
from opal.documents import ItemRef
from opal.state.contract import (
    ChangedMeanwhile,
    Condition,
    ConditionFailed,
    Create,
    Operation,
    Patch,
    Replace,
    StateStore,
    Stored,
)
from opal.state.transition import racing


def hold(
    store: StateStore, charge: Charge, limits: Limits, now: datetime, due_at: datetime
) -> Hold | None:
    """Set the charge's credits aside; None if this work was charged already.

    Done twice for a revision, it holds once. Raises a `CreditsRefused`, and then holds nothing.
    """
    return racing(lambda: _hold(store, charge, limits, now, due_at))


def read_hold(store: StateStore, ref: ItemRef) -> tuple[Stored, Hold] | None:
    """A revision's hold, open or ended."""
    stored = store.read(ledger_of(ref.tenant_id), f"hold.{revision_id(ref)}")
    return (stored, Hold.parse(stored.document)) if stored else None


def was_charged(store: StateStore, charge: Charge) -> bool:
    """True when this recipe on this photo was paid for, by whichever revision."""
    charged = entry_id(Reason.CAPTURE, charge.work_id)
    return store.read(ledger_of(charge.tenant_id), charged) is not None


def capture(store: StateStore, held: Hold, enlarged: int, now: datetime) -> None:
    """Charge what is held, less the scenes that needed no enlarging; gives all of it back if
    another revision was charged for the same work."""
    spared = max(0, held.scenes - enlarged) * held.enlarging
    _end(store, held, HoldStatus.CAPTURED, spared, now)


def release(store: StateStore, held: Hold, now: datetime) -> None:
    """Give back what is held, to the balance and to the budgets."""
    _end(store, held, HoldStatus.RELEASED, held.amount, now)


def _hold(
    store: StateStore, charge: Charge, limits: Limits, now: datetime, due_at: datetime
) -> Hold | None:
    found = read_hold(store, charge)
    if found and found[1].status is HoldStatus.OPEN:
        if found[1].work_id == charge.work_id:
            return found[1]
        # The revision was restarted after a new recipe came, which is what is made now.
        release(store, found[1], now)
        found = read_hold(store, charge)
    if was_charged(store, charge):
        return None
    # An ended hold of a revision that goes on is that one, or of an item that had expired.
    fresh = _new_hold(charge, found[1].turn + 1 if found else 1, now, due_at)
    write = Replace(fresh.dump(), found[0].etag) if found else Create(fresh.dump())
    entry = _entry(fresh, Reason.HOLD, now, available=-fresh.amount, held=fresh.amount)
    try:
        post(store, entry, [write, *_count(fresh, limits)], at_least=fresh.amount)
    except ConditionFailed as error:
        refused = refusal(store, charge.tenant_id, charge.job_id, charge.amount, limits, now)
        raise refused or ChangedMeanwhile("credit came at this moment") from error
    return fresh


def _new_hold(charge: Charge, turn: int, now: datetime, due_at: datetime) -> Hold:
    return Hold(
        **charge.model_dump(),
        id=f"hold.{revision_id(charge)}",
        turn=turn,
        month=month_of(now),
        created_at=now,
        due_at=due_at,
    )


def _count(held: Hold, limits: Limits) -> list[Patch]:
    """Count the hold in its job's and its month's spending, if their budgets have room."""
    counted = []
    accounts = (job_account(held.job_id), limits.job), (month_account(held.month), limits.month)
    for account, limit in accounts:
        room = () if limit is None else (Condition("/committed", "<=", limit - held.amount),)
        counted.append(Patch(account, add={"/committed": held.amount}, where=room))
    return counted


def _end(store: StateStore, held: Hold, wanted: HoldStatus, back: int, now: datetime) -> None:
    """End the hold as wanted, with `back` of its credits given back."""

    def attempt() -> None:
        found = read_hold(store, held)
        if found is None or found[1].status is not HoldStatus.OPEN or found[1].turn != held.turn:
            return
        status, returned, reason = wanted, back, Reason.CAPTURE
        if wanted is HoldStatus.RELEASED or was_charged(store, held):
            status, returned, reason = HoldStatus.RELEASED, held.amount, Reason.RELEASE
        ended = found[1].model_copy(update={"status": status, "ended_at": now})
        writes: list[Operation] = [Replace(ended.dump(), found[0].etag), *_uncount(held, returned)]
        post(store, _entry(held, reason, now, available=returned, held=-held.amount), writes)

    racing(attempt)


def _uncount(held: Hold, amount: int) -> list[Patch]:
    """Take back what `_count` counted; a charge in full leaves it as it is."""
    accounts = (job_account(held.job_id), month_account(held.month)) if amount else ()
    return [Patch(account, add={"/committed": -amount}) for account in accounts]


def _entry(
    about: Hold, reason: Reason, now: datetime, *, available: int = 0, held: int = 0
) -> Entry:
    """A hold and a release are named by the revision and its turn, a charge by the work."""
    ref = revision_id(about)
    id = about.work_id if reason is Reason.CAPTURE else f"{ref}.{about.turn}"
    entry = new_entry(about.tenant_id, reason, id, ref, now, available=available, held=held)
    return entry.model_copy(update={"job_id": about.job_id, "item_id": about.item_id})
