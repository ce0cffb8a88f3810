"""Canceling a job piece by piece, the sweeper's part in it, and photos that never come."""

from datetime import UTC, datetime, timedelta

import pytest

from opal.api.jobs import NewItem, NewJob
from opal.api.ordering import order_job
from opal.canceling import cancel_some
from opal.documents import ItemStatus, JobRef, JobStatus
from opal.job_options import default_recipe
from opal.settings import Settings
from opal.state.canceling import cancel_item, request_cancel
from opal.state.contract import Partition, StateStore
from opal.state.transition import get_item, get_job
from opal.sweeping import jobs_to_finish
from opal.upload_deadline import expire_uploads
from opal.webhooks.delivery import DeliveryStatus
from opal.webhooks.endpoints import EndpointRequest, create_endpoint

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def an_order(store: StateStore, settings: Settings, photos: int) -> Partition:
    order = NewJob(items=tuple(NewItem(filename=f"{n}.jpg") for n in range(photos)))
    made = order_job(store, settings, "demo", order, None, default_recipe, "0" * 32, NOW)
    return Partition("demo", made.job_id)


def ref_of(place: Partition) -> JobRef:
    return JobRef(tenant_id=place.tenant_id, job_id=place.job_id, trace_id="0" * 32)


def listen(store: StateStore, settings: Settings) -> None:
    local = settings.model_copy(update={"webhook_allow_local": True})
    create_endpoint(store, local, "demo", EndpointRequest(url="http://127.0.0.1:9/x"), NOW)


def test_a_large_job_is_canceled_in_pieces_until_none_is_left(store, settings):
    place = an_order(store, settings, 250)
    request_cancel(store, place, NOW)
    pieces = []
    while True:
        pieces.append(cancel_some(store, settings, ref_of(place), NOW))
        if not pieces[-1].more:
            break
    assert sum(piece.canceled for piece in pieces) == 250
    assert len(pieces) > 1
    assert get_job(store, place).counters.canceled == 250


def test_a_piece_that_is_canceled_again_after_a_crash_counts_nothing_twice(store, settings):
    place = an_order(store, settings, 5)
    [first, *_] = store.page(place, "item", 10).documents
    cancel_item(store, place, first["item_id"], NOW, 60.0)
    assert cancel_some(store, settings, ref_of(place), NOW).canceled == 4
    assert get_job(store, place).counters.canceled == 5


def test_every_canceled_item_is_told_of(store, settings):
    listen(store, settings)
    place = an_order(store, settings, 3)
    canceled = cancel_some(store, settings, ref_of(place), NOW)
    assert len(canceled.deliveries) == 3


def test_a_job_whose_cancellation_was_lost_is_stopped_by_the_sweeper(store, settings):
    place = an_order(store, settings, 2)
    request_cancel(store, place, NOW)
    later = NOW + timedelta(seconds=1)
    [start] = jobs_to_finish(store, settings, later)
    assert start.orchestration == "stop_job"
    assert jobs_to_finish(store, settings, later) == []


def test_an_announced_photo_is_waited_for_until_the_deadline(store, settings):
    place = an_order(store, settings, 1)
    almost = NOW + timedelta(seconds=settings.upload_deadline_s - 1)
    assert expire_uploads(store, settings, almost) == []
    assert get_job(store, place).counters.created == 1


def test_a_photo_that_never_came_fails_its_item_and_lets_the_job_end(store, settings):
    place = an_order(store, settings, 2)
    late = NOW + timedelta(seconds=settings.upload_deadline_s + 1)
    starts = expire_uploads(store, settings, late)
    assert [start.orchestration for start in starts] == ["finish_job"]
    job = get_job(store, place)
    assert (job.counters.failed, job.settled, job.status) == (2, True, JobStatus.CREATED)
    [item, _] = store.page(place, "item", 10).documents
    assert item["error"]["code"] == "upload_missing"


def test_whoever_wants_to_know_is_told_of_a_photo_that_never_came(store, settings):
    listen(store, settings)
    place = an_order(store, settings, 1)
    late = NOW + timedelta(seconds=settings.upload_deadline_s + 1)
    starts = expire_uploads(store, settings, late)
    assert {start.orchestration for start in starts} == {"finish_job", "deliver_webhook"}
    [delivery] = store.page(place, "delivery", 10).documents
    assert (delivery["event_type"], delivery["status"]) == ("item.failed", DeliveryStatus.PENDING)


@pytest.mark.parametrize("times", [1, 2])
def test_a_canceled_item_is_out_of_the_sweepers_sight(store, settings, times):
    place = an_order(store, settings, 1)
    for _ in range(times):
        cancel_some(store, settings, ref_of(place), NOW)
    expire_uploads(store, settings, NOW + timedelta(days=30))
    [document] = store.page(place, "item", 10).documents
    assert get_item(store, place, document["item_id"]).status is ItemStatus.CANCELED
