"""The outbox: no end without its webhooks, no webhook without its end, and none of them twice."""

from datetime import UTC, datetime, timedelta

import pytest

from opal.documents import ItemStatus, JobStatus
from opal.state.canceling import cancel_item
from opal.state.contract import AlreadyExists, Patch, StateError
from opal.state.transition import get_item, get_job
from opal.sweeping import restart
from opal.webhooks.delivery import DeliveryStatus
from opal.webhooks.endpoint_store import disable_endpoint
from opal.webhooks.endpoints import EndpointRequest, create_endpoint, delete_endpoint
from opal.webhooks.events import EventType
from opal.webhooks.outbox import Outbox, instance_of_delivery, start_of_delivery
from tests.webhooks.pipeline import (
    HERE,
    TENANT,
    TRACE,
    begin_job,
    close,
    complete,
    deliveries,
    fail,
    register,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ONE, TWO = "http://127.0.0.1:8001/", "http://127.0.0.1:8002/"


class CountingReads:
    """A store that counts its point reads."""

    def __init__(self, store) -> None:
        self._store, self.reads = store, 0

    def read(self, *place):
        self.reads += 1
        return self._store.read(*place)


@pytest.fixture
def endpoint(store, settings):
    return register(store, settings, ONE, NOON)


def types(store):
    return sorted(delivery.event_type for delivery in deliveries(store))


def test_an_item_that_ends_leaves_a_delivery_for_each_endpoint(store, settings, endpoint):
    other = register(store, settings, TWO, NOON)
    [ref] = begin_job(store, NOON, "mug")
    outcome = complete(store, settings, ref, NOON)
    stored = deliveries(store)
    assert {one.endpoint_id for one in stored} == {endpoint.endpoint_id, other.endpoint_id}
    assert {one.ref for one in stored} == set(outcome.deliveries)
    assert len({one.delivery_id for one in stored}) == 2
    assert len({one.event_id for one in stored}) == 1


def test_a_fresh_delivery_is_pending_and_looked_after_from_a_lease_on(store, settings, endpoint):
    [ref] = begin_job(store, NOON, "mug")
    complete(store, settings, ref, NOON)
    [delivery] = deliveries(store)
    assert (delivery.status, delivery.tries, delivery.round) == (DeliveryStatus.PENDING, 0, 1)
    assert delivery.next_attempt_at == NOON
    assert delivery.due_at == NOON + timedelta(seconds=settings.lease_s)
    assert (delivery.trace_id, delivery.item_id) == (TRACE, "mug")
    document = store.read(HERE, delivery.id).document
    assert (document["tenant_id"], document["job_id"]) == HERE[:2]
    assert document["ttl"] == 30 * 24 * 3600


def test_the_end_and_its_webhooks_are_written_together_or_not_at_all(store, settings, endpoint):
    """A delivery that can't be written holds the end back."""
    [ref] = begin_job(store, NOON, "mug")
    outbox = Outbox(store, settings, TENANT, NOON)
    item = get_item(store, HERE, "mug").model_copy(update={"status": ItemStatus.COMPLETED})
    [creation] = outbox.operations(item)
    with pytest.raises(StateError):
        store.write(HERE, [Patch("job", add={"/counters/completed": 1}), creation, creation])
    assert get_job(store, HERE).counters.completed == 0
    assert deliveries(store) == []
    complete(store, settings, ref, NOON)
    with pytest.raises(AlreadyExists):
        store.write(HERE, [creation])


def test_without_endpoints_an_end_is_only_an_end(store, settings):
    [ref] = begin_job(store, NOON, "mug")
    assert complete(store, settings, ref, NOON).deliveries == ()
    assert deliveries(store) == []


def test_only_what_an_endpoint_asked_for_is_sent_to_it(store, settings):
    register(store, settings, ONE, NOON, events=["item.failed"])
    register(store, settings, TWO, NOON, events=["job.partial"])
    mug, pot = begin_job(store, NOON, "mug", "pot")
    assert complete(store, settings, mug, NOON).deliveries == ()
    assert len(fail(store, settings, pot, NOON).deliveries) == 1
    assert types(store) == ["item.failed"]
    assert close(store, settings, NOON)[0]
    assert types(store) == ["item.failed", "job.partial"]


def test_a_disabled_endpoint_is_told_nothing(store, settings, endpoint):
    disable_endpoint(store, TENANT, endpoint, "gone", NOON)
    [ref] = begin_job(store, NOON, "mug")
    assert complete(store, settings, ref, NOON).deliveries == ()


def test_another_tenants_endpoint_is_told_nothing(store, settings):
    create_endpoint(store, settings, "rival", EndpointRequest(url=ONE), NOON)
    [ref] = begin_job(store, NOON, "mug")
    assert complete(store, settings, ref, NOON).deliveries == ()


def test_an_end_that_is_stored_again_finds_its_webhooks_and_makes_no_others(
    store, settings, endpoint
):
    """The process died after the transaction, and the activity runs again."""
    [ref] = begin_job(store, NOON, "mug")
    first = complete(store, settings, ref, NOON)
    again = complete(store, settings, ref, NOON + timedelta(minutes=5))
    assert again.deliveries == first.deliveries != ()
    assert len(deliveries(store)) == 1


def test_a_job_that_is_closed_again_finds_its_webhooks(store, settings, endpoint):
    [ref] = begin_job(store, NOON, "mug")
    complete(store, settings, ref, NOON)
    closed, first = close(store, settings, NOON + timedelta(seconds=1))
    closed_again, again = close(store, settings, NOON + timedelta(minutes=5))
    assert (closed, closed_again) == (True, False)
    assert first == again != ()
    assert types(store) == ["item.completed", "job.completed"]


def test_what_is_delivered_is_not_started_again(store, settings, endpoint):
    [ref] = begin_job(store, NOON, "mug")
    complete(store, settings, ref, NOON)
    [delivery] = deliveries(store)
    store.write(HERE, [Patch(delivery.id, set={"/status": "delivered"})])
    assert complete(store, settings, ref, NOON).deliveries == ()


def test_an_end_that_came_differently_is_found_as_it_came(store, settings, endpoint):
    [ref] = begin_job(store, NOON, "mug")
    outbox = Outbox(store, settings, TENANT, NOON)
    cancel_item(store, HERE, "mug", NOON, settings.lease_s, outbox.operations)
    late = complete(store, settings, ref, NOON)
    assert types(store) == [EventType.ITEM_CANCELED]
    assert late.deliveries == outbox.deliveries


def test_a_superseded_run_starts_no_webhooks(store, settings, endpoint):
    [ref] = begin_job(store, NOON, "mug")
    newer = ref.model_copy(update={"revision": 2})
    assert complete(store, settings, newer, NOON).deliveries == ()
    assert deliveries(store) == []


def test_endpoints_that_went_after_the_end_do_not_stop_the_others(store, settings, endpoint):
    register(store, settings, TWO, NOON)
    [ref] = begin_job(store, NOON, "mug")
    complete(store, settings, ref, NOON)
    delete_endpoint(store, TENANT, endpoint.endpoint_id)
    assert len(complete(store, settings, ref, NOON).deliveries) == 1


def test_a_job_left_open_because_it_grew_tells_nothing(store, settings, endpoint):
    begin_job(store, NOON, "mug")
    assert close(store, settings, NOON) == (False, ())
    assert deliveries(store) == []


def test_a_job_that_ends_again_is_told_again(store, settings, endpoint):
    [ref] = begin_job(store, NOON, "mug")
    complete(store, settings, ref, NOON)
    close(store, settings, NOON + timedelta(seconds=1))
    reopening = {"/status": JobStatus.PROCESSING.value, "/completed_at": None}
    store.write(HERE, [Patch("job", set=reopening)])
    closed, told = close(store, settings, NOON + timedelta(seconds=2))
    assert closed
    assert len(told) == 1
    assert types(store).count("job.completed") == 2


def test_one_outbox_gathers_the_ends_of_many_items(store, settings, endpoint):
    begin_job(store, NOON, "mug", "pot", "jar")
    outbox = Outbox(store, settings, TENANT, NOON)
    for name in ("mug", "pot", "jar"):
        cancel_item(store, HERE, name, NOON, settings.lease_s, outbox.operations)
    assert len(outbox.deliveries) == len(outbox.starts) == 3
    assert {start.orchestration for start in outbox.starts} == {"deliver_webhook"}


def test_an_item_that_the_sweeper_gives_up_is_told(store, settings, endpoint):
    begin_job(store, NOON, "mug")
    store.write(HERE, [Patch("item.mug", set={"/restarts": settings.max_restarts})])
    starts = restart(store, settings, get_item(store, HERE, "mug"), NOON)
    assert [start.orchestration for start in starts] == ["deliver_webhook", "finish_job"]
    assert deliveries(store)[0].payload["data"]["error"]["code"] == "item_stuck"


def test_what_does_not_end_costs_no_look_at_the_endpoints(store, settings, endpoint):
    begin_job(store, NOON, "mug")
    counted = CountingReads(store)
    outbox = Outbox(counted, settings, TENANT, NOON)
    assert outbox.operations(get_item(store, HERE, "mug")) == []
    assert outbox.starts == []
    assert counted.reads == 0


def test_an_end_costs_one_look_at_the_endpoints_however_often_it_is_asked_for(
    store, settings, endpoint
):
    begin_job(store, NOON, "mug")
    counted = CountingReads(store)
    outbox = Outbox(counted, settings, TENANT, NOON)
    ended = get_item(store, HERE, "mug").model_copy(update={"status": ItemStatus.COMPLETED})
    for _ in range(3):
        assert len(outbox.operations(ended)) == 1
    assert (counted.reads, len(outbox.deliveries)) == (1, 1)


def test_a_start_names_the_round_and_carries_the_schedule(store, settings, endpoint):
    [ref] = begin_job(store, NOON, "mug")
    [delivery] = complete(store, settings, ref, NOON).deliveries
    start = start_of_delivery(settings, delivery)
    later = delivery.model_copy(update={"round": 2})
    assert start.instance_id != instance_of_delivery(later)
    assert len(start.instance_id) <= 100
    assert start.instance_id.isascii()
    assert start.payload["schedule"] == [10.0, 100.0]
