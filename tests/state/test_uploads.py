"""Announced items: created once, queued when their photo comes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from opal.documents import Item, ItemRef, ItemStatus, Job, JobSource, JobStatus
from opal.job_options import default_recipe
from opal.names import api_item_id, api_job_id, upload_path
from opal.state.canceling import cancel_item, request_cancel
from opal.state.claims import Source
from opal.state.contract import Operation, Partition, StateStore, Stored
from opal.state.progress import begin_item
from opal.state.transition import get_item, get_job, item_document_id
from opal.state.uploads import claim_upload, create_job

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEASE = 60.0
JOB = api_job_id("0" * 32)
HERE = Partition("demo", JOB)
FIRST, SECOND = Source("etag-1", 1000), Source("etag-2", 2000)


def an_order(count: int, digest: str = "d") -> tuple[Job, list[Item]]:
    recipe = default_recipe()
    job = Job(
        tenant_id="demo",
        job_id=JOB,
        source=JobSource.API,
        recipe=recipe,
        request_digest=digest,
        declared=count,
        trace_id="trace",
        created_at=NOON,
        updated_at=NOON,
        last_item_at=NOON,
        due_at=NOON,
    )
    items = []
    for number in range(1, count + 1):
        item_id = api_item_id(number, "mug.jpg")
        items.append(
            Item(
                id=item_document_id(item_id),
                tenant_id="demo",
                job_id=JOB,
                item_id=item_id,
                filename="mug.jpg",
                status=ItemStatus.CREATED,
                raw_path=upload_path("demo", JOB, item_id, "mug.jpg"),
                recipe_digest=recipe.digest,
                trace_id="trace",
                created_at=NOON,
                updated_at=NOON,
                due_at=NOON + timedelta(days=1),
            )
        )
    return job, items


def ref_of(item: Item) -> ItemRef:
    return ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))


def stored_items(store: StateStore) -> int:
    return sum(1 for _ in store.page(HERE, "item", 1000).documents)


def upload(store: StateStore, item: Item, source: Source = FIRST) -> Item | None:
    claimed = claim_upload(store, HERE, item.item_id, item.raw_path, source, NOON, LEASE)
    assert claimed is not None
    return claimed[1]


@pytest.mark.parametrize("count", [1, 99, 100, 250])
def test_a_job_is_created_with_all_its_items_and_counts_them(store, count):
    job = create_job(store, *an_order(count))
    assert (job.counters.total, job.counters.created, job.declared) == (count, count, count)
    assert stored_items(store) == count


def test_an_announced_item_waits_from_when_its_photo_has_come(store):
    job, [item] = an_order(1)
    create_job(store, job, [item])
    assert store.longest_waiting("item") is None
    later = NOON + timedelta(hours=3)
    claim_upload(store, HERE, item.item_id, item.raw_path, FIRST, later, LEASE)
    assert get_item(store, HERE, item.item_id).waiting_since == later


def test_creating_the_same_job_again_changes_nothing(store):
    create_job(store, *an_order(120))
    again = create_job(store, *an_order(120))
    assert (again.counters.total, stored_items(store)) == (120, 120)


def test_of_many_that_create_one_job_at_once_all_find_it_whole(store):
    barrier = Barrier(6)

    def race(_: int) -> Job:
        barrier.wait()
        return create_job(store, *an_order(210))

    with ThreadPoolExecutor(6) as pool:
        jobs = list(pool.map(race, range(6)))
    assert {job.counters.total for job in jobs} == {210}
    assert stored_items(store) == 210


class DiesAfterOneBatch:
    """A store whose user dies after the first batch of a large job."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._written = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def write(self, partition: Partition, operations: list[Operation]) -> list[Stored]:
        if self._written:
            raise KeyboardInterrupt
        self._written += 1
        return self._store.write(partition, operations)


def test_a_job_that_was_created_in_part_is_not_settled_and_is_completed_by_the_next_call(store):
    with pytest.raises(KeyboardInterrupt):
        create_job(DiesAfterOneBatch(store), *an_order(150))  # type: ignore[arg-type]
    half = get_job(store, HERE)
    assert (half.counters.total, half.settled) == (99, False)
    whole = create_job(store, *an_order(150))
    assert (whole.counters.total, stored_items(store)) == (150, 150)


def test_another_request_under_the_same_id_finds_the_first(store):
    create_job(store, *an_order(2))
    found = create_job(store, *an_order(3, digest="other"))
    assert (found.request_digest, found.declared) == ("d", 2)


def test_a_photo_that_comes_queues_its_item_in_its_first_revision(store):
    job, items = an_order(2)
    create_job(store, job, items)
    item = upload(store, items[0])
    assert (item.status, item.revision, item.source_bytes) == (ItemStatus.QUEUED, 1, 1000)
    counters = get_job(store, HERE).counters
    assert (counters.created, counters.queued) == (1, 1)
    assert get_job(store, HERE).status is JobStatus.PROCESSING


def test_the_same_photo_again_starts_nothing(store):
    job, items = an_order(1)
    create_job(store, job, items)
    upload(store, items[0])
    assert upload(store, items[0]) is None
    assert get_job(store, HERE).counters.queued == 1


def test_another_photo_under_the_same_item_is_a_new_revision(store):
    job, items = an_order(1)
    create_job(store, job, items)
    first = upload(store, items[0])
    begin_item(store, ref_of(first), NOON, LEASE)
    second = upload(store, items[0], SECOND)
    assert (second.revision, second.stage) == (2, None)
    assert get_job(store, HERE).stages.inspect == 0


def test_a_photo_for_a_canceled_item_starts_nothing(store):
    job, items = an_order(1)
    create_job(store, job, items)
    cancel_item(store, HERE, items[0].item_id, NOON, LEASE)
    assert upload(store, items[0]) is None
    assert get_item(store, HERE, items[0].item_id).status is ItemStatus.CANCELED


def test_a_photo_for_a_job_that_is_to_be_canceled_starts_nothing(store):
    job, items = an_order(1)
    create_job(store, job, items)
    request_cancel(store, HERE, NOON)
    assert upload(store, items[0]) is None


@pytest.mark.parametrize("wrong", ["item", "path"])
def test_a_photo_that_no_item_waits_for_is_not_an_upload(store, wrong):
    job, items = an_order(1)
    create_job(store, job, items)
    item_id = "0009-none" if wrong == "item" else items[0].item_id
    path = "raw/demo/elsewhere.jpg" if wrong == "path" else items[0].raw_path
    assert claim_upload(store, HERE, item_id, path, FIRST, NOON, LEASE) is None


def test_of_many_events_about_one_photo_exactly_one_starts_it(store):
    job, items = an_order(1)
    create_job(store, job, items)
    barrier = Barrier(10)

    def race(_: int) -> Item | None:
        barrier.wait()
        return upload(store, items[0])

    with ThreadPoolExecutor(10) as pool:
        started = [item for item in pool.map(race, range(10)) if item]
    assert len(started) == 1
    assert get_job(store, HERE).counters.queued == 1


def test_two_items_with_one_filename_have_their_own_blobs():
    _, items = an_order(2)
    assert items[0].raw_path != items[1].raw_path
