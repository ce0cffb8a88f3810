"""What orchestrations and activities hand each other about webhook deliveries."""

from typing import Literal

from opal.documents.base import Document
from opal.documents.retry import RetryPolicy


class DeliveryRef(Document):
    """Names a round of a delivery; a redelivery begins a new round."""

    tenant_id: str
    job_id: str
    delivery_id: str
    round: int = 1
    trace_id: str


class StartDeliveries(Document):
    """Input of `start_deliveries`."""

    trace_id: str
    deliveries: tuple[DeliveryRef, ...]


class DeliverWebhook(DeliveryRef):
    """Input of the orchestration `deliver_webhook` and of its activity `notify_webhook`.

    `schedule` holds the seconds to wait after the first attempt, after the second, and so on;
    when it is used up, the delivery has failed.
    """

    schedule: tuple[float, ...]
    retry: RetryPolicy = RetryPolicy()


class Notified(Document):
    """Answer of `notify_webhook`: ask again after `wait_s` seconds, or it is over; `reason` says
    why."""

    verdict: Literal["again", "over"]
    reason: str
    wait_s: float = 0.0
