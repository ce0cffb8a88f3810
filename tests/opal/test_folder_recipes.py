"""A folder's recipe: its job.json over the tenant's brand profile, fixed once the job is there."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from opal.documents import Item, ItemStatus, Job, JobStatus, ProcessItem
from opal.intake import start_of_item, take_in
from opal.job_options import default_recipe
from opal.names import item_id_of
from opal.profiles.documents import NewProfile, ProfileRequest
from opal.profiles.storing import create_profile, delete_profile, replace_profile
from opal.recipe import Recipe
from opal.starting import Start
from opal.state.claims import Source
from opal.state.containers import Container
from opal.state.contract import Partition, Stored
from opal.state.sqlite import SqliteStore
from opal.state.transition import get_item, get_job

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HERE = Partition("demo", "summer")
PROMPT = {"prompt": "on a beach"}
Drop = Callable[..., list[Start]]


class CountingStore(SqliteStore):
    """A store that counts the point reads of each container."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.reads: Counter[Container] = Counter()

    def read(self, partition: Partition, id: str) -> Stored | None:
        self.reads[partition.container] += 1
        return super().read(partition, id)


@pytest.fixture
def store(settings) -> Iterator[CountingStore]:
    opened = CountingStore(settings.state_path)
    yield opened
    opened.close()


@pytest.fixture
def write(blobs):
    """Writes a file into the raw container; its event is still to come."""

    def write_it(path: str, data: object = b"photo") -> None:
        text = data if isinstance(data, bytes) else json.dumps(data).encode()
        blobs.write(f"raw/{path}", text, "application/octet-stream")

    return write_it


@pytest.fixture
def deliver(store, blobs, settings):
    """Delivers the event of a file in the raw container."""

    def deliver_it(path: str) -> list[Start]:
        properties = blobs.properties(f"raw/{path}")
        source = Source(properties.etag.strip('"'), properties.size)
        return take_in(store, blobs, settings, path, source, NOW)

    return deliver_it


@pytest.fixture
def drop(write, deliver) -> Drop:
    """Writes a file and delivers its event."""

    def drop_it(path: str, data: object = b"photo") -> list[Start]:
        write(path, data)
        started: list[Start] = deliver(path)
        return started

    return drop_it


def profile(store: Any, id: str, tenant_id: str = "demo", **fields: Any) -> None:
    create_profile(store, tenant_id, NewProfile.parse({"id": id, "name": id, **fields}), NOW)


def job(store: Any) -> Job:
    found = get_job(store, HERE)
    assert found is not None
    return found


def item(store: Any, filename: str = "mug.jpg") -> Item:
    found = get_item(store, HERE, item_id_of(filename))
    assert found is not None
    return found


def recipe_of(start: Start) -> Recipe:
    return ProcessItem.parse(start.payload).recipe


def named(recipe: Recipe) -> tuple[list[str], list[str], str | None]:
    scenes, exports = [s.name for s in recipe.scenes], [e.name for e in recipe.exports]
    return scenes, exports, recipe.profile_id


def test_a_folder_without_a_job_json_gets_the_tenants_default_profile(drop, store):
    profile(store, "default", scenes=["white"], exports=["etsy"])
    profile(store, "default", "rival", scenes=["studio"], exports=["ebay"])
    [start] = drop("demo/summer/mug.jpg")
    assert named(recipe_of(start)) == (["white"], ["etsy"], "default")
    assert (job(store).recipe.profile_id, job(store).recipe) == ("default", recipe_of(start))


def test_a_tenant_without_profiles_gets_the_defaults(drop, store):
    profile(store, "default", "rival", scenes=["studio"])
    profile(store, "autumn", scenes=["studio"])
    [start] = drop("demo/summer/mug.jpg")
    assert recipe_of(start) == default_recipe()


@pytest.mark.parametrize("first", ["job.json", "mug.jpg"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"exports": ["shopify"]}, (["white"], ["shopify"], "default")),
        ({"profile": "autumn"}, (["studio"], ["ebay"], "autumn")),
        ({"profile": "autumn", "scenes": ["white"]}, (["white"], ["ebay"], "autumn")),
    ],
)
def test_a_job_json_stands_over_the_profile_that_it_names_or_else_the_default_one(
    write, deliver, store, first, options, expected
):
    profile(store, "default", scenes=["white"], exports=["etsy"])
    profile(store, "autumn", scenes=["studio"], exports=["ebay"])
    write("demo/summer/job.json", options)
    write("demo/summer/mug.jpg")
    names = ["job.json", "mug.jpg"]
    starts = [*deliver(f"demo/summer/{first}")]
    names.remove(first)
    starts += deliver(f"demo/summer/{names[0]}")
    [start] = starts
    assert named(recipe_of(start)) == named(job(store).recipe) == expected
    assert job(store).recipe.profile_id == expected[2]


UNUSABLE = [
    ({"profile": "autumn"}, "profile_missing", "profile: "),
    ({"scenes": ["white", PROMPT]}, "engine_unavailable", "scenes.1: "),
    ({"placement_style": "kitchen"}, "engine_unavailable", "placement_style kitchen: "),
    ({"profile": "beach"}, "engine_unavailable", "profile beach: scenes.0: "),
    ({"scenes": ["cellar"]}, "recipe_invalid", "scenes.0: "),
    ({"pad": "x" * 300_000}, "recipe_invalid", "job.json: "),
]


@pytest.mark.parametrize(("options", "code", "said"), UNUSABLE)
@pytest.mark.parametrize("first", ["job.json", "mug.jpg"])
def test_a_job_json_that_can_not_be_used_fails_the_job_and_starts_nothing(
    write, deliver, store, first, options, code, said
):
    profile(store, "beach", scenes=[PROMPT])
    write("demo/summer/job.json", options)
    write("demo/summer/mug.jpg")
    names = sorted(["job.json", "mug.jpg"], key=lambda name: name != first)
    assert [deliver(f"demo/summer/{name}") for name in names] == [[], []]
    failed = job(store)
    assert failed.error is not None
    assert (failed.status, failed.error.code) == (JobStatus.FAILED, code)
    assert failed.error.message.startswith(said)
    assert (item(store).status, item(store).error) == (ItemStatus.FAILED, failed.error)
    assert (failed.counters.failed, failed.counters.total) == (1, 1)


@pytest.mark.parametrize(("options", "code", "said"), UNUSABLE)
def test_a_mended_job_json_starts_what_failed_by_it(drop, store, options, code, said):
    profile(store, "beach", scenes=[PROMPT])
    drop("demo/summer/job.json", options)
    drop("demo/summer/mug.jpg")
    [start] = drop("demo/summer/job.json", {})
    assert recipe_of(start) == default_recipe()
    assert (item(store).status, item(store).error) == (ItemStatus.QUEUED, None)
    assert (job(store).status, job(store).error) == (JobStatus.PROCESSING, None)


def test_a_default_profile_that_can_not_be_used_fails_the_folder_and_is_not_passed_over(
    drop, deliver, store
):
    profile(store, "default", scenes=[PROMPT])
    assert drop("demo/summer/mug.jpg") == []
    failed = job(store)
    assert failed.error is not None
    assert (failed.status, failed.error.code) == (JobStatus.FAILED, "engine_unavailable")
    assert failed.completed_at == NOW
    assert item(store).error == failed.error
    assert deliver("demo/summer/mug.jpg") == []
    [start] = drop("demo/summer/job.json", {"scenes": ["white"]})
    assert named(recipe_of(start))[0] == ["white"]


def test_a_profile_that_changes_changes_no_job_that_is_there(drop, deliver, store, settings):
    profile(store, "default", scenes=["white"], exports=["etsy"])
    [first] = drop("demo/summer/mug.jpg")
    before = job(store)
    changed = ProfileRequest.parse({"name": "Default", "scenes": ["studio"]})
    replace_profile(store, "demo", "default", changed, NOW)
    [second] = drop("demo/summer/cup.jpg")
    [replaced] = drop("demo/summer/mug.jpg", b"another photo")
    restarted = start_of_item(settings, job(store), item(store))
    delete_profile(store, "demo", "default")
    [third] = drop("demo/summer/pot.jpg")
    for start in (first, second, replaced, restarted, third):
        assert recipe_of(start) == before.recipe
    [elsewhere] = drop("demo/winter/mug.jpg")
    assert recipe_of(elsewhere) == default_recipe()


def test_a_profile_that_changes_before_the_job_jsons_own_event_changes_nothing(
    write, deliver, drop, store
):
    """The photo's event was first, and took the job.json along."""
    profile(store, "autumn", scenes=["white"])
    write("demo/summer/job.json", {"profile": "autumn"})
    [start] = drop("demo/summer/mug.jpg")
    changed = ProfileRequest.parse({"name": "Autumn", "scenes": ["studio"]})
    replace_profile(store, "demo", "autumn", changed, NOW)
    for _ in range(2):
        assert deliver("demo/summer/job.json") == []
    assert job(store).recipe == recipe_of(start)
    assert item(store).revision == 1


def test_another_job_json_is_resolved_with_the_profile_as_it_is_then(drop, store):
    profile(store, "default", scenes=["white"])
    drop("demo/summer/mug.jpg")
    changed = ProfileRequest.parse({"name": "Default", "scenes": ["studio"]})
    replace_profile(store, "demo", "default", changed, NOW)
    [start] = drop("demo/summer/job.json", {"exports": ["etsy"]})
    assert named(recipe_of(start)) == (["studio"], ["etsy"], "default")


def test_another_profile_that_says_the_same_makes_nothing_again(drop, store):
    for id in ("default", "autumn"):
        profile(store, id, scenes=["white"])
    drop("demo/summer/mug.jpg")
    assert drop("demo/summer/job.json", {"profile": "autumn"}) == []
    assert (job(store).recipe.profile_id, item(store).revision) == ("autumn", 1)


def test_a_folder_costs_one_read_of_a_profile_and_its_photos_none(drop, store):
    profile(store, "default", scenes=["white"])
    drop("demo/summer/mug.jpg")
    assert store.reads[Container.BRAND_PROFILES] == 1
    for number in range(5):
        drop(f"demo/summer/{number}.jpg")
    assert store.reads[Container.BRAND_PROFILES] == 1
    drop("demo/summer/job.json", {"profile": "default"})
    assert store.reads[Container.BRAND_PROFILES] == 2
