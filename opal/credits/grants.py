"""Credits that the operator gives, or takes back to correct something."""

import re
from datetime import datetime

from opal.credits.accounts import balance, post
from opal.credits.blocked import resume_blocked
from opal.credits.documents import Entry, Reason, entry_id, ledger_of, new_entry
from opal.errors import Conflict, CreditsInsufficient, InvalidInput
from opal.settings import Settings
from opal.state.contract import AlreadyExists, ConditionFailed, StateStore

_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MOST = 1_000_000_000


def grant(
    store: StateStore,
    settings: Settings,
    tenant_id: str,
    credits: int,
    ref: str,
    note: str,
    now: datetime,
) -> Entry:
    """Enter credits under the caller's `ref`, once; below zero takes back, what is there.

    Photos that wait for credit go on. Raises `InvalidInput` (`grant_invalid`), `Conflict`
    (`grant_ref_reused`) for a known ref with other credits, and `CreditsInsufficient`.
    """
    if not _REF.fullmatch(ref) or credits == 0 or abs(credits) > _MOST:
        raise InvalidInput(
            f"A grant has a ref of 1 to 100 of A-Z, a-z, 0-9, '.', '_' and '-', and credits that"
            f" are not 0 and at most {_MOST:,}.",
            code="grant_invalid",
        )
    entry = _enter(
        store, new_entry(tenant_id, Reason.GRANT, ref, ref, now, available=credits, note=note)
    )
    resume_blocked(store, settings, tenant_id, now)
    return entry


def _enter(store: StateStore, entry: Entry) -> Entry:
    taken = -entry.available if entry.available < 0 else None
    try:
        post(store, entry, at_least=taken)
    except AlreadyExists:
        return _known(store, entry)
    except ConditionFailed as error:
        left = balance(store, entry.tenant_id).available
        raise CreditsInsufficient(-entry.available, left) from error
    return entry


def _known(store: StateStore, entry: Entry) -> Entry:
    stored = store.read(ledger_of(entry.tenant_id), entry_id(Reason.GRANT, entry.ref))
    known = Entry.parse(stored.document) if stored else None
    if known is None or known.available != entry.available:
        raise Conflict("This ref was used for another grant.", code="grant_ref_reused")
    return known
