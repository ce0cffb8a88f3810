"""A webhook on its way to one endpoint, as it is stored and as it is shown."""

import hashlib
import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from opal.documents import DeliveryRef, Document, Json, StoredDocument, sort_key_of
from opal.state.contract import Partition, StateStore, Stored
from opal.webhooks.endpoint import Endpoint
from opal.webhooks.events import Event, EventType

KEPT_S = 30 * 24 * 3600
"""Seconds that a delivery is kept after it last changed."""
_ID = re.compile(r"([a-z0-9][a-z0-9_-]{0,62})\.([0-9a-f]{24})")


class DeliveryStatus(StrEnum):
    """`pending → delivered | failed`, and back to `pending` by a redelivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Attempt(Document):
    """One try: when, the HTTP status or the code of what went wrong, and how long it took."""

    at: datetime
    status: int | None = None
    error: str | None = None
    ms: float = 0.0


class DeliveryView(Document):
    """A delivery as its tenant sees it. `event_id` is the `webhook-id` that the receiver gets."""

    delivery_id: str
    event_id: str
    event_type: EventType
    endpoint_id: str
    job_id: str
    item_id: str | None = None
    status: DeliveryStatus
    reason: str | None = None
    attempts: tuple[Attempt, ...] = ()
    created_at: datetime
    updated_at: datetime
    next_attempt_at: datetime | None = None
    payload: Json


class Delivery(StoredDocument):
    """What an endpoint is told, and how far that has come.

    `round` counts redeliveries, `tries` the attempts of this round. `next_attempt_at` is when
    the next attempt is planned; `due_at` when the sweeper looks whether it was made. `reason`
    says why a delivery failed.
    """

    id: str
    kind: Literal["delivery"] = "delivery"
    tenant_id: str
    job_id: str
    item_id: str | None = None
    delivery_id: str
    endpoint_id: str
    event_id: str
    event_type: EventType
    payload: Json
    trace_id: str
    status: DeliveryStatus = DeliveryStatus.PENDING
    reason: str | None = None
    round: int = 1
    tries: int = 0
    attempts: tuple[Attempt, ...] = ()
    created_at: datetime
    updated_at: datetime
    next_attempt_at: datetime
    due_at: datetime
    sort_key: str
    ttl: int | None = KEPT_S

    @property
    def partition(self) -> Partition:
        """Where it lies: with the job that it tells about."""
        return Partition(self.tenant_id, self.job_id)

    @property
    def ref(self) -> DeliveryRef:
        """This round of it."""
        return DeliveryRef(
            tenant_id=self.tenant_id,
            job_id=self.job_id,
            delivery_id=self.delivery_id,
            round=self.round,
            trace_id=self.trace_id,
        )

    @property
    def view(self) -> DeliveryView:
        """The delivery as its tenant sees it."""
        shown = self.model_dump(include=set(DeliveryView.model_fields))
        if self.status is not DeliveryStatus.PENDING:
            shown["next_attempt_at"] = None
        return DeliveryView(**shown)


def new_delivery(event: Event, endpoint: Endpoint, now: datetime, lease_s: float) -> Delivery:
    """The delivery of an event to an endpoint; made twice, it has the same id."""
    whole = f"{endpoint.endpoint_id}/{event.id}"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:24]
    delivery_id = f"{event.job_id}.{digest}"
    return Delivery(
        **event.model_dump(include={"tenant_id", "job_id", "item_id", "payload", "trace_id"}),
        id=f"delivery.{digest}",
        delivery_id=delivery_id,
        endpoint_id=endpoint.endpoint_id,
        event_id=event.id,
        event_type=event.type,
        created_at=now,
        updated_at=now,
        next_attempt_at=now,
        due_at=now + timedelta(seconds=lease_s),
        sort_key=sort_key_of(now, delivery_id),
    )


def read_delivery(
    store: StateStore, tenant_id: str, delivery_id: str
) -> tuple[Stored, Delivery] | None:
    """A delivery of the tenant by its id, which names its job; None if there is none."""
    found = _ID.fullmatch(delivery_id)
    if found is None:
        return None
    stored = store.read(Partition(tenant_id, found.group(1)), f"delivery.{found.group(2)}")
    return (stored, Delivery.parse(stored.document)) if stored else None
