"""Deliveries that nobody seems to work on, for the sweeper."""

import logging
from datetime import datetime, timedelta

from pydantic import ValidationError

from opal.settings import Settings
from opal.starting import Start
from opal.state.contract import ChangedMeanwhile, Missing, Replace, StateStore
from opal.webhooks.delivery import Delivery, DeliveryStatus, read_delivery
from opal.webhooks.outbox import instance_of_delivery, start_of_delivery

_BATCH = 500
_log = logging.getLogger(__name__)


def overdue_deliveries(store: StateStore, now: datetime) -> list[Delivery]:
    """Pending deliveries whose next attempt should have been made a lease ago, the longest due
    first, some hundreds at a time."""
    found: list[Delivery] = []
    for document in store.due("delivery", [DeliveryStatus.PENDING.value], now, _BATCH):
        try:
            found.append(Delivery.parse(document))
        except ValidationError:
            _log.exception("a stored delivery can't be read: %s", document.get("id"))
    return found


def instance_of(delivery: Delivery) -> str:
    """The instance id of the orchestration that should work on it."""
    return instance_of_delivery(delivery.ref)


def revive_delivery(
    store: StateStore, settings: Settings, delivery: Delivery, now: datetime, *, running: bool
) -> list[Start]:
    """Look again a lease later; what is to start, if its orchestration does not run."""
    found = read_delivery(store, delivery.tenant_id, delivery.delivery_id)
    if found is None or found[1] != delivery:
        return []
    postponed = delivery.model_copy(update={"due_at": now + timedelta(seconds=settings.lease_s)})
    try:
        store.write(delivery.partition, [Replace(postponed.dump(), found[0].etag)])
    except (ChangedMeanwhile, Missing):
        return []
    return [] if running else [start_of_delivery(settings, delivery.ref)]
