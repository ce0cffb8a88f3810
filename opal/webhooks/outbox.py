"""The transactional outbox: webhooks are stored in the transaction that they tell about.

Whatever ends an item or a job, or asks a person about an item, hands the transition
`Outbox.operations`, and what that answers is written in the same batch: there is no end without
its webhooks, and no webhook without its end.
Starting them comes afterwards and may be lost; the sweeper finds what is still pending.
"""

import hashlib
from datetime import datetime
from functools import cached_property

from opal.documents import DeliverWebhook, DeliveryRef, Item, ItemOutcome, ItemRef, Job
from opal.settings import Settings
from opal.starting import Start
from opal.state.contract import Create, Operation, Partition, StateStore
from opal.state.transition import item_document_id, partition_of
from opal.webhooks.delivery import Delivery, DeliveryStatus, new_delivery
from opal.webhooks.endpoint import Endpoint
from opal.webhooks.endpoint_store import endpoints_of
from opal.webhooks.events import event_of


class Outbox:
    """The webhooks about ends in one tenant.

    The tenant's endpoints are read once, when something ends: what does not end costs nothing.
    """

    def __init__(
        self, store: StateStore, settings: Settings, tenant_id: str, now: datetime
    ) -> None:
        self._store = store
        self._settings = settings
        self._now = now
        self._tenant_id = tenant_id
        self._asked = False
        self._made: dict[str, DeliveryRef] = {}

    def operations(self, changed: Item | Job) -> list[Operation]:
        """What to write in the batch that writes `changed`: a delivery for each endpoint that
        wants to know, nothing for a document of which there is nothing to tell. At most five."""
        self._asked = True
        deliveries = self._deliveries(changed)
        self._made |= {delivery.id: delivery.ref for delivery in deliveries}
        return [Create(delivery.dump()) for delivery in deliveries]

    @property
    def deliveries(self) -> tuple[DeliveryRef, ...]:
        """What `operations` was asked for, all calls together.

        One of a transition that lost against another may be among them; there is no document
        of it, and starting it does nothing.
        """
        return tuple(self._made.values())

    @property
    def starts(self) -> list[Start]:
        """The same as orchestrations to start."""
        return [start_of_delivery(self._settings, ref) for ref in self.deliveries]

    def deliveries_about(self, partition: Partition, id: str) -> tuple[DeliveryRef, ...]:
        """The webhooks to start about one document, once its transition has been made.

        When somebody else made the transition before, so that `operations` was not asked, they
        are those of the stored document that are still pending.
        """
        if self._asked or not self._endpoints:
            return self.deliveries
        stored = self._store.read(partition, id)
        if stored is None:
            return ()
        kind = Item if stored.document["kind"] == "item" else Job
        made = self._deliveries(kind.parse(stored.document))
        known = [self._store.read(partition, delivery.id) for delivery in made]
        found = [Delivery.parse(one.document) for one in known if one is not None]
        return tuple(d.ref for d in found if d.status is DeliveryStatus.PENDING)

    def of_item(self, ref: ItemRef, outcome: ItemOutcome) -> ItemOutcome:
        """The outcome of an item's last transition, with the webhooks to start about it."""
        if outcome.superseded:
            return outcome
        about = self.deliveries_about(partition_of(ref), item_document_id(ref.item_id))
        return outcome.model_copy(update={"deliveries": about})

    @cached_property
    def _endpoints(self) -> tuple[Endpoint, ...]:
        known = endpoints_of(self._store, self._tenant_id)
        return tuple(endpoint for endpoint in known if endpoint.enabled)

    def _deliveries(self, changed: Item | Job) -> list[Delivery]:
        event = event_of(changed)
        if event is None:
            return []
        lease_s = self._settings.lease_s
        return [
            new_delivery(event, endpoint, self._now, lease_s)
            for endpoint in self._endpoints
            if event.type in endpoint.events
        ]


def start_of_delivery(settings: Settings, ref: DeliveryRef) -> Start:
    """The orchestration of a round of a delivery."""
    work = DeliverWebhook(
        **ref.model_dump(), schedule=settings.webhook_schedule, retry=settings.retry
    )
    instance_id = instance_of_delivery(ref)
    return Start(orchestration="deliver_webhook", instance_id=instance_id, payload=work.dump())


def instance_of_delivery(ref: DeliveryRef) -> str:
    """The orchestration's instance id: one for each round."""
    digest = hashlib.sha256(f"{ref.tenant_id}/{ref.delivery_id}".encode()).hexdigest()[:32]
    return f"webhook-{digest}-r{ref.round}"
