"""Tell a webhook endpoint, once."""

from datetime import UTC, datetime

import azure.durable_functions as df

from opal.boundary import activity_boundary
from opal.documents import DeliverWebhook, Json
from opal.settings import get_settings
from opal.state import get_store
from opal.webhooks.attempting import attempt_delivery
from opal.webhooks.resting import resting_endpoints
from opal.webhooks.sealing import SecretBox
from opal.webhooks.sending import Sender

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def notify_webhook(request: Json) -> Json:
    """Make an attempt and keep it with the delivery; answers whether another is to follow.

    What the receiver does is no failure of this activity.
    """
    work, settings = DeliverWebhook.parse(request), get_settings()
    sender = Sender(
        settings.webhook_timeout_s, settings.webhook_allow_local, box=SecretBox.of(settings)
    )
    now = datetime.now(UTC)
    notified = attempt_delivery(
        get_store(), sender, resting_endpoints(), work, now, settings.lease_s
    )
    return notified.dump()
