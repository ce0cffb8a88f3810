"""Photos that wait for credit go on as far as it reaches, and are never given up for waiting."""

from datetime import UTC, datetime, timedelta

import pytest

from opal import sweeping
from opal.credits.blocked import resume_blocked, retry_blocked
from opal.credits.budgets import Limits
from opal.credits.grants import grant
from opal.credits.holds import capture, hold
from opal.credits.items import charge_of
from opal.credits.sweep import settle_stale_holds
from opal.documents import ItemStatus
from opal.names import understand_drop
from opal.state.blocking import block_item
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.contract import Create
from opal.state.progress import begin_item
from opal.state.transition import get_item, partition_of
from tests.credits.life import (
    BROKEN,
    HERE,
    LEASE,
    NOW,
    PLAIN,
    TENANT,
    after,
    assert_books_balance,
    complete,
    fail,
    figures,
    give_budget,
    inspect,
    item_of,
    job_of,
    ref_of,
    take,
)

NAMES = [f"{letter}.jpg" for letter in "abcdef"]
JULY = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def store(sqlite):
    return sqlite


@pytest.fixture
def waiting(store, settings):
    """Six photos that wait, at 4 credits each; the first has waited longest."""
    refs = [take(store, name) for name in NAMES]
    for second, ref in enumerate(refs):
        inspect(store, settings, ref, after(second))
    assert job_of(store).counters.blocked == 6
    return refs


def statuses(store, refs):
    return [item_of(store, ref).status.value for ref in refs]


def test_a_purchase_queues_the_longest_waiting_as_far_as_it_reaches(store, settings, waiting):
    grant(store, settings, TENANT, 11, "top-up", "", after(100))
    assert statuses(store, waiting) == ["queued"] * 2 + ["blocked"] * 4
    assert job_of(store).counters.queued == 2
    assert item_of(store, waiting[0]).error is None


def test_what_was_queued_is_started_by_the_sweeper_at_once(store, settings, waiting):
    grant(store, settings, TENANT, 4, "top-up", "", after(100))
    [item] = sweeping.items_past_lease(store, after(101))
    [start] = sweeping.restart(store, settings, item, after(101))
    assert start.instance_id == sweeping.instance_of(item)
    ref = ref_of(item)
    assert inspect(store, settings, ref, after(102)) is None
    complete(store, settings, ref, after(103))
    assert_books_balance(store)


def test_a_resumed_photo_keeps_its_revision(store, settings, waiting):
    grant(store, settings, TENANT, 100, "top-up", "", after(100))
    assert {item_of(store, ref).revision for ref in waiting} == {1}


def test_another_tenants_purchase_resumes_nothing(store, settings, waiting):
    grant(store, settings, "other", 100, "top-up", "", after(100))
    assert statuses(store, waiting) == ["blocked"] * 6


def test_waiting_often_never_exhausts_the_restarts(store, settings):
    """Each time the credit is gone again when the photo gets to it."""
    ref = take(store)
    inspect(store, settings, ref)
    for turn in range(settings.max_restarts + 3):
        moment = after(1000 * (turn + 1))
        grant(store, settings, TENANT, 4, f"give-{turn}", "", moment)
        [item] = sweeping.items_past_lease(store, moment + timedelta(seconds=1))
        assert len(sweeping.restart(store, settings, item, moment)) == 1
        grant(store, settings, TENANT, -4, f"take-{turn}", "", moment)
        assert inspect(store, settings, ref, moment) is not None
    assert item_of(store, ref).status is ItemStatus.BLOCKED


def test_the_sweeper_leaves_photos_alone_until_their_wait_is_over(store, settings, waiting):
    assert retry_blocked(store, settings, after(settings.blocked_retry_s)) == 0
    assert sweeping.items_past_lease(store, after(1e6)) == []


def test_the_sweeper_queues_what_credit_given_back_reaches_for(store, settings):
    grant(store, settings, TENANT, 4, "start", "", NOW)
    first, second = take(store, "a.jpg"), take(store, "b.jpg")
    inspect(store, settings, first)
    inspect(store, settings, second)
    fail(store, settings, first, after(1))
    assert retry_blocked(store, settings, after(settings.blocked_retry_s + 1)) == 1
    assert item_of(store, second).status is ItemStatus.QUEUED


def test_what_can_not_be_paid_yet_is_looked_at_again_a_wait_later(store, settings, waiting):
    wait = settings.blocked_retry_s
    assert retry_blocked(store, settings, after(wait + 10)) == 0
    assert {item_of(store, ref).due_at for ref in waiting} == {after(2 * wait + 10)}
    assert item_of(store, waiting[0]).restarts == 0


def test_a_new_month_lets_photos_go_on(store, settings):
    limited = settings.model_copy(update={"month_budget": 4})
    grant(store, limited, TENANT, 100, "start", "", NOW)
    refs = [take(store, name) for name in NAMES[:3]]
    for ref in refs:
        inspect(store, limited, ref)
    assert retry_blocked(store, limited, JULY - timedelta(hours=1)) == 0
    assert retry_blocked(store, limited, JULY) == 1


def test_a_job_whose_budget_is_spent_does_not_hold_up_another(store, settings):
    grant(store, settings, TENANT, 4, "start", "", NOW)
    spent_one = take(store, "a.jpg")
    give_budget(store, 3)
    inspect(store, settings, spent_one)
    grant(store, settings, TENANT, -4, "back", "", NOW)
    other = other_jobs_photo(store, settings)
    grant(store, settings, TENANT, 4, "again", "", after(10))
    assert item_of(store, spent_one).status is ItemStatus.BLOCKED
    assert other_jobs_item(store, other).status is ItemStatus.QUEUED


def other_jobs_photo(store, settings):
    drop = understand_drop(f"{TENANT}/autumn/z.jpg")
    job = ensure_job(store, drop, lambda: PLAIN, "trace", NOW)
    ref = ref_of(claim_item(store, job, drop, Source("content", 1), NOW, LEASE))
    inspect(store, settings, ref)
    return ref


def other_jobs_item(store, ref):
    return get_item(store, partition_of(ref), ref.item_id)


def test_a_photo_that_was_blocked_although_another_run_holds_for_it_goes_on(store, settings):
    """A run that was refused comes late with the news, after a purchase and a second run."""
    ref = take(store)
    begin_item(store, ref, NOW, LEASE)
    grant(store, settings, TENANT, 4, "start", "", NOW)
    assert inspect(store, settings, ref) is None
    block_item(store, ref, BROKEN, NOW, settings.blocked_retry_s, LEASE)
    assert figures(store) == (0, 4)
    assert settle_stale_holds(store, settings, after(3 * LEASE)) == 0
    assert retry_blocked(store, settings, after(settings.blocked_retry_s + 1)) == 1


def test_a_photo_whose_work_was_charged_meanwhile_goes_on_without_credit(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    grant(store, settings, TENANT, 4, "start", "", NOW)
    earlier = charge_of(item_of(store, ref), PLAIN).model_copy(update={"revision": 7})
    charged = hold(store, earlier, Limits(None, None), NOW, after(60))
    capture(store, charged, 1, NOW)
    block_item(store, ref, BROKEN, NOW, settings.blocked_retry_s, LEASE)
    assert figures(store) == (0, 0)
    assert resume_blocked(store, settings, TENANT, after(1)) == 1


def test_one_waiting_item_that_can_not_be_read_does_not_keep_the_others(store, settings, waiting):
    broken = {"id": "item.x", "kind": "item", **HERE._asdict(), "status": "blocked"}
    store.write(HERE, [Create({**broken, "due_at": NOW.isoformat()})])
    grant(store, settings, TENANT, 100, "top-up", "", after(100))
    assert statuses(store, waiting) == ["queued"] * 6


def test_without_billing_what_waited_is_started_as_anything_past_its_lease(store, waiting):
    late = after(1e4)
    assert sweeping.items_past_lease(store, late) == []
    assert len(sweeping.items_past_lease(store, late, waiting=True)) == 6


def test_nothing_is_resumed_twice(store, settings, waiting):
    grant(store, settings, TENANT, 100, "top-up", "", after(100))
    assert resume_blocked(store, settings, TENANT, after(101)) == 0
    assert job_of(store).counters.queued == 6
