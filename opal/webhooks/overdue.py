"""Deliveries that nobody seems to work on, for the sweeper."""

from datetime import datetime, timedelta

from opal.settings import Settings
from opal.starting import Start
from opal.state.contract import StateStore
from opal.state.iterating import readable
from opal.state.transition import replace_if_unchanged
from opal.webhooks.delivery import Delivery, DeliveryStatus
from opal.webhooks.outbox import instance_of_delivery, start_of_delivery

_BATCH = 500


def overdue_deliveries(store: StateStore, now: datetime) -> list[Delivery]:
    """Pending deliveries whose next attempt should have been made a lease ago, the longest due
    first, some hundreds at a time."""
    pending = [DeliveryStatus.PENDING.value]
    return list(readable(Delivery, store.due("delivery", pending, now, _BATCH)))


def instance_of(delivery: Delivery) -> str:
    """The instance id of the orchestration that should work on it."""
    return instance_of_delivery(delivery.ref)


def revive_delivery(
    store: StateStore, settings: Settings, delivery: Delivery, now: datetime, *, running: bool
) -> list[Start]:
    """Look again a lease later; what is to start, if its orchestration does not run."""
    due_at = now + timedelta(seconds=settings.lease_s)
    if not replace_if_unchanged(store, delivery.partition, delivery, due_at=due_at) or running:
        return []
    return [start_of_delivery(settings, delivery.ref)]
