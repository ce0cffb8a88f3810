"""Intake: a file that appears in the raw container becomes work exactly once."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from opal.documents import Item, ItemStatus, JobStatus, ProcessItem
from opal.intake import start_of_finish, take_in
from opal.job_options import default_recipe
from opal.names import item_id_of
from opal.starting import Start
from opal.state.claims import Source
from opal.state.contract import Partition
from opal.state.transition import get_item, get_job
from opal.webhooks.endpoints import EndpointRequest, create_endpoint

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HERE = Partition("demo", "summer")
UNASSIGNED = Partition("_unassigned", "inbox")
ONE_SCENE = b'{"scenes": ["studio"], "exports": ["square"]}'


@pytest.fixture
def deliver(store, blobs, settings):
    """Delivers the event of a file in the raw container."""

    def deliver_it(path: str) -> list[Start]:
        properties = blobs.properties(f"raw/{path}")
        source = Source(properties.etag.strip('"'), properties.size)
        return take_in(store, blobs, settings, path, source, NOW)

    return deliver_it


@pytest.fixture
def drop(blobs, deliver):
    """Writes a file into the raw container and delivers its event."""

    def drop_it(path: str, data: bytes = b"photo") -> list[Start]:
        blobs.write(f"raw/{path}", data, "application/octet-stream")
        started: list[Start] = deliver(path)
        return started

    return drop_it


@pytest.fixture
def items(store):
    """The items of a partition by their file names."""

    def of(partition: Partition = HERE) -> dict[str, Item]:
        page = store.page(partition, "item", 100)
        return {item.filename: item for item in map(Item.parse, page.documents)}

    return of


def test_a_photo_becomes_a_queued_item_and_one_orchestration(drop, items, settings):
    [start] = drop("demo/summer/mug.jpg")
    item = items()["mug.jpg"]
    assert item.status is ItemStatus.QUEUED
    assert start.orchestration == "process_item"
    work = ProcessItem.parse(start.payload)
    assert (work.item.item_id, work.item.revision) == (item_id_of("mug.jpg"), 1)
    assert (work.raw_path, work.source_etag) == ("raw/demo/summer/mug.jpg", item.source_etag)
    assert work.recipe == default_recipe()
    assert work.retry == settings.retry
    assert work.item.trace_id == item.trace_id


def test_the_payload_of_a_start_is_plain_json(drop):
    [start] = drop("demo/summer/mug.jpg")
    assert json.loads(json.dumps(start.payload)) == start.payload


def test_the_same_event_again_starts_nothing(drop, deliver, store):
    drop("demo/summer/mug.jpg")
    assert deliver("demo/summer/mug.jpg") == []
    assert get_job(store, HERE).counters.total == 1


def test_new_content_under_the_same_name_starts_a_new_revision(drop, store):
    [first] = drop("demo/summer/mug.jpg", b"one")
    [second] = drop("demo/summer/mug.jpg", b"two")
    assert second.instance_id != first.instance_id
    assert ProcessItem.parse(second.payload).item.revision == 2
    assert get_job(store, HERE).counters.total == 1


def test_each_folder_and_tenant_has_its_own_job(drop, store):
    drop("demo/summer/mug.jpg")
    drop("demo/winter/mug.jpg")
    drop("rival/summer/mug.jpg")
    for place in (HERE, Partition("demo", "winter"), Partition("rival", "summer")):
        assert get_job(store, place).counters.total == 1


# Recipes.


def test_a_job_json_that_comes_first_is_the_recipe_of_the_photos(drop, store):
    assert drop("demo/summer/job.json", ONE_SCENE) == []
    [start] = drop("demo/summer/mug.jpg")
    assert [s.name for s in ProcessItem.parse(start.payload).recipe.scenes] == ["studio"]


def test_a_job_json_whose_event_is_late_is_still_the_recipe_of_a_new_job(drop, deliver, blobs):
    blobs.write("raw/demo/summer/job.json", ONE_SCENE, "application/json")
    [start] = drop("demo/summer/mug.jpg")
    assert [s.name for s in ProcessItem.parse(start.payload).recipe.scenes] == ["studio"]
    assert deliver("demo/summer/job.json") == []


def test_a_job_json_that_comes_later_makes_every_photo_again(drop, items):
    for name in ("mug.jpg", "cup.jpg"):
        drop(f"demo/summer/{name}")
    starts = drop("demo/summer/job.json", ONE_SCENE)
    assert {ProcessItem.parse(s.payload).item.revision for s in starts} == {2}
    assert len({s.instance_id for s in starts}) == 2
    assert {item.revision for item in items().values()} == {2}


def test_the_same_job_json_again_starts_nothing(drop, deliver):
    drop("demo/summer/mug.jpg")
    assert len(drop("demo/summer/job.json", ONE_SCENE)) == 1
    assert deliver("demo/summer/job.json") == []


def test_a_job_json_that_changes_nothing_starts_nothing(drop):
    drop("demo/summer/mug.jpg")
    assert drop("demo/summer/job.json", b"{}") == []


def test_a_job_json_is_fitted_to_more_photos_than_a_page_holds(drop, store, blobs, settings):
    for number in range(130):
        source = Source(f"etag-{number}", 1)
        take_in(store, blobs, settings, f"demo/summer/{number}.jpg", source, NOW)
    starts = drop("demo/summer/job.json", ONE_SCENE)
    assert len({start.instance_id for start in starts}) == 130


def test_a_job_json_of_the_tenants_own_folder_rules_the_inbox_alone(drop, store):
    drop("demo/job.json", ONE_SCENE)
    drop("demo/mug.jpg")
    drop("demo/summer/mug.jpg")
    assert [s.name for s in get_job(store, Partition("demo", "inbox")).recipe.scenes] == ["studio"]
    assert get_job(store, HERE).recipe == default_recipe()


@pytest.mark.parametrize(
    "text", [b"{", b'{"scenes": ["beach"]}', b'{"pad": "' + b"x" * 300_000 + b'"}']
)
def test_an_unusable_job_json_fails_the_job_and_says_why(drop, store, items, text):
    assert drop("demo/summer/job.json", text) == []
    job = get_job(store, HERE)
    assert (job.status, job.error.code) == (JobStatus.FAILED, "recipe_invalid")
    assert drop("demo/summer/mug.jpg") == []
    assert items()["mug.jpg"].error == job.error


def test_an_unusable_job_json_fails_the_photos_that_are_under_way(drop, items, store):
    drop("demo/summer/mug.jpg")
    assert drop("demo/summer/job.json", b"{") == []
    assert items()["mug.jpg"].status is ItemStatus.FAILED
    assert get_job(store, HERE).counters.failed == 1


def test_a_mended_job_json_starts_what_failed_by_it(drop, items, store):
    drop("demo/summer/job.json", b"{")
    drop("demo/summer/mug.jpg")
    [start] = drop("demo/summer/job.json", ONE_SCENE)
    assert ProcessItem.parse(start.payload).item.revision == 2
    assert (items()["mug.jpg"].status, items()["mug.jpg"].error) == (ItemStatus.QUEUED, None)
    job = get_job(store, HERE)
    assert (job.status, job.error) == (JobStatus.PROCESSING, None)


# What is no photo.


def test_other_files_are_noted_once_and_start_nothing(drop, store):
    for _ in range(2):
        assert drop("demo/summer/notes.txt") == []
        assert drop("demo/summer/.DS_Store") == []
    noted = store.page(HERE, "ignored", 10).documents
    assert {d["filename"]: d["reason"] for d in noted} == {
        "notes.txt": "files ending in .txt are not photos",
        ".DS_Store": "hidden files are not photos",
    }
    assert get_job(store, HERE).counters.ignored == 2
    assert get_job(store, HERE).counters.total == 0


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("mug.jpg", "tenant_missing"),
        ("Demo/summer/mug.jpg", "tenant_invalid"),
        ("_unassigned/mug.jpg", "tenant_invalid"),
        ("demo/" + "x" * 900 + ".jpg/../mug.jpg", "name_rejected"),
        ("demo//mug.jpg", "name_rejected"),
    ],
)
def test_a_file_that_belongs_to_nobody_is_recorded_for_the_operator(
    store, blobs, settings, items, path, code
):
    for _ in range(2):
        assert take_in(store, blobs, settings, path, Source("etag", 1), NOW) == []
    [item] = items(UNASSIGNED).values()
    assert (item.status, item.error.code) == (ItemStatus.FAILED, code)
    assert item.raw_path == f"raw/{path}"
    assert get_job(store, UNASSIGNED).counters.failed == 1


def test_two_rejected_files_are_two_items(store, blobs, settings, items):
    for path in ("one/../mug.jpg", "two/../mug.jpg"):
        take_in(store, blobs, settings, path, Source("etag", 1), NOW)
    assert len(items(UNASSIGNED)) == 2


def test_a_thousand_characters_and_odd_signs_are_taken_in(drop, store):
    name = "ä %2F#?" + "x" * 900 + ".JPG"
    [start] = drop(f"demo/Été 2026/{name}")
    assert len(start.instance_id) <= 100
    assert start.instance_id.isascii()
    work = ProcessItem.parse(start.payload)
    place = Partition("demo", work.item.job_id)
    assert get_item(store, place, work.item.item_id).filename == name
    assert get_job(store, place).folder == "Été 2026"


def test_every_document_names_the_partition_that_it_lies_in(drop, store, settings):
    drop("demo/summer/mug.jpg")
    drop("demo/summer/notes.txt")
    documents = [
        store.read(HERE, "job").document,
        *store.page(HERE, "item", 10).documents,
        *store.page(HERE, "ignored", 10).documents,
    ]
    assert len(documents) == 3
    assert {(d["tenant_id"], d["job_id"]) for d in documents} == {HERE[:2]}


def test_a_lost_finish_has_an_instance_id_that_no_item_has(drop, store, settings):
    [start] = drop("demo/summer/finish.jpg")
    finish = start_of_finish(settings, get_job(store, HERE))
    assert finish.orchestration == "finish_job"
    assert finish.instance_id != start.instance_id
    assert len(finish.instance_id) <= 100


def test_a_lease_begins_with_the_claim(drop, items, settings):
    drop("demo/summer/mug.jpg")
    assert items()["mug.jpg"].due_at == NOW + timedelta(seconds=settings.lease_s)


def test_ends_that_intake_brings_about_are_told_to_whoever_wants_to_know(drop, store, settings):
    """A `job.json` that can't be used fails the job, and each photo that comes to it."""
    create_endpoint(
        store,
        settings,
        "demo",
        EndpointRequest(url="https://shop.example/"),
        NOW,
        resolve=lambda host, port: ["93.184.215.14"],
    )
    [first] = drop("demo/summer/mug.jpg")
    by_recipe = drop("demo/summer/job.json", b"nonsense")
    by_photo = drop("demo/summer/pot.jpg")
    assert drop("demo/summer/job.json", b"more nonsense") == []
    assert first.orchestration == "process_item"
    assert {start.orchestration for start in by_recipe + by_photo} == {"deliver_webhook"}
    stored = store.page(HERE, "delivery", 10).documents
    told = [(document["event_type"], document["item_id"]) for document in stored]
    mug, pot = item_id_of("mug.jpg"), item_id_of("pot.jpg")
    assert sorted(told, key=str) == sorted(
        [("job.failed", None), ("item.failed", mug), ("item.failed", pot)], key=str
    )
    assert len(by_recipe) == 2
