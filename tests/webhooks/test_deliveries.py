"""What a tenant sees of its deliveries, and sending one again."""

from datetime import UTC, datetime, timedelta

import pytest

from opal.errors import Conflict, InvalidInput, NotFound
from opal.state.contract import Patch
from opal.webhooks.deliveries import get_delivery, list_deliveries, redeliver
from opal.webhooks.delivery import DeliveryStatus
from opal.webhooks.endpoint_store import disable_endpoint
from tests.webhooks.pipeline import HERE, TENANT, begin_job, complete, deliveries, register

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAMES = ("mug", "pot", "jar", "cup", "jug")


@pytest.fixture
def endpoint(store, settings):
    return register(store, settings, "http://127.0.0.1:8001/", NOON)


@pytest.fixture
def sent(store, settings, endpoint):
    """The ids of one delivery a minute, the oldest first."""
    made = []
    for minute, ref in enumerate(begin_job(store, NOON, *NAMES)):
        outcome = complete(store, settings, ref, NOON + timedelta(minutes=minute))
        made.append(outcome.deliveries[0].delivery_id)
    return made


def test_deliveries_are_listed_newest_first_page_by_page(store, sent):
    seen, continuation = [], None
    while True:
        page = list_deliveries(store, TENANT, 2, continuation)
        seen += [view.delivery_id for view in page.deliveries]
        continuation = page.continuation
        if continuation is None:
            break
    assert seen == sent[::-1]


def test_deliveries_in_a_status_can_be_listed_alone(store, sent):
    [first, *_] = deliveries(store)
    store.write(HERE, [Patch(first.id, set={"/status": "failed"})])
    failed = list_deliveries(store, TENANT, 10, status=DeliveryStatus.FAILED)
    pending = list_deliveries(store, TENANT, 10, status=DeliveryStatus.PENDING)
    assert [view.delivery_id for view in failed.deliveries] == [first.delivery_id]
    assert len(pending.deliveries) == len(NAMES) - 1


def test_a_continuation_of_something_else_is_refused(store, sent):
    with pytest.raises(InvalidInput) as caught:
        list_deliveries(store, TENANT, 2, "nonsense")
    assert caught.value.code == "continuation_invalid"


def test_a_delivery_is_found_by_its_id_alone(store, sent, endpoint):
    view = get_delivery(store, TENANT, sent[0])
    assert (view.delivery_id, view.job_id, view.item_id) == (sent[0], "summer", "mug")
    assert view.endpoint_id == endpoint.endpoint_id
    assert view.event_id.startswith("evt_")
    assert view.payload["data"]["item_id"] == "mug"


def test_an_id_is_fit_for_a_path(sent):
    assert all(len(one) <= 120 and one.replace(".", "").replace("-", "").isalnum() for one in sent)


@pytest.mark.parametrize("id", ["", "summer", "summer.", "x.y", "summer.zz", f"Summer.{'0' * 24}"])
def test_what_is_no_id_names_nothing(store, settings, sent, id):
    with pytest.raises(NotFound) as caught:
        get_delivery(store, TENANT, id)
    assert caught.value.code == "delivery_missing"
    with pytest.raises(NotFound):
        redeliver(store, settings, TENANT, id, NOON)


def test_another_tenants_deliveries_are_not_there(store, settings, sent):
    assert list_deliveries(store, "rival", 10).deliveries == ()
    with pytest.raises(NotFound):
        get_delivery(store, "rival", sent[0])
    with pytest.raises(NotFound):
        redeliver(store, settings, "rival", sent[0], NOON)


def test_what_is_over_has_no_next_attempt(store, sent):
    [first, *_] = deliveries(store)
    assert get_delivery(store, TENANT, first.delivery_id).next_attempt_at is not None
    store.write(HERE, [Patch(first.id, set={"/status": "delivered"})])
    assert get_delivery(store, TENANT, first.delivery_id).next_attempt_at is None


def test_nothing_internal_is_shown(store, sent):
    shown = get_delivery(store, TENANT, sent[0]).dump()
    assert not {"id", "kind", "due_at", "sort_key", "ttl", "round", "tries"} & shown.keys()


def test_a_redelivery_of_what_was_delivered_is_pending_again(store, settings, sent):
    [first, *_] = deliveries(store)
    store.write(HERE, [Patch(first.id, set={"/status": "delivered"})])
    view, start = redeliver(store, settings, TENANT, first.delivery_id, NOON)
    assert view.status is DeliveryStatus.PENDING
    assert (start.orchestration, start.payload["round"]) == ("deliver_webhook", 2)
    _, again = redeliver(store, settings, TENANT, first.delivery_id, NOON)
    assert again.instance_id != start.instance_id


def test_nothing_is_sent_again_to_an_endpoint_that_does_not_want_it(
    store, settings, sent, endpoint
):
    disable_endpoint(store, TENANT, endpoint, "gone", NOON)
    with pytest.raises(Conflict) as caught:
        redeliver(store, settings, TENANT, sent[0], NOON)
    assert (caught.value.code, caught.value.http_status) == ("endpoint_disabled", 409)
