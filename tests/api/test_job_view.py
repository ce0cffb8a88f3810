"""What the API shows of a job: enough, one page at a time, at a cost that does not grow."""

from datetime import UTC, datetime
from typing import Any

import pytest

from opal.api.job_view import job_view
from opal.api.jobs import JobQuery
from opal.blobs import get_blobs
from opal.documents import Failure, Json
from opal.errors import InvalidInput, NotFound
from opal.job_options import default_recipe
from opal.names import understand_drop
from opal.settings import get_settings
from opal.state import get_store
from opal.state.claims import Source, claim_item, ensure_job, record_ignored
from opal.state.contract import Partition, StateStore
from opal.state.jobs import set_recipe
from opal.state.transition import get_job
from opal.sweeping import take_in_missed

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HERE = Partition("demo", "summer")


def view(store: StateStore, tenant_id: str = "demo", job_id: str = "summer", **asked: Any) -> Json:
    return job_view(store, tenant_id, job_id, JobQuery.parse(asked)).dump()


def fill(store: StateStore, names: list[str], path: str = "demo/summer") -> None:
    for name in names:
        drop = understand_drop(f"{path}/{name}")
        job = ensure_job(store, drop, default_recipe, "trace", NOW)
        claim_item(store, job, drop, Source("etag-secret", 1), NOW, 60)


def test_a_view_shows_the_job_and_its_items(store):
    fill(store, ["mug.jpg"])
    shown = view(store)
    assert (shown["status"], shown["folder"], shown["progress"]) == ("processing", "summer", 0.0)
    assert (shown["counters"]["total"], shown["counters"]["queued"]) == (1, 1)
    assert shown["scenes"] == ["white", "studio"]
    assert "square" in shown["exports"]
    [item] = shown["items"]
    assert (item["filename"], item["status"], item["outputs"]) == ("mug.jpg", "queued", [])
    assert shown["continuation"] is None


def test_a_view_does_not_show_how_it_is_stored(store):
    fill(store, ["mug.jpg"])
    assert "etag-secret" not in str(view(store))
    assert "due_at" not in str(view(store))


def test_progress_is_the_share_of_items_that_ended(store):
    fill(store, ["a.jpg", "b.jpg", "c.jpg"])
    failure = Failure(code="x", message="x")
    drop = understand_drop("demo/summer/d.jpg")
    claim_item(store, get_job(store, HERE), drop, Source("e", 1), NOW, 60, failure=failure)
    assert view(store)["progress"] == 0.25


def test_a_failed_recipe_is_shown_with_its_reason(store):
    fill(store, ["mug.jpg"])
    set_recipe(store, HERE, None, Failure(code="recipe_invalid", message="why"), "e", NOW)
    assert view(store)["error"]["message"] == "why"


def test_ignored_files_are_shown_with_their_reasons(store):
    fill(store, ["mug.jpg"])
    record_ignored(store, understand_drop("demo/summer/notes.txt"), NOW)
    assert view(store)["ignored"] == [
        {"filename": "notes.txt", "reason": "files ending in .txt are not photos"}
    ]


def test_pages_lead_through_all_items(store):
    names = [f"{number}.jpg" for number in range(7)]
    fill(store, names)
    seen: list[str] = []
    continuation = None
    for size in (3, 3, 1):
        page = view(store, limit=3, continuation=continuation)
        assert len(page["items"]) == size
        seen += [item["filename"] for item in page["items"]]
        continuation = page["continuation"]
    assert continuation is None
    assert sorted(seen) == names


def test_an_invalid_continuation_is_the_callers_fault(store):
    fill(store, ["mug.jpg"])
    with pytest.raises(InvalidInput, match="continuation"):
        view(store, continuation="rubbish")


@pytest.mark.parametrize(
    "asked",
    [{"tenant_id": "rival"}, {"job_id": "winter"}, {"tenant_id": ""}, {"job_id": "../summer"}],
)
def test_a_job_that_is_not_there_or_anothers_is_not_found(store, asked):
    fill(store, ["mug.jpg"])
    with pytest.raises(NotFound) as caught:
        view(store, **asked)
    assert caught.value.code == "job_missing"


@pytest.mark.usefixtures("server")
def test_the_sweepers_own_documents_are_no_job():
    take_in_missed(get_store(), get_blobs(), get_settings(), NOW)
    with pytest.raises(NotFound):
        view(get_store(), tenant_id="_system", job_id="sweep")
