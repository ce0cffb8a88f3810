"""Telling an endpoint about an event: signed, sent once, observed."""

import json
import logging
from datetime import datetime, timedelta

from opal.errors import WebhookHostUnknown, WebhookUrlRefused
from opal.telemetry import observe_webhook, outgoing_headers
from opal.webhooks.delivery import Delivery
from opal.webhooks.endpoint import Endpoint
from opal.webhooks.resting import Resting
from opal.webhooks.sealing import SecretUnreadable
from opal.webhooks.sending import Answer, Sender
from opal.webhooks.signing import signed_headers

USER_AGENT = "OPAL-Webhooks/1"
RESTING = Answer(ms=0.0, error="endpoint_resting")
UNREADABLE = Answer(ms=0.0, error="secret_unreadable")
_log = logging.getLogger(__name__)


def tell(
    sender: Sender, resting: Resting, endpoint: Endpoint, delivery: Delivery, now: datetime
) -> Answer:
    """POST the delivery's payload to the endpoint, unless that is left alone for a while."""
    with observe_webhook(delivery.model_dump()) as observed:
        if resting.enter(endpoint.endpoint_id, now):
            answer = _send(sender, endpoint, delivery, now)
            ended = now + timedelta(milliseconds=answer.ms)
            timed_out = answer.error == "timeout"
            resting.leave(endpoint.endpoint_id, ended, timed_out=timed_out)
        else:
            answer = RESTING
        observed.outcome = _outcome_of(answer)
        said = answer.status or answer.error
        _log.info("webhook %s: %s after %.0f ms", delivery.delivery_id, said, answer.ms)
    return answer


def _send(sender: Sender, endpoint: Endpoint, delivery: Delivery, now: datetime) -> Answer:
    try:
        secrets = [sender.box.open(stored) for stored in endpoint.secrets_at(now)]
    except SecretUnreadable as error:
        _log.error("webhook %s is not sent: %s", delivery.delivery_id, error)
        return UNREADABLE
    body = json.dumps(delivery.payload, separators=(",", ":"))
    headers = {
        **outgoing_headers(),
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        **signed_headers(secrets, delivery.event_id, now, body),
    }
    return sender.send(endpoint.url, headers, body.encode())


def _outcome_of(answer: Answer) -> str:
    """The attempt in the words of its metric."""
    if answer.status is not None:
        return "delivered" if answer.delivered else "refused"
    if answer.error in {WebhookUrlRefused.code, WebhookHostUnknown.code}:
        return "blocked"
    return answer.error if answer.error in {"timeout", "unreachable"} else "failed"
