"""Buying credits: a payment is made at Mollie, and entered here when Mollie says that it is paid.

Nothing that reaches us is believed but Mollie's own answer to our question. A paid payment, the
entry of its credits and the balance are written in one transaction, by one path, whoever asked
first: a notice, a repeated notice, or a poll.
"""

import hashlib
import uuid
from datetime import datetime, timedelta

from opal.credits.blocked import resume_blocked
from opal.credits.documents import ledger_of
from opal.credits.mollie import fetch_payment, start_payment
from opal.credits.payment import UNDECIDED, Payment, PaymentStatus
from opal.credits.prices import Package, package_of
from opal.credits.purchases import (
    enter_payment,
    installation_of,
    payment_of,
    read_payment,
)
from opal.documents import Json
from opal.errors import InvalidInput, NotFound, PaymentsNotConfigured
from opal.names import is_tenant
from opal.settings import Settings
from opal.state import StateStore
from opal.state.contract import AlreadyExists, Create

NOTICE_PATH = "/v1/billing/mollie"
"""Where Mollie tells us that a payment has changed, below `OPAL_PUBLIC_URL`."""
FIRST_POLL = timedelta(minutes=5)
"""When Mollie is asked about a payment that nobody has told us of."""


def create_payment(
    store: StateStore,
    settings: Settings,
    tenant_id: str,
    package: str,
    now: datetime,
    *,
    redirect_url: str | None = None,
    idempotency_key: str | None = None,
) -> Payment:
    """Begin the purchase of a package; the buyer pays at `checkout_url`.

    `redirect_url` is where the buyer comes back to, by default `OPAL_PUBLIC_URL`. With an
    idempotency key the call can be repeated within an hour. Raises `InvalidInput`
    (`package_unknown`, `idempotency_key_reused`), `PaymentsNotConfigured`,
    `PaymentRefused`, `PaymentProviderDown`.
    """
    wanted = package_of(package)
    key = f"{tenant_id}/{idempotency_key or uuid.uuid4()}"
    order = _order(settings, tenant_id, wanted, redirect_url)
    made = start_payment(settings, order, hashlib.sha256(key.encode()).hexdigest())
    if made.tenant_id != tenant_id or made.package != wanted.name:
        raise InvalidInput(
            "This Idempotency-Key came with another request before.", code="idempotency_key_reused"
        )
    payment = payment_of(made, wanted, now, now + FIRST_POLL)
    try:
        store.write(ledger_of(tenant_id), [Create(payment.dump())])
    except AlreadyExists:
        return _require(store, tenant_id, made.id)
    return payment


def get_payment(
    store: StateStore, settings: Settings, tenant_id: str, payment_id: str, now: datetime
) -> Payment:
    """The tenant's payment; while it is undecided, Mollie is asked.

    Raises `NotFound` (`payment_missing`), `PaymentProviderDown`.
    """
    payment = _require(store, tenant_id, payment_id)
    if payment.status not in UNDECIDED:
        return payment
    return refresh_payment(store, settings, payment_id, now) or payment


def handle_mollie_notice(
    store: StateStore, settings: Settings, payment_id: str, now: datetime
) -> None:
    """Find out what became of a payment, and enter it.

    A payment that Mollie does not know, or that is none of ours, is nobody's mistake that a
    repetition would mend: nothing happens. Raises `PaymentProviderDown` when Mollie must tell
    us again.
    """
    refresh_payment(store, settings, payment_id, now)


def refresh_payment(
    store: StateStore, settings: Settings, payment_id: str, now: datetime
) -> Payment | None:
    """Ask Mollie, enter what it says, and let photos go on; None if the payment is none of ours.

    Raises `PaymentProviderDown`.
    """
    seen = fetch_payment(settings, payment_id)
    if seen is None or seen.tenant_id is None or not is_tenant(seen.tenant_id):
        return None
    payment = enter_payment(store, settings, seen, now)
    if payment is not None and payment.status is PaymentStatus.PAID:
        resume_blocked(store, settings, payment.tenant_id, now)
    return payment


def _order(settings: Settings, tenant_id: str, package: Package, redirect_url: str | None) -> Json:
    back = redirect_url or settings.public_url
    if back is None:
        raise PaymentsNotConfigured("There is no address for the buyer to come back to.")
    order: Json = {
        "amount": {"value": package.price, "currency": package.currency},
        "description": f"{package.credits:,} OPAL credits",
        "redirectUrl": back,
        "metadata": {
            "installation": installation_of(settings),
            "tenant_id": tenant_id,
            "package": package.name,
        },
    }
    if settings.public_url is not None:
        order["webhookUrl"] = settings.public_url.rstrip("/") + NOTICE_PATH
    return order


def _require(store: StateStore, tenant_id: str, payment_id: str) -> Payment:
    found = read_payment(store, tenant_id, payment_id)
    if found is None:
        raise NotFound("The payment does not exist.", code="payment_missing")
    return found[1]
