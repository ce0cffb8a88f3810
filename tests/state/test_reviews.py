"""A person's look at an item in the store: asked once, decided once, and acted upon."""

from datetime import UTC, datetime, timedelta

import pytest

from opal.documents import (
    CompleteItem,
    Decision,
    Failure,
    InspectedPhoto,
    Item,
    ItemRef,
    ItemStatus,
    Picture,
    ReviewRequest,
    Stage,
)
from opal.errors import Conflict, NotFound, RunEnded
from opal.job_options import default_recipe
from opal.names import understand_drop
from opal.recipe import Recipe
from opal.state.canceling import cancel_item
from opal.state.claims import Source, claim_item, ensure_job, requeue_item
from opal.state.contract import Create, StateStore
from opal.state.deciding import decide_review
from opal.state.jobs import set_recipe, settle_job
from opal.state.progress import begin_item, complete_item, fail_item
from opal.state.reviews import ask_for_review, settle_review
from opal.state.stages import enter_stage
from opal.state.transition import get_item, get_job, partition_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEASE = 60.0
WEEK = timedelta(days=7)
HERE = partition_of(understand_drop("demo/summer/mug.jpg"))


def question(ref: ItemRef, subject: str = "5f" * 32, about: str = "cutout") -> ReviewRequest:
    return ReviewRequest.parse(
        {
            "item": ref,
            "about": about,
            "subject": subject,
            "reasons": ["confidence 0.7 is below 0.8"],
            "pictures": [Picture(name="cutout", path="work/demo/segment/x.png")],
        }
    )


@pytest.fixture
def mug(store: StateStore) -> ItemRef:
    """A photo that is cut out."""
    ref = claim(store)
    begin_item(store, ref, NOON, LEASE)
    enter_stage(store, ref, Stage.SEGMENT, NOON, LEASE)
    return ref


@pytest.fixture
def waiting(store: StateStore, mug: ItemRef) -> ReviewRequest:
    """A photo that waits for a person."""
    asked = question(mug)
    ask(store, asked)
    return asked


def claim(store: StateStore, etag: str = "etag") -> ItemRef:
    drop = understand_drop("demo/summer/mug.jpg")
    job = ensure_job(store, drop, default_recipe, "trace", NOON)
    item = claim_item(store, job, drop, Source(etag, 10), NOON, LEASE)
    assert item is not None
    return ItemRef.of(item)


def ask(store: StateStore, asked: ReviewRequest, at: datetime = NOON, **options: object) -> None:
    ask_for_review(store, asked, at, at + WEEK, LEASE, **options)  # type: ignore[arg-type]


def decide(store: StateStore, ref: ItemRef, verdict: str, **options: object) -> Item:
    decision = Decision.parse(
        {"verdict": verdict, "note": "Too dark.", "decided_at": NOON + timedelta(hours=1)}
    )
    return decide_review(store, HERE, ref.item_id, decision, LEASE, **options).item  # type: ignore[arg-type]


def settle(store: StateStore, asked: ReviewRequest, at: datetime = NOON, late: bool = False):
    return settle_review(store, asked, at, LEASE, approve_late=late)


def item_of(store: StateStore, ref: ItemRef) -> Item:
    item = get_item(store, HERE, ref.item_id)
    assert item is not None
    return item


def test_an_item_that_waits_is_counted_so_and_its_job_is_not_settled(store, waiting):
    item, job = item_of(store, waiting.item), get_job(store, HERE)
    assert (item.status, item.stage, item.due_at) == (ItemStatus.REVIEW, None, NOON + WEEK)
    assert (job.counters.review, job.counters.processing, job.stages.segment) == (1, 0, 0)
    assert settle_job(store, HERE, NOON, 0.0).verdict == "leave"


def test_the_question_is_kept_with_what_is_to_be_looked_at(store, waiting):
    review = item_of(store, waiting.item).review
    assert (review.about, review.reasons, review.pictures) == (
        *(waiting.about, waiting.reasons, waiting.pictures),
    )
    assert (review.asked_at, review.deadline, review.decision) == (NOON, NOON + WEEK, None)


def test_asking_again_keeps_the_first_deadline_and_tells_nobody_again(store, waiting):
    before, job = item_of(store, waiting.item), get_job(store, HERE)
    told = []
    ask(store, waiting, NOON + timedelta(hours=3), announce=lambda item: told.append(item) or ())
    assert item_of(store, waiting.item) == before
    assert (get_job(store, HERE), told) == (job, [])


def test_a_question_and_what_is_told_of_it_are_one_transaction(store, mug):
    note = {"id": "note", "kind": "note", **HERE._asdict()}
    ask(store, question(mug), announce=lambda item: [Create({**note, "of": item.status.value})])
    assert store.read(HERE, "note").document["of"] == "review"


def test_nothing_happens_before_a_decision_or_the_deadline(store, waiting):
    settlement = settle(store, waiting, NOON + WEEK - timedelta(seconds=5))
    assert (settlement.verdict, settlement.wait_s) == ("wait", 5)
    assert settle(store, waiting).wait_s == 6 * 3600
    assert item_of(store, waiting.item).status is ItemStatus.REVIEW


def test_an_approved_item_goes_on_from_where_it_was(store, waiting):
    decide(store, waiting.item, "approve")
    for _ in range(2):
        assert settle(store, waiting).verdict == "approved"
    item, job = item_of(store, waiting.item), get_job(store, HERE)
    assert (item.status, item.stage) == (ItemStatus.PROCESSING, Stage.SEGMENT)
    assert (job.counters.review, job.counters.processing, job.stages.segment) == (0, 1, 1)
    enter_stage(store, waiting.item, Stage.PLACE, NOON, LEASE)


def test_a_rejected_item_is_refused_with_what_the_person_said(store, waiting):
    decide(store, waiting.item, "reject")
    for _ in range(2):
        settlement = settle(store, waiting)
        assert settlement.failure == Failure(
            code="rejected_in_review", message="A person rejected it: Too dark."
        )
    fail_item(store, waiting.item, settlement.failure, "review", NOON, LEASE)
    job = get_job(store, HERE)
    assert (job.counters.review, job.counters.failed, job.settled) == (0, 1, True)


@pytest.mark.parametrize("late", [False, True])
def test_after_the_deadline_the_setting_decides_and_no_person_any_more(store, waiting, late):
    settlement = settle(store, waiting, NOON + WEEK, late)
    if late:
        assert settlement.verdict == "approved"
        assert item_of(store, waiting.item).status is ItemStatus.PROCESSING
    else:
        assert settlement.failure.code == "review_timed_out"
    assert settle(store, waiting, NOON + WEEK, not late) == settlement
    for verdict in ("approve", "reject"):
        with pytest.raises(Conflict, match="deadline") as refused:
            decide(store, waiting.item, verdict)
        assert refused.value.code == "review_decided"


def test_a_decision_is_looked_after_a_lease_later(store, waiting):
    decide(store, waiting.item, "approve")
    due = NOON + timedelta(hours=1, seconds=LEASE)
    for moment, found in ((due - timedelta(seconds=1), 0), (due + timedelta(seconds=1), 1)):
        assert len(list(store.due("item", ["review"], moment, 5))) == found


@pytest.mark.parametrize("verdict", ["approve", "reject", "retry"])
def test_the_same_decision_again_changes_nothing(store, waiting, verdict):
    first = decide(store, waiting.item, verdict)
    job = get_job(store, HERE)
    assert decide(store, waiting.item, verdict) == first
    assert (item_of(store, waiting.item), get_job(store, HERE)) == (first, job)


@pytest.mark.parametrize("verdict", ["approve", "reject", "retry"])
def test_another_decision_after_the_first_is_refused(store, waiting, verdict):
    decide(store, waiting.item, verdict)
    for other in {"approve", "reject", "retry"} - {verdict}:
        with pytest.raises(Conflict) as refused:
            decide(store, waiting.item, other)
        assert refused.value.code == "review_decided"


def test_a_decision_about_one_review_never_counts_for_the_next(store, waiting):
    first = item_of(store, waiting.item).review.review_id
    decide(store, waiting.item, "approve", review_id=first)
    settle(store, waiting)
    ask(store, question(waiting.item, "a1" * 32, "fidelity"))
    decide(store, waiting.item, "approve", review_id=first)
    assert item_of(store, waiting.item).review.decision is None
    with pytest.raises(Conflict) as refused:
        decide(store, waiting.item, "approve", review_id="0" * 16)
    assert refused.value.code == "item_not_in_review"


def test_an_item_that_waits_for_nobody_takes_no_decision(store, mug):
    with pytest.raises(Conflict) as refused:
        decide(store, mug, "approve")
    assert refused.value.code == "item_not_in_review"
    with pytest.raises(NotFound):
        decide_review(
            *(store, HERE, "nothing", Decision(verdict="approve", decided_at=NOON), LEASE)
        )


def test_a_run_that_was_started_again_finds_its_question_and_its_deadline(store, waiting):
    begin_item(store, waiting.item, NOON, LEASE)
    assert item_of(store, waiting.item).status is ItemStatus.PROCESSING
    told = []
    ask(store, waiting, NOON + timedelta(hours=5), announce=lambda item: told.append(item) or ())
    item, job = item_of(store, waiting.item), get_job(store, HERE)
    assert (item.status, item.due_at, told) == (ItemStatus.REVIEW, NOON + WEEK, [])
    assert (job.counters.review, job.counters.total, job.stages.inspect) == (1, 1, 0)


def test_a_run_that_was_started_again_finds_the_decision_and_asks_nobody(store, waiting):
    begin_item(store, waiting.item, NOON, LEASE)
    decide(store, waiting.item, "approve")
    ask(store, waiting, NOON + timedelta(hours=5))
    assert item_of(store, waiting.item).status is ItemStatus.PROCESSING
    assert settle(store, waiting, NOON + 2 * WEEK).verdict == "approved"


def test_what_was_approved_is_not_asked_about_in_a_later_revision(store, waiting):
    decide(store, waiting.item, "approve")
    recipe = default_recipe().model_copy(update={"upscale": False})
    again = requeue_item(
        store, set_recipe(store, HERE, recipe, None, "e", NOON), waiting.item.item_id, NOON, LEASE
    )
    begin_item(store, ItemRef.of(again), NOON, LEASE)
    same = question(ItemRef.of(again))
    ask(store, same)
    assert settle(store, same).verdict == "approved"
    assert item_of(store, waiting.item).review is None
    ask(store, question(ItemRef.of(again), "a1" * 32))
    assert item_of(store, waiting.item).status is ItemStatus.REVIEW


def test_what_was_rejected_is_asked_about_again_when_it_is_tried_again(store, waiting):
    again = decide(store, waiting.item, "retry")
    begin_item(store, ItemRef.of(again), NOON, LEASE)
    ask(store, question(ItemRef.of(again)))
    assert item_of(store, waiting.item).review.decision is None
    assert len(item_of(store, waiting.item).reviews) == 2


def test_an_item_that_is_to_be_made_otherwise_is_a_new_revision_with_its_own_recipe(store, waiting):
    again = decide(store, waiting.item, "retry", revise=without_upscaling)
    job = get_job(store, HERE)
    assert (again.status, again.revision, again.review) == (ItemStatus.QUEUED, 2, None)
    assert (again.recipe_in(job).upscale, job.recipe.upscale) == (False, True)
    assert (job.counters.queued, job.counters.review) == (1, 0)
    with pytest.raises(RunEnded, match="revision 2"):
        settle(store, waiting)


def test_a_recipe_of_its_own_stays_until_the_job_gets_another(store, waiting):
    again = ItemRef.of(decide(store, waiting.item, "retry", revise=without_upscaling))
    assert requeue_item(store, get_job(store, HERE), again.item_id, NOON, LEASE) is None
    fail_item(store, again, Failure(code="endpoint_busy", message="busy"), "x", NOON, LEASE)
    assert item_of(store, again).recipe is not None
    recipe = default_recipe().model_copy(update={"product_category": "mugs"})
    job = set_recipe(store, HERE, recipe, None, "other", NOON)
    fitted = requeue_item(store, job, again.item_id, NOON, LEASE)
    assert (fitted.recipe, fitted.recipe_in(job)) == (None, job.recipe)


def test_a_new_photo_under_the_name_has_no_recipe_and_no_reviews_of_its_own(store, waiting):
    decide(store, waiting.item, "retry", revise=without_upscaling)
    claim(store, "other")
    item = item_of(store, waiting.item)
    assert (item.revision, item.recipe, item.reviews) == (3, None, ())


@pytest.mark.parametrize("end", ["canceled", "completed", "superseded"])
def test_a_run_whose_item_ended_meanwhile_has_nothing_to_wait_for(store, waiting, end):
    if end == "canceled":
        cancel_item(store, HERE, waiting.item.item_id, NOON, LEASE)
        assert get_job(store, HERE).counters.review == 0
    elif end == "completed":
        done = CompleteItem(item=waiting.item, photo=InspectedPhoto(), stages={}, outputs=())
        complete_item(store, done, NOON, LEASE)
    else:
        claim(store, "other")
    for step in (ask, settle):
        with pytest.raises(RunEnded):
            step(store, waiting)
    with pytest.raises(Conflict) as refused:
        decide(store, waiting.item, "approve")
    assert refused.value.code == "item_not_in_review"


def without_upscaling(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"upscale": False})
