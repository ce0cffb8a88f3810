"""Asking about payments that nobody has told us of: a notice may be lost, or never be sent."""

from datetime import datetime

from opal.credits.documents import ledger_of
from opal.credits.payment import UNDECIDED, Payment
from opal.credits.payments import FIRST_POLL, refresh_payment
from opal.credits.tending import tend
from opal.settings import Settings
from opal.state import StateStore
from opal.state.containers import Container
from opal.state.transition import replace_if_unchanged

_BATCH = 20


def poll_payments(store: StateStore, settings: Settings, now: datetime) -> None:
    """Ask about undecided payments whose notice may be lost, each time after twice as long."""
    if settings.mollie_api_key is None:
        return
    undecided = sorted(UNDECIDED)

    def poll(payment: Payment) -> None:
        due_at = now + max(FIRST_POLL, now - payment.created_at)
        # First, so that one that can't be asked about does not stand before the others.
        if replace_if_unchanged(store, ledger_of(payment.tenant_id), payment, due_at=due_at):
            refresh_payment(store, settings, payment.payment_id, now)

    found = store.due("payment", undecided, now, _BATCH, container=Container.LEDGER)
    tend(Payment, found, poll)
