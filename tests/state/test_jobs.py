"""The transitions of a job as a whole: its recipe, its settlement, its end."""

from datetime import UTC, datetime, timedelta

import pytest

from opal.documents import (
    CompleteItem,
    CompleteJob,
    Failure,
    InspectedPhoto,
    ItemRef,
    ItemStatus,
    Job,
    JobRef,
    JobSource,
    JobStatus,
    PackagedJob,
)
from opal.errors import NotFound
from opal.job_options import default_recipe, read_job_options, resolve
from opal.names import understand_drop
from opal.state.claims import Source, claim_item, ensure_job, record_ignored
from opal.state.contract import Partition, Patch, Replace, StateStore
from opal.state.jobs import complete_job, postpone_job, set_recipe, settle_job
from opal.state.progress import complete_item, fail_item
from opal.state.transition import get_job, partition_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEASE = 60.0
SETTLE = 15.0
MUG = understand_drop("demo/summer/mug.jpg")
HERE = partition_of(MUG)
BROKEN = Failure(code="photo_corrupt", message="The photo can't be read.")
BAD_RECIPE = Failure(code="recipe_invalid", message="scenes.0: no scene")
STUDIO = resolve(read_job_options(b'{"scenes": ["studio"]}'))


def seconds(count: float) -> datetime:
    return NOON + timedelta(seconds=count)


def the_job(store: StateStore) -> Job:
    return ensure_job(store, MUG, default_recipe, "trace", NOON)


def take(store: StateStore, name: str, end: ItemStatus | None, at: datetime = NOON) -> ItemRef:
    """Claim a photo and bring it to its end, if one is given."""
    drop = understand_drop(f"demo/summer/{name}")
    item = claim_item(store, the_job(store), drop, Source("etag", 1), at, LEASE)
    assert item is not None
    ref = ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))
    if end is ItemStatus.COMPLETED:
        photo = InspectedPhoto(sha256="00")
        complete_item(store, CompleteItem(item=ref, photo=photo, stages={}, outputs=()), at, LEASE)
    if end is ItemStatus.FAILED:
        fail_item(store, ref, BROKEN, "inspect_photo", at, LEASE)
    return ref


def close(store: StateStore, settled_at: str, at: datetime = NOON) -> bool:
    job = JobRef(tenant_id="demo", job_id="summer", trace_id="trace")
    package = PackagedJob(path="outputs/demo/summer/job.zip", files=1)
    return complete_job(store, CompleteJob(job=job, package=package, settled_at=settled_at), at)


def settle_and_close(store: StateStore) -> bool:
    settlement = settle_job(store, HERE, seconds(SETTLE), SETTLE)
    assert settlement.verdict == "finish"
    return close(store, settlement.settled_at, seconds(SETTLE))


# Settling.


def test_a_job_without_items_is_left(store):
    the_job(store)
    assert settle_job(store, HERE, seconds(999), SETTLE).verdict == "leave"


def test_a_job_with_items_under_way_is_left(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    take(store, "cup.jpg", None)
    assert settle_job(store, HERE, seconds(999), SETTLE).verdict == "leave"


def test_a_dropped_folder_waits_until_nothing_new_has_come_for_a_while(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    settlement = settle_job(store, HERE, seconds(5), SETTLE)
    assert (settlement.verdict, settlement.wait_s) == ("wait", 10.0)
    assert settle_job(store, HERE, seconds(15), SETTLE).verdict == "finish"


def test_each_new_photo_begins_the_quiet_time_anew(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    take(store, "cup.jpg", ItemStatus.COMPLETED, seconds(10))
    assert settle_job(store, HERE, seconds(16), SETTLE).wait_s == 9.0


def test_a_job_from_the_api_needs_no_quiet_time(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    store.write(HERE, [Patch("job", set={"/source": JobSource.API.value})])
    assert settle_job(store, HERE, NOON, SETTLE).verdict == "finish"


def test_a_closed_job_is_left(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    assert settle_and_close(store)
    assert settle_job(store, HERE, seconds(999), SETTLE).verdict == "leave"


def test_settling_a_job_that_does_not_exist_is_not_found(store):
    with pytest.raises(NotFound) as caught:
        settle_job(store, Partition("demo", "none"), NOON, SETTLE)
    assert caught.value.code == "job_missing"


# Closing.


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ("CC", JobStatus.COMPLETED),
        ("CF", JobStatus.PARTIAL),
        ("FF", JobStatus.FAILED),
    ],
)
def test_the_jobs_end_follows_from_its_items(store, ends, status):
    kinds = {"C": ItemStatus.COMPLETED, "F": ItemStatus.FAILED}
    for number, end in enumerate(ends):
        take(store, f"{number}.jpg", kinds[end])
    assert settle_and_close(store)
    job = get_job(store, HERE)
    assert (job.status, job.completed_at) == (status, seconds(SETTLE))
    assert job.package_path == "outputs/demo/summer/job.zip"


def test_a_job_of_canceled_items_is_canceled(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    store.write(HERE, [Patch("job", add={"/counters/completed": -1, "/counters/canceled": 1})])
    assert settle_and_close(store)
    assert get_job(store, HERE).status is JobStatus.CANCELED


def test_closing_again_changes_nothing(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    settled_at = settle_job(store, HERE, seconds(SETTLE), SETTLE).settled_at
    assert close(store, settled_at)
    before = get_job(store, HERE)
    assert not close(store, settled_at, seconds(99))
    assert get_job(store, HERE) == before


def test_a_job_that_got_a_photo_since_it_settled_is_not_closed(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    settled_at = settle_job(store, HERE, seconds(SETTLE), SETTLE).settled_at
    take(store, "late.jpg", None, seconds(20))
    assert not close(store, settled_at, seconds(21))
    assert get_job(store, HERE).status is JobStatus.PROCESSING


def test_a_job_that_settled_anew_is_not_closed_with_the_old_package(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    settled_at = settle_job(store, HERE, seconds(SETTLE), SETTLE).settled_at
    take(store, "late.jpg", ItemStatus.COMPLETED, seconds(20))
    assert not close(store, settled_at, seconds(21))


def test_a_late_photo_reopens_a_closed_job_and_it_closes_again(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    assert settle_and_close(store)
    take(store, "late.jpg", ItemStatus.FAILED, seconds(100))
    reopened = get_job(store, HERE)
    assert (reopened.status, reopened.completed_at) == (JobStatus.PROCESSING, None)
    settlement = settle_job(store, HERE, seconds(115), SETTLE)
    assert close(store, settlement.settled_at, seconds(115))
    assert get_job(store, HERE).status is JobStatus.PARTIAL


def test_an_ignored_file_does_not_reopen_a_closed_job(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    assert settle_and_close(store)
    record_ignored(store, understand_drop("demo/summer/notes.txt"), seconds(100))
    job = get_job(store, HERE)
    assert (job.status, job.counters.ignored) == (JobStatus.COMPLETED, 1)


# Recipes.


def test_a_recipe_is_stored_once_per_version_of_its_file(store):
    the_job(store)
    assert set_recipe(store, HERE, STUDIO, None, "v1", NOON).recipe == STUDIO
    again = set_recipe(store, HERE, default_recipe(), None, "v1", seconds(1))
    assert again.recipe == STUDIO
    assert set_recipe(store, HERE, default_recipe(), None, "v2", NOON).recipe == default_recipe()


def test_an_unusable_recipe_fails_the_job_and_keeps_its_recipe(store):
    the_job(store)
    job = set_recipe(store, HERE, None, BAD_RECIPE, "v1", seconds(1))
    assert (job.status, job.error, job.completed_at) == (JobStatus.FAILED, BAD_RECIPE, seconds(1))
    assert job.recipe == default_recipe()


def test_a_mended_recipe_opens_the_job_again(store):
    take(store, "mug.jpg", ItemStatus.COMPLETED)
    set_recipe(store, HERE, None, BAD_RECIPE, "v1", NOON)
    job = set_recipe(store, HERE, STUDIO, None, "v2", seconds(1))
    assert (job.status, job.error, job.completed_at) == (JobStatus.PROCESSING, None, None)


def test_a_mended_recipe_of_a_job_without_items_leaves_it_as_new(store):
    the_job(store)
    set_recipe(store, HERE, None, BAD_RECIPE, "v1", NOON)
    job = set_recipe(store, HERE, STUDIO, None, "v2", seconds(1))
    assert (job.status, job.completed_at) == (JobStatus.CREATED, None)


def test_a_recipe_for_a_job_that_does_not_exist_is_not_found(store):
    with pytest.raises(NotFound):
        set_recipe(store, HERE, STUDIO, None, "v1", NOON)


# Postponing.


def test_postponing_moves_only_the_time(store):
    job = the_job(store)
    postpone_job(store, job, seconds(600))
    assert get_job(store, HERE) == job.model_copy(update={"due_at": seconds(600)})


def test_a_job_that_moved_meanwhile_is_not_postponed(store):
    seen = the_job(store)
    take(store, "mug.jpg", None)
    postpone_job(store, seen, seconds(600))
    assert get_job(store, HERE).due_at == seconds(LEASE)


def test_postponing_a_job_that_is_gone_does_nothing(store):
    job = the_job(store).model_copy(update={"job_id": "none"})
    postpone_job(store, job, seconds(600))
    assert get_job(store, Partition("demo", "none")) is None


def test_a_job_from_a_newer_version_is_still_read(store):
    the_job(store)
    stored = store.read(HERE, "job")
    newer = {**stored.document, "new_field": 1}
    store.write(HERE, [Replace(newer, stored.etag)])
    assert get_job(store, HERE).job_id == "summer"
