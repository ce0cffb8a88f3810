"""What a payment does to the ledger, once, however often and by whomever it is told.

A paid payment enters its package's credits. Money that went back takes credits back with it, in
proportion and rounded down; they may have been spent, and the balance is then below zero. An
answer of Mollie's that is older than what is stored changes nothing: paid stays paid, and what
went back only grows.
"""

import logging
from datetime import datetime, timedelta

from opal.credits.accounts import post
from opal.credits.documents import Entry, Reason, ledger_of, new_entry
from opal.credits.mollie import MolliePayment
from opal.credits.payment import Payment, PaymentStatus
from opal.credits.prices import Package, package_of
from opal.documents import sort_key_of
from opal.errors import InvalidInput
from opal.settings import Settings
from opal.state.contract import Create, Replace, StateStore, Stored
from opal.state.transition import racing

_log = logging.getLogger(__name__)
_KNOWN = frozenset(status.value for status in PaymentStatus)


def payment_of(made: MolliePayment, package: Package, now: datetime, due_at: datetime) -> Payment:
    """The document of a payment that was made for this package, as yet undecided."""
    id = f"payment.{made.id}"
    return Payment(
        id=id,
        tenant_id=str(made.tenant_id),
        payment_id=made.id,
        package=package.name,
        credits=package.credits,
        price=package.price,
        currency=package.currency,
        checkout_url=made.checkout_url,
        created_at=now,
        updated_at=now,
        due_at=due_at,
        sort_key=sort_key_of(now, id),
    )


def read_payment(
    store: StateStore, tenant_id: str, payment_id: str
) -> tuple[Stored, Payment] | None:
    """A payment of the tenant."""
    stored = store.read(ledger_of(tenant_id), f"payment.{payment_id}")
    return (stored, Payment.parse(stored.document)) if stored else None


def installation_of(settings: Settings) -> str:
    """What tells our payments from those of another installation on the same Mollie account."""
    return settings.public_url or ""


def enter_payment(
    store: StateStore, settings: Settings, seen: MolliePayment, now: datetime
) -> Payment | None:
    """Bring the tenant's payment up to what Mollie says; None if it is none of ours.

    A payment whose document was lost in a crash is made again from what we noted at Mollie.
    """

    def attempt() -> tuple[Payment, bool] | None:
        found = read_payment(store, str(seen.tenant_id), seen.id)
        known = found[1] if found else _noted(settings, seen, now)
        if known is None:
            return None
        changed, entry = _advance(known, seen, now)
        if found is not None and changed == known:
            return known, False
        changed = changed.model_copy(update={"updated_at": now})
        write = Replace(changed.dump(), found[0].etag) if found else Create(changed.dump())
        if entry is None:
            store.write(ledger_of(changed.tenant_id), [write])
        else:
            post(store, entry, [write])
        return changed, entry is not None

    while True:
        answer = racing(attempt)
        # Once more after an entry: what was paid may have been refunded as well.
        if answer is None or not answer[1]:
            return answer[0] if answer else None


def _noted(settings: Settings, seen: MolliePayment, now: datetime) -> Payment | None:
    if seen.installation != installation_of(settings):
        return None
    try:
        return payment_of(seen, package_of(str(seen.package)), now, now + timedelta(minutes=5))
    except InvalidInput:
        _log.warning("payment %s is for a package that we do not have", seen.id)
        return None


def _advance(known: Payment, seen: MolliePayment, now: datetime) -> tuple[Payment, Entry | None]:
    """What becomes of the payment, and the entry that goes with it."""
    if known.status is PaymentStatus.PAID:
        return _take_back(known, seen, now)
    if seen.status == PaymentStatus.PAID:
        return _buy(known, seen, now)
    status = PaymentStatus(seen.status) if seen.status in _KNOWN else known.status
    return known.model_copy(update={"status": status}), None


def _buy(known: Payment, seen: MolliePayment, now: datetime) -> tuple[Payment, Entry | None]:
    if (seen.amount.value, seen.amount.currency) != (known.price, known.currency):
        _log.error("payment %s was paid, but not as agreed", known.payment_id)
        return known.model_copy(update={"status": PaymentStatus.MISMATCHED}), None
    id = known.payment_id
    entry = new_entry(
        known.tenant_id, Reason.PURCHASE, id, id, now, available=known.credits, note=known.package
    )
    return known.model_copy(update={"status": PaymentStatus.PAID, "paid_at": now}), entry


def _take_back(known: Payment, seen: MolliePayment, now: datetime) -> tuple[Payment, Entry | None]:
    price = seen.amount.cents
    returned = min(seen.returned, price)
    if returned <= known.returned:
        return known, None
    withdrawn = known.credits * returned // price
    id = f"{known.payment_id}.{returned}"
    entry = new_entry(
        *(known.tenant_id, Reason.REFUND, id, known.payment_id, now),
        available=known.withdrawn - withdrawn,
        note=known.package,
    )
    return known.model_copy(update={"returned": returned, "withdrawn": withdrawn}), entry
