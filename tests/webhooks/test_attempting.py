"""Attempts at a delivery, against receivers that verify what they get."""

import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from opal.documents import DeliverWebhook
from opal.webhooks.attempting import attempt_delivery
from opal.webhooks.deliveries import redeliver
from opal.webhooks.delivery import DeliveryStatus
from opal.webhooks.endpoint_store import disable_endpoint, endpoints_of
from opal.webhooks.endpoints import delete_endpoint, get_endpoint, rotate_secret
from opal.webhooks.outbox import start_of_delivery
from opal.webhooks.resting import Resting
from opal.webhooks.schedule import MAX_RETRY_AFTER_S
from opal.webhooks.sealing import SecretBox
from tests.webhooks.pipeline import TENANT, TRACE, begin_job, complete, deliveries, register


@pytest.fixture
def endpoint(store, settings, receiver, now):
    return register(store, settings, receiver.url, now)


@pytest.fixture
def work(store, settings, endpoint, now) -> DeliverWebhook:
    """The delivery of an item's end to the endpoint."""
    [ref] = begin_job(store, now, "mug")
    [delivery] = complete(store, settings, ref, now).deliveries
    return DeliverWebhook.parse(start_of_delivery(settings, delivery).payload)


@pytest.fixture
def resting() -> Resting:
    return Resting()


@pytest.fixture
def attempt(store, settings, sender, resting, work, now):
    """Makes an attempt at the delivery, so many seconds from now."""

    def make(seconds: float = 0, work: DeliverWebhook = work, sender=sender):
        moment = now + timedelta(seconds=seconds)
        return attempt_delivery(store, sender, resting, work, moment, settings.lease_s)

    return make


def only(store):
    [delivery] = deliveries(store)
    return delivery


def test_a_delivery_arrives_signed_and_is_over(store, receiver, endpoint, attempt):
    notified = attempt()
    assert (notified.verdict, notified.reason) == ("over", "delivered")
    [received] = receiver.received
    payload = received.verified_by(endpoint.secret)
    assert (payload["type"], payload["data"]["item_id"]) == ("item.completed", "mug")
    delivery = only(store)
    assert delivery.status is DeliveryStatus.DELIVERED
    assert [(one.status, one.error) for one in delivery.attempts] == [(200, None)]
    assert received.headers["webhook-id"] == delivery.event_id


def test_the_body_is_small_json_and_the_trace_id_travels_along(receiver, attempt):
    attempt()
    [received] = receiver.received
    assert received.headers["Content-Type"] == "application/json"
    assert received.headers["X-Trace-Id"] == TRACE
    assert received.headers["User-Agent"].startswith("OPAL")
    assert json.loads(received.body)["data"]["trace_id"] == TRACE
    assert len(received.body) < 1000


def test_what_is_delivered_is_not_sent_again(receiver, attempt):
    attempt()
    assert attempt(1000).reason == "delivered"
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
def test_any_other_status_is_tried_again_later(store, settings, receiver, attempt, now, status):
    receiver.replies = [status]
    notified = attempt()
    assert notified.verdict == "again"
    assert 7 <= notified.wait_s <= 11
    delivery = only(store)
    assert delivery.status is DeliveryStatus.PENDING
    assert [one.status for one in delivery.attempts] == [status]
    assert delivery.due_at == delivery.next_attempt_at + timedelta(seconds=settings.lease_s)
    assert now + timedelta(seconds=7) < delivery.next_attempt_at


def test_every_try_has_the_same_id_and_a_signature_of_its_own_time(
    receiver, endpoint, attempt, store
):
    receiver.replies = [500, 500, 200]
    for seconds in (0, 20, 200):
        attempt(seconds)
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    times = [int(one.headers["webhook-timestamp"]) for one in receiver.received]
    assert [moment - times[0] for moment in times] == [0, 20, 200]
    assert len({one.headers["webhook-signature"] for one in receiver.received}) == 3
    assert len({one.body for one in receiver.received}) == 1
    for received in receiver.received:
        received.verified_by(endpoint.secret)
    assert [one.status for one in only(store).attempts] == [500, 500, 200]


def test_asked_too_early_it_tries_nothing_and_says_how_long_to_wait(receiver, attempt):
    receiver.replies = [500]
    planned = attempt().wait_s
    again = attempt(3)
    assert again.verdict == "again"
    assert again.wait_s == pytest.approx(planned - 3, abs=0.5)
    assert len(receiver.received) == 1


def test_when_the_schedule_is_used_up_the_delivery_has_failed(store, receiver, attempt):
    receiver.replies = [500]
    verdicts = [attempt(seconds).verdict for seconds in (0, 20, 200)]
    assert verdicts == ["again", "again", "over"]
    delivery = only(store)
    assert (delivery.status, delivery.reason) == (DeliveryStatus.FAILED, "attempts_exhausted")
    assert attempt(9999).reason == "attempts_exhausted"
    assert len(receiver.received) == 3


def test_a_receiver_may_ask_for_a_longer_wait(receiver, attempt):
    receiver.replies = [(503, {"Retry-After": "1000"})]
    assert attempt().wait_s == pytest.approx(1000, abs=1)


def test_a_receiver_may_not_ask_for_more_than_a_day(receiver, attempt):
    receiver.replies = [(503, {"Retry-After": "999999"})]
    assert attempt().wait_s == pytest.approx(MAX_RETRY_AFTER_S, abs=1)


def test_a_shorter_wait_than_the_schedules_is_not_obeyed(receiver, attempt):
    receiver.replies = [(503, {"Retry-After": "1"})]
    assert attempt().wait_s >= 7


def test_a_receiver_that_is_gone_for_good_is_not_asked_again(store, receiver, endpoint, attempt):
    receiver.replies = [410]
    assert attempt().reason == "endpoint_gone"
    shown = get_endpoint(store, TENANT, endpoint.endpoint_id)
    assert (shown.enabled, shown.disabled_reason) == (False, "gone")
    assert only(store).status is DeliveryStatus.FAILED


def test_other_deliveries_to_a_disabled_endpoint_end_without_a_try(
    store, receiver, endpoint, attempt
):
    receiver.replies = [500]
    attempt()
    disable_endpoint(store, TENANT, endpoint, "gone", only(store).created_at)
    assert attempt(1000).reason == "endpoint_disabled"
    assert len(receiver.received) == 1


def test_a_deleted_endpoint_ends_its_deliveries(store, receiver, endpoint, attempt):
    delete_endpoint(store, TENANT, endpoint.endpoint_id)
    assert attempt().reason == "endpoint_deleted"
    assert (receiver.received, only(store).status) == ([], DeliveryStatus.FAILED)


def test_a_delivery_that_is_not_stored_is_over(store, attempt, work):
    for delivery_id in (f"summer.{'0' * 24}", "nonsense", "../job"):
        ghost = work.model_copy(update={"delivery_id": delivery_id})
        assert attempt(work=ghost).reason == "gone"


def test_during_a_rotation_both_secrets_verify_and_later_only_the_new_one(
    store, settings, sender, receiver, endpoint, attempt, now
):
    rotated = rotate_secret(store, settings, TENANT, endpoint.endpoint_id, now)
    receiver.replies = [500]
    attempt()
    attempt(25 * 3600)
    early, late = receiver.received
    assert early.verified_by(endpoint.secret) == early.verified_by(rotated.secret)
    assert len(early.headers["webhook-signature"].split()) == 2
    assert len(late.headers["webhook-signature"].split()) == 1


def test_a_new_key_seals_and_the_former_one_still_opens(
    store, settings, sender, receiver, endpoint, attempt
):
    newest = Fernet.generate_key().decode()
    both = SecretBox(f"{newest},{settings.secret_keys}")
    assert attempt(sender=replace(sender, box=both)).reason == "delivered"
    [received] = receiver.received
    received.verified_by(endpoint.secret)
    assert SecretBox(newest).open(both.seal("whsec_x")) == "whsec_x"


@pytest.mark.parametrize("keys", [None, Fernet.generate_key().decode()])
def test_without_its_key_nothing_is_sent_and_once_it_is_back_the_delivery_arrives(
    store, sender, receiver, attempt, keys
):
    assert attempt(sender=replace(sender, box=SecretBox(keys))).verdict == "again"
    assert receiver.received == []
    assert only(store).attempts[0].error == "secret_unreadable"
    assert attempt(20).reason == "delivered"


def test_a_secret_stored_before_there_were_keys_still_signs(
    store, settings, sender, receiver, attempt, now
):
    keyless = settings.model_copy(update={"secret_keys": None})
    [endpoint] = endpoints_of(store, TENANT)
    plain = rotate_secret(store, keyless, TENANT, endpoint.endpoint_id, now)
    assert attempt().reason == "delivered"
    receiver.received[0].verified_by(plain.secret)


def test_a_redelivery_begins_anew_under_the_same_id(store, settings, receiver, attempt, now):
    receiver.replies = [500, 500, 500, 200]
    for seconds in (0, 20, 200):
        attempt(seconds)
    later = now + timedelta(seconds=300)
    view, start = redeliver(store, settings, TENANT, only(store).delivery_id, later)
    assert (view.status, view.next_attempt_at) == (DeliveryStatus.PENDING, later)
    assert attempt(300).reason == "superseded by a redelivery"
    assert attempt(300, work=DeliverWebhook.parse(start.payload)).reason == "delivered"
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    assert [one.status for one in only(store).attempts] == [500, 500, 500, 200]


def test_a_redelivery_does_not_wait_for_the_round_before_it(
    store, settings, receiver, attempt, now
):
    receiver.replies = [500, 200]
    assert attempt().verdict == "again"
    _, start = redeliver(store, settings, TENANT, only(store).delivery_id, now)
    assert attempt(0, work=DeliverWebhook.parse(start.payload)).reason == "delivered"
    assert attempt(20).reason == "superseded by a redelivery"
    assert len(receiver.received) == 2


def test_a_redelivery_that_comes_during_an_attempt_is_not_undone_by_it(
    store, settings, receiver, attempt, now
):
    def reply(handler) -> None:
        redeliver(store, settings, TENANT, only(store).delivery_id, now)
        handler.send_response(200)
        handler.end_headers()

    receiver.replies = [reply, 200]
    assert attempt().reason == "superseded by a redelivery"
    delivery = only(store)
    assert (delivery.round, delivery.status) == (2, DeliveryStatus.PENDING)


def test_only_the_latest_attempts_are_kept(store, receiver, attempt, work):
    receiver.replies = [500]
    long = work.model_copy(update={"schedule": (0.0,) * 30})
    for number in range(25):
        attempt(number * 60, work=long)
    delivery = only(store)
    assert (len(delivery.attempts), delivery.tries) == (20, 25)
    assert delivery.attempts[-1].at - delivery.attempts[0].at == timedelta(minutes=19)


def test_a_host_that_has_become_private_is_not_reached_and_tried_again(
    store, receiver, sender, attempt
):
    rebound = replace(sender, resolve=lambda host, port: ["127.0.0.1", "169.254.169.254"])
    assert attempt(sender=rebound).verdict == "again"
    assert [one.error for one in only(store).attempts] == ["webhook_url_refused"]
    assert receiver.received == []


def test_no_log_line_tells_a_secret_or_a_signature(store, receiver, endpoint, attempt, caplog):
    caplog.set_level(logging.DEBUG)
    receiver.replies = [500, (302, {"Location": "http://127.0.0.1:9/"}), 200]
    for seconds in (0, 20, 200):
        attempt(seconds)
    signatures = [one.headers["webhook-signature"] for one in receiver.received]
    [stored] = endpoints_of(store, TENANT)
    texts = [*(record.getMessage() for record in caplog.records), caplog.text]
    for secret in (endpoint.secret[6:], stored.secrets_at(only(store).created_at)[0], *signatures):
        assert not any(secret in text for text in texts)
    assert caplog.text.count("webhook summer.") == 3


def test_after_a_timeout_the_next_try_soon_after_is_counted_without_being_made(
    store, sender, receiver, attempt
):
    """A receiver that never answers must not hold up the photos of everybody."""

    def never(handler) -> None:
        handler.connection.recv(1)

    receiver.replies = [never, 200]
    hurried = replace(sender, timeout_s=0.2)
    assert attempt(sender=hurried).verdict == "again"
    assert attempt(12, sender=hurried).verdict == "again"
    assert attempt(150, sender=hurried).reason == "delivered"
    assert [one.error for one in only(store).attempts] == ["timeout", "endpoint_resting", None]
    assert len(receiver.received) == 2
