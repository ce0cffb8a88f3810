"""What a tenant can see of its deliveries, and sending one again."""

from datetime import datetime, timedelta

from opal.documents import Document
from opal.errors import Conflict, NotFound
from opal.paging import continuations_refused
from opal.settings import Settings
from opal.starting import Start
from opal.state.containers import Container
from opal.state.contract import Replace, StateStore
from opal.state.transition import racing
from opal.webhooks.delivery import (
    Delivery,
    DeliveryStatus,
    DeliveryView,
    read_delivery,
)
from opal.webhooks.endpoint_store import endpoints_of
from opal.webhooks.outbox import start_of_delivery


class DeliveryPage(Document):
    """Some deliveries, and where the next page begins; None at the end."""

    deliveries: tuple[DeliveryView, ...]
    continuation: str | None


def list_deliveries(
    store: StateStore,
    tenant_id: str,
    limit: int,
    continuation: str | None = None,
    status: DeliveryStatus | None = None,
) -> DeliveryPage:
    """The tenant's deliveries (in a status) of the last thirty days, the newest first.

    Raises `InvalidInput` (`continuation_invalid`) for a continuation that is not one.
    """
    with continuations_refused():
        page = store.newest(
            Container.JOBS,
            tenant_id,
            "delivery",
            limit,
            continuation,
            status=status.value if status else None,
        )
    views = tuple(Delivery.parse(document).view for document in page.documents)
    return DeliveryPage(deliveries=views, continuation=page.continuation)


def get_delivery(store: StateStore, tenant_id: str, delivery_id: str) -> DeliveryView:
    """One delivery with its latest attempts; raises `NotFound` (`delivery_missing`)."""
    found = read_delivery(store, tenant_id, delivery_id)
    if found is None:
        raise _missing()
    return found[1].view


def redeliver(
    store: StateStore, settings: Settings, tenant_id: str, delivery_id: str, now: datetime
) -> tuple[DeliveryView, Start]:
    """Begin a delivery anew, whatever became of it; the receiver gets the same `webhook-id`.

    An earlier round that still waits for its next attempt ends when it wakes. Raises `NotFound`
    (`delivery_missing`), or `Conflict` (`endpoint_disabled`) when its endpoint is deleted or
    disabled.
    """
    enabled = {e.endpoint_id for e in endpoints_of(store, tenant_id) if e.enabled}

    def attempt() -> Delivery:
        found = read_delivery(store, tenant_id, delivery_id)
        if found is None:
            raise _missing()
        stored, delivery = found
        if delivery.endpoint_id not in enabled:
            raise Conflict(
                "The delivery's endpoint is deleted or disabled.", code="endpoint_disabled"
            )
        begun = delivery.model_copy(
            update={
                "status": DeliveryStatus.PENDING,
                "reason": None,
                "round": delivery.round + 1,
                "tries": 0,
                "updated_at": now,
                "next_attempt_at": now,
                "due_at": now + timedelta(seconds=settings.lease_s),
            }
        )
        store.write(delivery.partition, [Replace(begun.dump(), stored.etag)])
        return begun

    begun = racing(attempt)
    return begun.view, start_of_delivery(settings, begun.ref)


def _missing() -> NotFound:
    return NotFound("There is no such delivery.", code="delivery_missing")
