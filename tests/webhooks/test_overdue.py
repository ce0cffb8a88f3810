"""Deliveries that nobody works on any more, as the sweeper sees them."""

from datetime import UTC, datetime, timedelta

import pytest

from opal.state.contract import Create, Patch
from opal.webhooks.outbox import instance_of_delivery
from opal.webhooks.overdue import instance_of, overdue_deliveries, revive_delivery
from tests.webhooks.pipeline import HERE, begin_job, complete, deliveries, register

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def delivery(store, settings):
    register(store, settings, "http://127.0.0.1:8001/", NOON)
    [ref] = begin_job(store, NOON, "mug")
    complete(store, settings, ref, NOON)
    return deliveries(store)[0]


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_delivery_is_overdue_a_lease_after_its_next_attempt_was_planned(
    store, settings, delivery
):
    assert overdue_deliveries(store, after(settings.lease_s - 1)) == []
    assert overdue_deliveries(store, after(settings.lease_s + 1)) == [delivery]


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_what_is_over_is_never_overdue(store, delivery, status):
    store.write(HERE, [Patch(delivery.id, set={"/status": status})])
    assert overdue_deliveries(store, after(1e6)) == []


def test_one_whose_orchestration_is_gone_is_started_again_under_its_own_id(
    store, settings, delivery
):
    [start] = revive_delivery(store, settings, delivery, after(400), running=False)
    assert start.instance_id == instance_of(delivery) == instance_of_delivery(delivery.ref)
    assert overdue_deliveries(store, after(400 + settings.lease_s - 1)) == []
    assert len(overdue_deliveries(store, after(400 + settings.lease_s + 1))) == 1


def test_one_whose_orchestration_runs_is_looked_at_again_a_lease_later(store, settings, delivery):
    assert revive_delivery(store, settings, delivery, after(400), running=True) == []
    assert overdue_deliveries(store, after(401)) == []


def test_two_sweepers_start_it_once(store, settings, delivery):
    starts = [revive_delivery(store, settings, delivery, after(400), running=False) for _ in "ab"]
    assert [len(found) for found in starts] == [1, 0]


def test_one_that_moved_since_it_was_found_is_left_alone(store, settings, delivery):
    store.write(HERE, [Patch(delivery.id, add={"/tries": 1})])
    assert revive_delivery(store, settings, delivery, after(400), running=False) == []


def test_one_that_cannot_be_read_does_not_hide_the_others(store, settings, delivery):
    broken = {"id": "delivery.x", "kind": "delivery", "status": "pending"}
    store.write(HERE, [Create({**broken, "due_at": NOON.isoformat()})])
    assert overdue_deliveries(store, after(1e6)) == [delivery]
