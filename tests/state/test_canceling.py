"""Canceling a job and retrying an item: idempotent, and refused with a code where senseless."""

from datetime import UTC, datetime

import pytest

from opal.documents import (
    CompleteItem,
    CompleteJob,
    Failure,
    InspectedPhoto,
    Item,
    ItemRef,
    ItemStatus,
    JobRef,
    JobStatus,
    PackagedJob,
    Stage,
)
from opal.errors import Conflict, NotFound, RunEnded
from opal.job_options import default_recipe
from opal.names import understand_drop
from opal.state.canceling import cancel_item, request_cancel, retry_item
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.contract import StateStore
from opal.state.jobs import complete_job, settle_job
from opal.state.progress import begin_item, complete_item, fail_item
from opal.state.stages import enter_stage
from opal.state.transition import get_item, get_job, partition_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEASE = 60.0
HERE = partition_of(understand_drop("demo/summer/mug.jpg"))
BROKEN = Failure(code="photo_corrupt", message="The photo can't be read.")


@pytest.fixture
def mug(store: StateStore) -> ItemRef:
    """A queued photo."""
    return claim(store, "mug.jpg")


def claim(store: StateStore, name: str, etag: str = "etag") -> ItemRef:
    drop = understand_drop(f"demo/summer/{name}")
    job = ensure_job(store, drop, default_recipe, "trace", NOON)
    item = claim_item(store, job, drop, Source(etag, 10), NOON, LEASE)
    assert item is not None
    return ref_of(item)


def ref_of(item: Item) -> ItemRef:
    return ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))


def complete(store: StateStore, ref: ItemRef) -> None:
    done = CompleteItem(item=ref, photo=InspectedPhoto(), stages={}, outputs=())
    complete_item(store, done, NOON, LEASE)


def close(store: StateStore) -> None:
    settlement = settle_job(store, HERE, NOON, 0.0)
    assert settlement.verdict == "finish"
    ref = JobRef(tenant_id="demo", job_id="summer", trace_id="trace")
    done = CompleteJob(job=ref, package=PackagedJob(), settled_at=settlement.settled_at)
    assert complete_job(store, done, NOON)


@pytest.mark.parametrize("begun", [False, True])
def test_an_item_is_canceled_and_counted_whatever_it_is_at(store, mug, begun):
    if begun:
        begin_item(store, mug, NOON, LEASE)
        enter_stage(store, mug, Stage.PLACE, NOON, LEASE)
    cancel_item(store, HERE, mug.item_id, NOON, LEASE)
    job = get_job(store, HERE)
    assert get_item(store, HERE, mug.item_id).status is ItemStatus.CANCELED
    assert (job.counters.canceled, job.counters.final, job.stages.place) == (1, 1, 0)


def test_canceling_twice_counts_once(store, mug):
    cancel_item(store, HERE, mug.item_id, NOON, LEASE)
    assert cancel_item(store, HERE, mug.item_id, NOON, LEASE) is None
    assert get_job(store, HERE).counters.canceled == 1


def test_a_finished_item_stays_finished(store, mug):
    complete(store, mug)
    assert cancel_item(store, HERE, mug.item_id, NOON, LEASE) is None
    assert get_item(store, HERE, mug.item_id).status is ItemStatus.COMPLETED


def test_a_run_of_a_canceled_item_stops_at_its_next_stage(store, mug):
    begin_item(store, mug, NOON, LEASE)
    cancel_item(store, HERE, mug.item_id, NOON, LEASE)
    with pytest.raises(RunEnded, match="canceled"):
        enter_stage(store, mug, Stage.SEGMENT, NOON, LEASE)


def test_a_run_of_an_older_revision_stops_at_its_next_stage(store, mug):
    begin_item(store, mug, NOON, LEASE)
    begin_item(store, claim(store, "mug.jpg", "other"), NOON, LEASE)
    with pytest.raises(RunEnded, match="revision 2"):
        enter_stage(store, mug, Stage.SEGMENT, NOON, LEASE)


def test_a_stage_is_entered_once_and_never_left_backwards(store, mug):
    begin_item(store, mug, NOON, LEASE)
    for stage in (Stage.PLACE, Stage.PLACE, Stage.SEGMENT):
        enter_stage(store, mug, stage, NOON, LEASE)
    stages = get_job(store, HERE).stages
    assert (stages.inspect, stages.segment, stages.place) == (0, 0, 1)


def test_a_canceled_job_ends_as_canceled_with_what_was_finished(store, mug):
    vase = claim(store, "vase.jpg")
    complete(store, mug)
    request_cancel(store, HERE, NOON)
    cancel_item(store, HERE, vase.item_id, NOON, LEASE)
    close(store)
    job = get_job(store, HERE)
    assert (job.status, job.counters.completed) == (JobStatus.CANCELED, 1)


def test_a_canceled_folder_is_not_waited_for(store, mug):
    request_cancel(store, HERE, NOON)
    cancel_item(store, HERE, mug.item_id, NOON, LEASE)
    assert settle_job(store, HERE, NOON, 3600.0).verdict == "finish"


def test_asking_to_cancel_again_keeps_the_first_time(store, mug):
    first = request_cancel(store, HERE, NOON)
    assert request_cancel(store, HERE, NOON.replace(hour=13)) == first


def test_a_finished_job_can_not_be_canceled(store, mug):
    complete(store, mug)
    close(store)
    with pytest.raises(Conflict) as refused:
        request_cancel(store, HERE, NOON)
    assert refused.value.code == "job_final"


def test_a_job_that_is_not_there_can_not_be_canceled(store):
    with pytest.raises(NotFound):
        request_cancel(store, HERE, NOON)


@pytest.mark.parametrize("end", ["failed", "canceled"])
def test_a_failed_or_canceled_item_is_queued_again_as_a_new_revision(store, mug, end):
    if end == "failed":
        fail_item(store, mug, BROKEN, "inspect_photo", NOON, LEASE)
    else:
        request_cancel(store, HERE, NOON)
        cancel_item(store, HERE, mug.item_id, NOON, LEASE)
    close(store)
    _, item = retry_item(store, HERE, mug.item_id, NOON, LEASE)
    assert (item.status, item.revision, item.error) == (ItemStatus.QUEUED, 2, None)
    again = get_job(store, HERE)
    assert (again.status, again.counters.queued) == (JobStatus.PROCESSING, 1)
    assert (again.cancel_requested_at, again.completed_at) == (None, None)


@pytest.mark.parametrize(
    ("state", "code"), [("queued", "item_not_final"), ("completed", "item_completed")]
)
def test_an_item_that_needs_no_retry_is_refused_one(store, mug, state, code):
    if state == "completed":
        complete(store, mug)
    with pytest.raises(Conflict) as refused:
        retry_item(store, HERE, mug.item_id, NOON, LEASE)
    assert refused.value.code == code
