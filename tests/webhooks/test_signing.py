"""Signatures, as the library that receivers use reads them."""

import json
from datetime import UTC, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from opal.webhooks.signing import new_secret, signed_headers

BODY = json.dumps({"type": "item.completed", "data": {"name": "Stuhl, 100 % Holz – blau"}})


def test_a_receiver_verifies_the_headers_with_the_secret(now):
    secret = new_secret()
    headers = signed_headers([secret], "evt_1", now, BODY)
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
    assert headers["webhook-id"] == "evt_1"
    assert headers["webhook-timestamp"] == str(int(now.timestamp()))


@pytest.mark.parametrize("hours", [-8, 0, 5])
def test_the_time_is_utc_whatever_zone_the_clock_shows(now, hours):
    secret = new_secret()
    elsewhere = now.astimezone(timezone(timedelta(hours=hours)))
    assert signed_headers([secret], "evt_1", elsewhere, BODY) == signed_headers(
        [secret], "evt_1", now.astimezone(UTC), BODY
    )
    Webhook(secret).verify(BODY, signed_headers([secret], "evt_1", elsewhere, BODY))


@pytest.mark.parametrize("change", ["body", "id", "timestamp", "secret"])
def test_a_signature_is_for_this_body_id_time_and_secret_alone(now, change):
    secret = new_secret()
    headers = signed_headers([secret], "evt_1", now, BODY)
    body = BODY.replace("blau", "rot") if change == "body" else BODY
    if change == "id":
        headers["webhook-id"] = "evt_2"
    if change == "timestamp":
        headers["webhook-timestamp"] = str(int(now.timestamp()) + 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret() if change == "secret" else secret).verify(body, headers)


def test_each_secret_signs_and_each_alone_verifies(now):
    secrets = [new_secret(), new_secret()]
    headers = signed_headers(secrets, "evt_1", now, BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in secrets:
        Webhook(secret).verify(BODY, headers)


def test_secrets_are_whsec_with_32_random_bytes():
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(secret.startswith("whsec_") and len(secret) == 6 + 44 for secret in made)
