"""The transitions of items: idempotent, and never out of step with the job's counters."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from opal.documents import CompleteItem, Failure, InspectedPhoto, Item, ItemRef, ItemStatus, Job
from opal.documents.jobs import JobStatus
from opal.errors import NotFound
from opal.job_options import default_recipe, read_job_options, resolve
from opal.names import understand_drop
from opal.state.claims import (
    Source,
    claim_item,
    ensure_job,
    record_ignored,
    reopen_item,
    requeue_item,
)
from opal.state.contract import Replace, StateStore
from opal.state.jobs import set_recipe
from opal.state.progress import begin_item, complete_item, fail_item, renew_item
from opal.state.transition import get_item, get_job, partition_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEASE = 60.0
MUG = understand_drop("demo/summer/mug.jpg")
HERE = partition_of(MUG)
FIRST = Source("etag-1", 1000)
SECOND = Source("etag-2", 2000)
BROKEN = Failure(code="photo_corrupt", message="The photo can't be read.")
BAD_RECIPE = Failure(code="recipe_invalid", message="scenes.0: no scene")


def the_job(store: StateStore) -> Job:
    return ensure_job(store, MUG, default_recipe, "trace", NOON)


def claim(store: StateStore, source: Source = FIRST, name: str = "mug.jpg") -> Item | None:
    drop = understand_drop(f"demo/summer/{name}")
    return claim_item(store, the_job(store), drop, source, NOON, LEASE)


def claimed(store: StateStore, source: Source = FIRST, name: str = "mug.jpg") -> ItemRef:
    item = claim(store, source, name)
    assert item is not None
    return ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))


def done(ref: ItemRef) -> CompleteItem:
    photo = InspectedPhoto(sha256="00", facts={"width": 10})
    return CompleteItem(item=ref, photo=photo, stages={}, outputs=())


def counters(store: StateStore) -> dict[str, int]:
    """The job's counters that are not zero."""
    job = get_job(store, HERE)
    assert job is not None
    return {name: count for name, count in job.counters.dump().items() if count}


def stored_item(store: StateStore, ref: ItemRef) -> Item:
    item = get_item(store, HERE, ref.item_id)
    assert item is not None
    return item


# Claiming.


def test_a_claim_queues_the_item_and_counts_it(store):
    ref = claimed(store)
    item = stored_item(store, ref)
    assert (item.status, item.revision, item.due_at) == (
        ItemStatus.QUEUED,
        1,
        NOON + timedelta(seconds=LEASE),
    )
    assert counters(store) == {"total": 1, "queued": 1}
    assert get_job(store, HERE).status is JobStatus.PROCESSING


def test_a_claim_of_the_same_content_again_is_nothing_to_start(store):
    claim(store)
    assert claim(store) is None
    assert counters(store) == {"total": 1, "queued": 1}


@pytest.mark.parametrize("state", ["queued", "processing", "completed", "failed"])
def test_new_content_under_a_known_name_is_a_new_revision_in_any_state(store, state):
    ref = claimed(store)
    if state != "queued":
        begin_item(store, ref, NOON, LEASE)
    if state == "completed":
        complete_item(store, done(ref), NOON, LEASE)
    if state == "failed":
        fail_item(store, ref, BROKEN, "inspect_photo", NOON, LEASE)
    again = claim(store, SECOND)
    assert (again.revision, again.status, again.error) == (2, ItemStatus.QUEUED, None)
    assert stored_item(store, ref).source_bytes == 2000
    assert counters(store) == {"total": 1, "queued": 1}


def test_a_claim_in_a_job_whose_recipe_is_unusable_records_a_failed_item(store):
    the_job(store)
    set_recipe(store, HERE, None, BAD_RECIPE, "recipe-1", NOON)
    assert claim(store) is None
    item = get_item(store, HERE, MUG.item_id)
    assert (item.status, item.error) == (ItemStatus.FAILED, BAD_RECIPE)
    assert counters(store) == {"total": 1, "failed": 1}
    assert get_job(store, HERE).status is JobStatus.FAILED


def test_of_many_claims_of_one_photo_exactly_one_starts_it(store):
    barrier = Barrier(10)

    def race(_: int) -> Item | None:
        barrier.wait()
        return claim(store)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(race, range(10)))
    assert len([item for item in answers if item]) == 1
    assert counters(store) == {"total": 1, "queued": 1}


def test_many_photos_claimed_at_once_are_all_counted(store):
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda i: claim(store, name=f"{i}.jpg"), range(40)))
    assert all(answers)
    assert counters(store) == {"total": 40, "queued": 40}


def test_of_many_who_make_the_job_one_does_and_all_get_it(store):
    barrier = Barrier(8)

    def race(number: int) -> Job:
        barrier.wait()
        return ensure_job(store, MUG, default_recipe, f"trace-{number}", NOON)

    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(race, range(8)))
    assert len({job.trace_id for job in jobs}) == 1
    assert jobs[0] == get_job(store, HERE)


def test_a_job_keeps_the_recipe_that_it_was_made_with(store):
    the_job(store)
    other = resolve(read_job_options(b'{"scenes": ["studio"]}'))
    assert ensure_job(store, MUG, lambda: other, "t", NOON).recipe == default_recipe()


def test_an_ignored_file_is_counted_once(store):
    drop = understand_drop("demo/summer/notes.txt")
    the_job(store)
    record_ignored(store, drop, NOON)
    record_ignored(store, drop, NOON)
    assert counters(store) == {"ignored": 1}


# Beginning and ending.


def test_begin_marks_processing_and_renews_the_lease(store):
    ref = claimed(store)
    later = NOON + timedelta(seconds=30)
    assert begin_item(store, ref, later, LEASE) is None
    item = stored_item(store, ref)
    assert item.status is ItemStatus.PROCESSING
    assert item.processing_started_at == later
    assert item.due_at == later + timedelta(seconds=LEASE)
    assert counters(store) == {"total": 1, "processing": 1}


def test_begin_again_is_not_counted_again_and_keeps_the_first_start(store):
    ref = claimed(store)
    begin_item(store, ref, NOON, LEASE)
    assert begin_item(store, ref, NOON + timedelta(seconds=9), LEASE) is None
    assert stored_item(store, ref).processing_started_at == NOON
    assert counters(store) == {"total": 1, "processing": 1}


def test_complete_stores_and_counts_and_says_that_the_job_settled(store):
    ref = claimed(store)
    begin_item(store, ref, NOON, LEASE)
    outcome = complete_item(store, done(ref), NOON, LEASE)
    assert (outcome.job_settled, outcome.superseded) == (True, False)
    item = stored_item(store, ref)
    assert item.photo == {"width": 10, "sha256": "00"}
    assert item.processing_completed_at == NOON
    assert counters(store) == {"total": 1, "completed": 1}


def test_complete_answers_that_the_job_is_not_settled_while_others_work(store):
    first, second = claimed(store), claimed(store, name="cup.jpg")
    assert not complete_item(store, done(first), NOON, LEASE).job_settled
    assert complete_item(store, done(second), NOON, LEASE).job_settled


def test_complete_again_answers_the_same_and_changes_nothing(store):
    ref = claimed(store)
    first = complete_item(store, done(ref), NOON, LEASE)
    before = (stored_item(store, ref), get_job(store, HERE))
    assert complete_item(store, done(ref), NOON + timedelta(hours=1), LEASE) == first
    assert (stored_item(store, ref), get_job(store, HERE)) == before


def test_fail_keeps_the_code_and_the_stage(store):
    ref = claimed(store)
    outcome = fail_item(store, ref, BROKEN, "inspect_photo", NOON, LEASE)
    assert outcome.job_settled
    item = stored_item(store, ref)
    assert (item.status, item.error, item.failed_stage) == (
        ItemStatus.FAILED,
        BROKEN,
        "inspect_photo",
    )
    assert counters(store) == {"total": 1, "failed": 1}


def test_fail_after_complete_changes_nothing(store):
    ref = claimed(store)
    complete_item(store, done(ref), NOON, LEASE)
    assert fail_item(store, ref, BROKEN, "x", NOON, LEASE).job_settled
    assert stored_item(store, ref).status is ItemStatus.COMPLETED
    assert counters(store) == {"total": 1, "completed": 1}


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_begin_of_an_ended_item_says_that_there_is_nothing_to_do(store, end):
    ref = claimed(store)
    if end == "completed":
        complete_item(store, done(ref), NOON, LEASE)
    else:
        fail_item(store, ref, BROKEN, "x", NOON, LEASE)
    assert begin_item(store, ref, NOON, LEASE) == f"already {end}"
    assert counters(store) == {"total": 1, end: 1}


def test_a_superseded_run_can_neither_begin_nor_end_the_item(store):
    old = claimed(store)
    claim(store, SECOND)
    assert begin_item(store, old, NOON, LEASE) == "superseded by a newer revision"
    assert complete_item(store, done(old), NOON, LEASE).superseded
    assert fail_item(store, old, BROKEN, "x", NOON, LEASE).superseded
    assert stored_item(store, old).status is ItemStatus.QUEUED
    assert counters(store) == {"total": 1, "queued": 1}


def test_the_end_of_an_item_that_does_not_exist_is_not_found(store):
    the_job(store)
    ref = ItemRef(tenant_id="demo", job_id="summer", trace_id="t", item_id="none", revision=1)
    with pytest.raises(NotFound) as caught:
        complete_item(store, done(ref), NOON, LEASE)
    assert caught.value.code == "item_missing"


def test_many_completions_at_once_settle_the_job_and_are_all_counted(store):
    refs = [claimed(store, name=f"{i}.jpg") for i in range(24)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda r: complete_item(store, done(r), NOON, LEASE), refs))
    assert [outcome.job_settled for outcome in outcomes].count(True) == 1
    assert counters(store) == {"total": 24, "completed": 24}


def test_a_late_photo_reopens_a_completed_job(store):
    complete_item(store, done(claimed(store)), NOON, LEASE)
    stored = store.read(HERE, "job")
    closed = Job.parse({**stored.document, "status": "completed", "completed_at": NOON})
    store.write(HERE, [Replace(closed.dump(), stored.etag)])
    later = NOON + timedelta(hours=1)
    drop = understand_drop("demo/summer/late.jpg")
    assert claim_item(store, closed, drop, FIRST, later, LEASE)
    job = get_job(store, HERE)
    assert (job.status, job.completed_at, job.last_item_at) == (JobStatus.PROCESSING, None, later)


# Leases, recipes, lost outputs.


def test_renewing_pushes_the_lease_and_counts_only_restarts(store):
    ref = claimed(store)
    assert renew_item(store, stored_item(store, ref), NOON, 90, restart=False)
    item = stored_item(store, ref)
    assert (item.due_at, item.restarts) == (NOON + timedelta(seconds=90), 0)
    assert renew_item(store, item, NOON, 90, restart=True)
    assert stored_item(store, ref).restarts == 1


def test_an_item_that_moved_meanwhile_is_not_renewed(store):
    ref = claimed(store)
    seen = stored_item(store, ref)
    begin_item(store, ref, NOON + timedelta(seconds=1), LEASE)
    assert not renew_item(store, seen, NOON, 90, restart=True)
    assert stored_item(store, ref).restarts == 0


def test_a_new_recipe_queues_completed_items_again_as_a_new_revision(store):
    ref = claimed(store)
    complete_item(store, done(ref), NOON, LEASE)
    recipe = resolve(read_job_options(b'{"scenes": ["studio"]}'))
    job = set_recipe(store, HERE, recipe, None, "recipe-1", NOON)
    item = requeue_item(store, job, ref.item_id, NOON, LEASE)
    assert (item.revision, item.status, item.recipe_digest) == (
        2,
        ItemStatus.QUEUED,
        recipe.digest,
    )
    assert requeue_item(store, job, ref.item_id, NOON, LEASE) is None
    assert counters(store) == {"total": 1, "queued": 1}


def test_an_item_that_failed_by_its_photo_is_not_queued_again_by_the_same_recipe(store):
    ref = claimed(store)
    fail_item(store, ref, BROKEN, "x", NOON, LEASE)
    job = set_recipe(store, HERE, default_recipe(), None, "recipe-1", NOON)
    assert requeue_item(store, job, ref.item_id, NOON, LEASE) is None
    assert counters(store) == {"total": 1, "failed": 1}


def test_an_unusable_recipe_fails_what_is_under_way_and_keeps_what_is_complete(store):
    complete, under_way = claimed(store), claimed(store, name="cup.jpg")
    complete_item(store, done(complete), NOON, LEASE)
    begin_item(store, under_way, NOON, LEASE)
    job = set_recipe(store, HERE, None, BAD_RECIPE, "recipe-1", NOON)
    for ref in (complete, under_way):
        assert requeue_item(store, job, ref.item_id, NOON, LEASE) is None
    assert stored_item(store, complete).status is ItemStatus.COMPLETED
    assert stored_item(store, under_way).error == BAD_RECIPE
    assert counters(store) == {"total": 2, "completed": 1, "failed": 1}


def test_an_item_that_failed_by_its_recipe_is_queued_when_the_recipe_is_mended(store):
    the_job(store)
    set_recipe(store, HERE, None, BAD_RECIPE, "recipe-1", NOON)
    claim(store)
    job = set_recipe(store, HERE, default_recipe(), None, "recipe-2", NOON)
    item = requeue_item(store, job, MUG.item_id, NOON, LEASE)
    assert (item.status, item.error, item.revision) == (ItemStatus.QUEUED, None, 2)
    assert counters(store) == {"total": 1, "queued": 1}
    assert get_job(store, HERE).status is JobStatus.PROCESSING


def test_reopening_queues_a_completed_item_due_at_once_and_only_once(store):
    ref = claimed(store)
    assert not reopen_item(store, HERE, ref.item_id, NOON)
    complete_item(store, done(ref), NOON, LEASE)
    assert reopen_item(store, HERE, ref.item_id, NOON)
    assert not reopen_item(store, HERE, ref.item_id, NOON)
    item = stored_item(store, ref)
    assert (item.status, item.revision, item.due_at) == (ItemStatus.QUEUED, 2, NOON)
    assert counters(store) == {"total": 1, "queued": 1}
