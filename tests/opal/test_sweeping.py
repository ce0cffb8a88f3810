"""The sweeper finds what a crash or a lost event left behind, and gives up in the end."""

from datetime import UTC, datetime, timedelta

import pytest

from opal import sweeping
from opal.documents import (
    Decision,
    Failure,
    Item,
    ItemRef,
    ItemStatus,
    JobStatus,
    ProcessItem,
    ReviewRequest,
    event_of_review,
)
from opal.intake import take_in
from opal.names import item_id_of
from opal.state.claims import Source
from opal.state.contract import Create, Partition, Patch, Replace
from opal.state.deciding import decide_review
from opal.state.progress import begin_item, fail_item
from opal.state.reviews import ask_for_review
from opal.state.transition import get_item, get_job

HERE = Partition("demo", "summer")
CURSOR = Partition("_system", "sweep")
NOW = datetime.now(UTC) + timedelta(hours=1)
"""Later than any blob that a test writes."""
MUG = item_id_of("mug.jpg")
BROKEN = Failure(code="photo_corrupt", message="The photo can't be read.")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def sweep(store, blobs, settings):
    """Takes in what no event named; answers the items that are to start."""

    def sweep_at(moment: datetime) -> list[str]:
        starts = sweeping.take_in_missed(store, blobs, settings, moment)
        return [ProcessItem.parse(start.payload).raw_path for start in starts]

    return sweep_at


@pytest.fixture
def take(store, blobs, settings):
    """Writes a photo and takes it in, as its event would; answers its item."""

    def take_it(name: str = "mug.jpg", at: datetime = NOW) -> Item:
        blobs.write(f"raw/demo/summer/{name}", b"photo", "image/jpeg")
        properties = blobs.properties(f"raw/demo/summer/{name}")
        source = Source(properties.etag.strip('"'), properties.size)
        take_in(store, blobs, settings, f"demo/summer/{name}", source, at)
        item = get_item(store, HERE, item_id_of(name))
        assert item is not None
        return item

    return take_it


def ref_of(item: Item) -> ItemRef:
    return ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))


# Missed blobs.


def test_a_photo_that_no_event_named_is_taken_in_once(blobs, sweep, store):
    blobs.write("raw/demo/summer/mug.jpg", b"photo", "image/jpeg")
    assert sweep(after(5)) == ["raw/demo/summer/mug.jpg"]
    assert sweep(after(6)) == []
    assert get_job(store, HERE).counters.total == 1


def test_a_photo_that_its_event_brought_is_known(take, sweep):
    """The ETag of a listing and the one of the blob itself are the same."""
    take()
    assert sweep(after(5)) == []


def test_a_photo_that_was_replaced_without_an_event_is_taken_in_again(take, blobs, sweep, store):
    take()
    blobs.write("raw/demo/summer/mug.jpg", b"another", "image/jpeg")
    assert sweep(after(5)) == ["raw/demo/summer/mug.jpg"]
    assert get_item(store, HERE, MUG).revision == 2


def test_a_photo_that_only_just_came_is_left_to_its_event(store, blobs, settings):
    blobs.write("raw/demo/summer/mug.jpg", b"photo", "image/jpeg")
    came = blobs.properties("raw/demo/summer/mug.jpg").last_modified
    patient = settings.model_copy(update={"sweep_grace_s": 60})
    early, late = came + timedelta(seconds=59), came + timedelta(seconds=61)
    assert sweeping.take_in_missed(store, blobs, patient, early) == []
    assert len(sweeping.take_in_missed(store, blobs, patient, late)) == 1


def test_a_missed_job_json_is_taken_in(take, blobs, sweep, store):
    take()
    blobs.write("raw/demo/summer/job.json", b'{"scenes": ["studio"]}', "application/json")
    assert sweep(after(5)) == ["raw/demo/summer/mug.jpg"]
    assert sweep(after(6)) == []
    assert [scene.name for scene in get_job(store, HERE).recipe.scenes] == ["studio"]


class DiesWhileItRefits:
    """A store whose user dies when it comes to fit the first item to a new recipe."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def write(self, partition, operations):
        if any(isinstance(operation, Patch) for operation in operations):
            raise KeyboardInterrupt
        return self._store.write(partition, operations)


def test_items_that_a_crash_kept_from_a_new_recipe_are_fitted_by_the_sweep(
    take, blobs, sweep, store, settings
):
    take()
    blobs.write("raw/demo/summer/job.json", b'{"scenes": ["studio"]}', "application/json")
    properties = blobs.properties("raw/demo/summer/job.json")
    source = Source(properties.etag.strip('"'), properties.size)
    with pytest.raises(KeyboardInterrupt):
        take_in(DiesWhileItRefits(store), blobs, settings, "demo/summer/job.json", source, NOW)
    assert get_item(store, HERE, MUG).revision == 1
    assert sweep(after(5)) == ["raw/demo/summer/mug.jpg"]
    assert get_item(store, HERE, MUG).revision == 2
    assert sweep(after(6)) == []


def test_files_that_are_no_photos_are_swept_without_harm(blobs, sweep, store):
    for path in ("demo/summer/notes.txt", "mug.jpg", "Demo/x/mug.jpg", "demo//mug.jpg"):
        blobs.write(f"raw/{path}", b"x", "text/plain")
    for second in range(2):
        assert sweep(after(5 + second)) == []
    assert get_job(store, HERE).counters.ignored == 1
    assert get_job(store, Partition("_unassigned", "inbox")).counters.failed == 3


def test_a_sweep_goes_on_where_the_last_one_ended_and_then_begins_anew(blobs, sweep, store):
    names = [f"raw/demo/summer/{number}.jpg" for number in range(10)]
    for name in names:
        blobs.write(name, b"photo", "image/jpeg")
    sweep(NOW - timedelta(days=1))
    cursor = store.read(CURSOR, "cursor")
    assert cursor.document["continuation"] is None
    _, continuation = blobs.page("raw", None, 6)
    stopped = {**cursor.document, "continuation": continuation}
    store.write(CURSOR, [Replace(stopped, cursor.etag)])
    assert sweep(after(5)) == names[6:]
    assert sweep(after(6)) == names[:6]
    assert sweep(after(7)) == []


def test_the_cursor_names_the_partition_that_it_lies_in(sweep, store):
    sweep(NOW)
    document = store.read(CURSOR, "cursor").document
    assert (document["tenant_id"], document["job_id"]) == CURSOR[:2]


# Items past their lease.


def test_items_are_due_when_their_lease_has_passed_and_not_before(take, store, settings):
    take()
    assert sweeping.items_past_lease(store, after(settings.lease_s - 1)) == []
    [item] = sweeping.items_past_lease(store, after(settings.lease_s + 1))
    assert item.item_id == MUG


def test_items_that_ended_are_never_due(take, store):
    fail_item(store, ref_of(take()), BROKEN, "inspect_photo", NOW, 60)
    assert sweeping.items_past_lease(store, after(1e6)) == []


def test_an_item_whose_orchestration_lives_is_only_renewed(take, store, settings):
    item = take()
    assert sweeping.renew(store, settings, item, after(400)) == []
    renewed = get_item(store, HERE, MUG)
    assert (renewed.restarts, renewed.revision) == (0, 1)
    assert renewed.due_at == after(400 + settings.lease_s)


def test_an_item_whose_orchestration_is_gone_is_started_again_under_its_own_id(
    take, store, settings
):
    item = take()
    [start] = sweeping.restart(store, settings, item, after(400))
    assert start.instance_id == sweeping.instance_of(item)
    assert get_item(store, HERE, MUG).restarts == 1


def test_an_item_that_moved_since_it_was_found_is_not_restarted(take, store, settings):
    found = take()
    begin_item(store, ref_of(found), after(1), settings.lease_s)
    assert sweeping.restart(store, settings, found, after(400)) == []
    assert get_item(store, HERE, MUG).restarts == 0


def test_two_sweepers_restart_an_item_once(take, store, settings):
    found = take()
    first = sweeping.restart(store, settings, found, after(400))
    second = sweeping.restart(store, settings, found, after(400))
    assert (len(first), len(second)) == (1, 0)


def test_an_item_that_never_finishes_is_given_up_and_its_job_finished(take, store, settings):
    take()
    moment = 0.0
    for _ in range(settings.max_restarts):
        moment += settings.lease_s + 1
        [item] = sweeping.items_past_lease(store, after(moment))
        [start] = sweeping.restart(store, settings, item, after(moment))
        assert start.orchestration == "process_item"
    moment += settings.lease_s + 1
    [item] = sweeping.items_past_lease(store, after(moment))
    [finish] = sweeping.restart(store, settings, item, after(moment))
    assert finish.orchestration == "finish_job"
    given_up = get_item(store, HERE, MUG)
    assert (given_up.status, given_up.error.code) == (ItemStatus.FAILED, "item_stuck")
    assert sweeping.items_past_lease(store, after(1e6)) == []


def test_new_content_gives_a_stuck_item_all_its_restarts_back(take, store, settings, blobs):
    item = take()
    for _ in range(settings.max_restarts + 1):
        sweeping.restart(store, settings, item, after(400))
        item = get_item(store, HERE, MUG)
    assert item.status is ItemStatus.FAILED
    again = take()
    assert (again.status, again.restarts, again.revision) == (ItemStatus.QUEUED, 0, 2)


# Items that wait for a person.


@pytest.fixture
def doubtful(take, store, settings):
    """A photo that a person must look at, within a day."""
    ref = ref_of(take())
    begin_item(store, ref, NOW, settings.lease_s)
    asked = ReviewRequest(item=ref, about="cutout", subject="5f", reasons=("why",), pictures=())
    ask_for_review(store, asked, NOW, after(86_400), settings.lease_s)
    return ref


def approve(store, ref: ItemRef) -> None:
    decide_review(store, HERE, ref.item_id, Decision(verdict="approve", decided_at=NOW), 60)


def test_an_item_that_nobody_has_decided_about_is_left_alone_until_its_deadline(doubtful, store):
    assert sweeping.items_past_lease(store, after(86_000)) == []
    [item] = sweeping.items_past_lease(store, after(86_401))
    assert item.item_id == MUG


def test_a_run_that_may_not_have_heard_of_the_decision_is_woken(doubtful, store, settings):
    approve(store, doubtful)
    [item] = sweeping.items_past_lease(store, after(400))
    [start] = sweeping.renew(store, settings, item, after(400))
    assert start.event == event_of_review(item.review.review_id)
    assert start.instance_id == sweeping.instance_of(item)
    assert get_item(store, HERE, MUG).restarts == 0
    assert sweeping.items_past_lease(store, after(401)) == []


def test_a_run_that_is_gone_is_started_again_once_it_is_decided(doubtful, store, settings):
    approve(store, doubtful)
    [item] = sweeping.items_past_lease(store, after(400))
    [start] = sweeping.restart(store, settings, item, after(400))
    assert (start.orchestration, start.event) == ("process_item", None)
    assert get_item(store, HERE, MUG).restarts == 1


# Jobs that nobody finished.


def test_a_job_whose_items_ended_is_finished_after_its_lease(take, store, settings):
    fail_item(store, ref_of(take()), BROKEN, "inspect_photo", NOW, settings.lease_s)
    assert sweeping.jobs_to_finish(store, settings, after(1)) == []
    [start] = sweeping.jobs_to_finish(store, settings, after(settings.lease_s + 1))
    assert start.orchestration == "finish_job"
    assert start.payload["job"]["job_id"] == "summer"


def test_a_job_that_was_looked_at_is_left_for_a_lease(take, store, settings):
    fail_item(store, ref_of(take()), BROKEN, "inspect_photo", NOW, settings.lease_s)
    moment = settings.lease_s + 1
    assert len(sweeping.jobs_to_finish(store, settings, after(moment))) == 1
    assert sweeping.jobs_to_finish(store, settings, after(moment + 1)) == []
    assert len(sweeping.jobs_to_finish(store, settings, after(2 * moment))) == 1


def test_a_job_with_items_under_way_is_not_finished(take, store, settings):
    take()
    assert sweeping.jobs_to_finish(store, settings, after(1e6)) == []
    assert get_job(store, HERE).status is JobStatus.PROCESSING


# One thing that is broken does not hold up the rest.


def break_job(store, job_id: str) -> None:
    """A job's document that no version of ours can read."""
    broken = {"id": "job", "kind": "job", "status": "processing", "due_at": NOW.isoformat()}
    store.write(Partition("demo", job_id), [Create(broken)])


def test_a_blob_that_cannot_be_taken_in_does_not_stop_the_next(blobs, sweep, store):
    break_job(store, "autumn")
    blobs.write("raw/demo/autumn/mug.jpg", b"photo", "image/jpeg")
    blobs.write("raw/demo/summer/mug.jpg", b"photo", "image/jpeg")
    assert sweep(after(5)) == ["raw/demo/summer/mug.jpg"]


def test_a_document_that_cannot_be_read_does_not_hide_the_others(take, store, settings):
    break_job(store, "autumn")
    item = take()
    store.write(
        Partition("demo", "autumn"),
        [Create({"id": "item.x", "kind": "item", "status": "queued", "due_at": NOW.isoformat()})],
    )
    later = after(10 * settings.lease_s)
    assert [found.id for found in sweeping.items_past_lease(store, later)] == [item.id]
    assert sweeping.jobs_to_finish(store, settings, later) == []
