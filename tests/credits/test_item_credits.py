"""Credits follow an item through its life, and wait for nobody's good behaviour."""

import pytest

from opal.credits.documents import ledger_of
from opal.credits.grants import grant
from opal.credits.items import hold_or_block, settle_credits
from opal.credits.sweep import credit_steps, settle_stale_holds
from opal.documents import (
    CompleteItem,
    Decision,
    InspectedPhoto,
    InspectRequest,
    ItemStatus,
    Picture,
    ReviewRequest,
)
from opal.gate import CutoutLimits, Gate
from opal.state.canceling import cancel_item, retry_item
from opal.state.claims import reopen_item, requeue_item
from opal.state.contract import Create, Delete
from opal.state.deciding import decide_review
from opal.state.jobs import set_recipe
from opal.state.progress import begin_item, complete_item, fail_item
from opal.state.reviews import ask_for_review, settle_review
from tests.credits.life import (
    BROKEN,
    HERE,
    LEASE,
    MUG,
    NOW,
    PLAIN,
    STUDIO,
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
    reasons,
    ref_of,
    take,
)


@pytest.fixture
def store(sqlite, settings):
    """A store whose tenant has ten credits: enough for two photos."""
    grant(sqlite, settings, TENANT, 10, "start", "", NOW)
    return sqlite


def test_a_photo_is_held_when_it_is_begun_and_charged_when_it_is_completed(store, settings):
    ref = take(store)
    assert inspect(store, settings, ref) is None
    assert figures(store) == (6, 4)
    complete(store, settings, ref)
    assert figures(store) == (6, 0)
    assert_books_balance(store)


def test_a_photo_that_fails_costs_nothing(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    fail(store, settings, ref)
    assert figures(store) == (10, 0)
    assert_books_balance(store)


def test_a_photo_that_was_large_enough_does_not_pay_for_enlarging(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    complete(store, settings, ref, enlarged=False)
    assert figures(store) == (7, 0)
    assert_books_balance(store)


def test_everything_twice_costs_once(store, settings):
    ref = take(store)
    for step in (inspect, inspect, complete, complete, fail, settle_again):
        step(store, settings, ref)
    assert figures(store) == (6, 0)
    assert reasons(store) == ["capture", "grant", "hold"]


def settle_again(store, settings, ref):
    settle_credits(store, settings, ref, after(1))


def test_a_photo_under_way_is_not_settled(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    settle_credits(store, settings, ref, NOW)
    assert figures(store) == (6, 4)


def test_a_failed_photo_that_is_tried_again_is_held_again(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    fail(store, settings, ref)
    _, item = retry_item(store, HERE, MUG, NOW, LEASE)
    inspect(store, settings, ref_of(item))
    assert figures(store) == (6, 4)
    complete(store, settings, ref_of(item))
    assert figures(store) == (6, 0)


def test_a_canceled_photo_costs_nothing(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    cancel_item(store, HERE, MUG, NOW, LEASE)
    settle_credits(store, settings, ref, NOW)
    assert figures(store) == (10, 0)


def test_a_photo_that_waits_for_a_person_keeps_its_hold_however_long(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    ask(store, ref)
    settle_credits(store, settings, ref, NOW)
    assert settle_stale_holds(store, settings, after(6 * 86_400)) == 0
    assert figures(store) == (6, 4)


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_a_photo_that_was_looked_at_is_charged_once_or_not_at_all(store, settings, verdict):
    ref = take(store)
    inspect(store, settings, ref)
    ask(store, ref)
    decide(store, verdict)
    if verdict == "approve":
        inspect(store, settings, ref)
        settle_review(store, question(ref), NOW, LEASE, approve_late=False)
        for _ in range(2):
            complete(store, settings, ref)
    else:
        fail(store, settings, ref)
    assert figures(store) == ((6, 0) if verdict == "approve" else (10, 0))
    assert_books_balance(store)


def test_a_photo_that_is_to_be_made_otherwise_is_held_anew_and_charged_once(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    ask(store, ref)
    again = ref_of(decide(store, "retry"))
    settle_credits(store, settings, ref, NOW)
    assert figures(store) == (10, 0)
    inspect(store, settings, again)
    complete(store, settings, again)
    assert figures(store) == (6, 0)
    assert_books_balance(store)


def test_another_gate_for_the_same_pictures_is_not_charged_again(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    complete(store, settings, ref)
    looser = PLAIN.model_copy(update={"gate": Gate(review=CutoutLimits())})
    job = set_recipe(store, HERE, looser, None, "etag-2", NOW)
    again = ref_of(requeue_item(store, job, MUG, NOW, LEASE))
    work = InspectRequest(item=again, raw_path="raw/demo/summer/mug.jpg", recipe=looser)
    begin_item(store, again, NOW, LEASE)
    assert hold_or_block(store, settings, work, NOW) is None
    complete(store, settings, again)
    assert figures(store) == (6, 0)


def question(ref):
    pictures = (Picture(name="cutout", path="work/demo/x.png"),)
    return ReviewRequest(
        item=ref, about="cutout", subject="5f", reasons=("why",), pictures=pictures
    )


def ask(store, ref):
    ask_for_review(store, question(ref), NOW, after(7 * 86_400), LEASE)


def decide(store, verdict):
    decision = Decision(
        verdict=verdict, options_digest="x" if verdict == "retry" else None, decided_at=NOW
    )
    return decide_review(store, HERE, MUG, decision, LEASE).item


def test_outputs_that_were_lost_are_made_again_for_nothing(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    complete(store, settings, ref)
    reopen_item(store, HERE, MUG, NOW)
    again = ref_of(item_of(store, ref))
    assert inspect(store, settings, again) is None
    complete(store, settings, again)
    assert again.revision == 2
    assert figures(store) == (6, 0)
    assert reasons(store) == ["capture", "grant", "hold"]


def test_new_content_is_charged_again(store, settings):
    for content in ("content-1", "content-2"):
        ref = take(store, content=content)
        inspect(store, settings, ref)
        complete(store, settings, ref)
    assert figures(store) == (2, 0)


def test_a_run_that_was_superseded_gives_back_what_it_held(store, settings):
    old = take(store)
    inspect(store, settings, old)
    new = take(store, content="content-2")
    inspect(store, settings, new)
    complete(store, settings, old)
    assert figures(store) == (6, 4)
    complete(store, settings, new)
    assert figures(store) == (6, 0)
    assert_books_balance(store)


def test_a_superseded_run_holds_nothing_any_more(store, settings):
    old = take(store)
    take(store, content="content-2")
    assert inspect(store, settings, old) == "superseded by a newer revision"
    assert figures(store) == (10, 0)


def test_a_photo_that_was_completed_is_charged_although_a_new_recipe_came_at_once(store, settings):
    """The charge must not depend on whether a process died between two writes."""
    ref = take(store)
    inspect(store, settings, ref)
    complete_item_alone(store, ref)
    job = set_recipe(store, HERE, STUDIO, None, "v2", NOW)
    requeue_item(store, job, MUG, NOW, LEASE)
    settle_stale_holds(store, settings, after(3 * LEASE))
    assert item_of(store, ref).revision == 2
    assert figures(store) == (7, 0)
    assert_books_balance(store)


def test_a_photo_that_was_completed_is_charged_although_another_took_its_place_at_once(
    store, settings
):
    ref = take(store)
    inspect(store, settings, ref)
    complete_item_alone(store, ref)
    take(store, content="content-2")
    settle_stale_holds(store, settings, after(3 * LEASE))
    assert figures(store) == (7, 0)


def complete_item_alone(store, ref):
    """The process dies before the credits are settled."""
    done = CompleteItem(item=ref, photo=InspectedPhoto(), stages={}, outputs=())
    complete_item(store, done, NOW, LEASE)


# Waiting for credit.


def test_a_photo_that_can_not_be_paid_waits_with_the_reason(store, settings):
    refs = [take(store, name) for name in ("a.jpg", "b.jpg", "c.jpg")]
    answers = [inspect(store, settings, ref) for ref in refs]
    assert answers == [None, None, "waits for credit: credits_insufficient"]
    blocked = item_of(store, refs[2])
    assert (blocked.status, blocked.error.code) == (ItemStatus.BLOCKED, "credits_insufficient")
    assert blocked.due_at == after(settings.blocked_retry_s)
    counters = job_of(store).counters
    assert (counters.blocked, counters.processing) == (1, 2)
    assert figures(store) == (2, 8)


def test_a_photo_beyond_its_jobs_budget_waits_with_the_reason(store, settings):
    refs = [take(store, name) for name in ("a.jpg", "b.jpg")]
    give_budget(store, 7)
    for ref in refs:
        inspect(store, settings, ref)
    assert item_of(store, refs[1]).error.code == "job_budget_exhausted"


def test_a_photo_beyond_the_month_waits_with_the_reason(store, settings):
    limited = settings.model_copy(update={"month_budget": 3})
    ref = take(store)
    assert inspect(store, limited, ref) == "waits for credit: month_budget_exhausted"


def test_a_photo_that_waits_can_be_canceled(store, settings):
    limited = settings.model_copy(update={"month_budget": 3})
    ref = take(store)
    inspect(store, limited, ref)
    cancel_item(store, HERE, MUG, NOW, LEASE)
    settle_credits(store, limited, ref, NOW)
    assert job_of(store).counters.canceled == 1
    assert figures(store) == (10, 0)


# What a crash leaves behind.


def test_a_hold_whose_photo_was_completed_is_charged_by_the_sweeper(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    complete_item_alone(store, ref)
    assert settle_stale_holds(store, settings, after(2 * LEASE)) == 0
    assert settle_stale_holds(store, settings, after(2 * LEASE + 1)) == 1
    assert figures(store) == (7, 0)


def test_a_hold_whose_photo_failed_is_given_back_by_the_sweeper(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    fail_item(store, ref, BROKEN, "segment_product", NOW, LEASE)
    assert settle_stale_holds(store, settings, after(3 * LEASE)) == 1
    assert figures(store) == (10, 0)


def test_a_hold_whose_item_is_gone_is_given_back_by_the_sweeper(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    stored = store.read(HERE, f"item.{MUG}")
    store.write(HERE, [Delete(f"item.{MUG}", stored.etag)])
    assert settle_stale_holds(store, settings, after(3 * LEASE)) == 1
    assert figures(store) == (10, 0)


def test_a_hold_whose_photo_is_only_slow_is_left_and_looked_at_later(store, settings):
    inspect(store, settings, take(store))
    assert settle_stale_holds(store, settings, after(3 * LEASE)) == 0
    assert store.due("hold", ["open"], after(5 * LEASE), 10, container="ledger") == []
    assert len(store.due("hold", ["open"], after(5 * LEASE + 1), 10, container="ledger")) == 1
    assert figures(store) == (6, 4)


def test_one_hold_that_can_not_be_read_does_not_keep_the_others(store, settings):
    ref = take(store)
    inspect(store, settings, ref)
    fail_item(store, ref, BROKEN, "segment_product", NOW, LEASE)
    break_a_hold(store)
    assert settle_stale_holds(store, settings, after(3 * LEASE)) == 1
    assert figures(store) == (10, 0)


def break_a_hold(store):
    broken = {"id": "hold.x", "kind": "hold", "tenant_id": TENANT, "status": "open"}
    store.write(ledger_of(TENANT), [Create({**broken, "due_at": NOW.isoformat()})])


# Without billing.


class Counting:
    """A store that counts what is asked of the ledger."""

    def __init__(self, store):
        self._store = store
        self.calls = 0

    def __getattr__(self, name):
        self.calls += 1
        return getattr(self._store, name)


def test_without_billing_not_one_operation_is_added(store, settings):
    free = settings.model_copy(update={"billing_enabled": False})
    ref = take(store)
    counting = Counting(store)

    assert hold_or_block(counting, free, InspectRequest(item=ref, raw_path="x"), NOW) is None
    settle_credits(counting, free, ref, NOW)
    assert credit_steps(counting, free, NOW) == ()
    assert counting.calls == 0
