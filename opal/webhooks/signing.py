"""Signatures as Standard Webhooks has them: HMAC-SHA256 over id, time and body."""

import base64
import secrets as random_bytes
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

_SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh secret, `whsec_` and the base64 of 32 random bytes."""
    return "whsec_" + base64.b64encode(random_bytes.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(
    secrets: Sequence[str], message_id: str, now: datetime, body: str
) -> dict[str, str]:
    """The three headers; the signature has one entry for each secret, the newest first."""
    # The library takes the clock time of any zone for UTC.
    moment = now.astimezone(UTC)
    signatures = [Webhook(secret).sign(message_id, moment, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
