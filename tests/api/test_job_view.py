"""What the API shows of a job: enough, one page at a time, at a cost that does not grow."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from opal.documents import Failure
from opal.errors import InvalidInput, NotFound
from opal.job_options import default_recipe
from opal.job_view import job_view
from opal.names import understand_drop
from opal.state.claims import Source, claim_item, ensure_job, record_ignored
from opal.state.contract import Page, Partition, StateStore, Stored
from opal.state.jobs import set_recipe
from opal.state.sqlite import SqliteStore
from opal.state.transition import get_job
from opal.sweeping import take_in_missed

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HERE = Partition("demo", "summer")


class CountingStore(SqliteStore):
    """Counts the questions that it answers, and the documents in the answers."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.questions = 0
        self.documents = 0

    def read(self, partition: Partition, id: str) -> Stored | None:
        self.questions += 1
        self.documents += 1
        return super().read(partition, id)

    def page(
        self, partition: Partition, kind: str, limit: int, continuation: str | None = None
    ) -> Page:
        self.questions += 1
        found = super().page(partition, kind, limit, continuation)
        self.documents += len(found.documents)
        return found

    def due(self, kind: str, statuses: Sequence[str], before: datetime, limit: int) -> list[Any]:
        raise AssertionError("a view has nothing to ask of all partitions")


def view(store: StateStore, **asked: Any) -> dict[str, Any]:
    default: dict[str, Any] = {"tenant_id": "demo", "job_id": "summer", "limit": "50"}
    return job_view(store, **{**default, "continuation": None, **asked})


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
        page = view(store, limit="3", continuation=continuation)
        assert len(page["items"]) == size
        seen += [item["filename"] for item in page["items"]]
        continuation = page["continuation"]
    assert continuation is None
    assert sorted(seen) == names


def test_the_cost_of_a_view_does_not_grow_with_the_job(tmp_path):
    costs = []
    for size in (20, 300):
        counting = CountingStore(str(tmp_path / f"{size}.sqlite"))
        fill(counting, [f"{number}.jpg" for number in range(size)])
        counting.questions = counting.documents = 0
        view(counting, limit="10")
        costs.append((counting.questions, counting.documents))
        counting.close()
    assert costs == [(2, 11), (2, 11)]


@pytest.mark.parametrize("limit", ["", "0", "201", "-1", "1.5", "ten", " 5", "9" * 5000, "²"])
def test_a_limit_out_of_range_is_refused(store, limit):
    fill(store, ["mug.jpg"])
    with pytest.raises(InvalidInput, match="1 to 200"):
        view(store, limit=limit)


@pytest.mark.parametrize("limit", ["1", "200"])
def test_a_limit_in_range_is_taken(store, limit):
    fill(store, ["mug.jpg"])
    assert len(view(store, limit=limit)["items"]) == 1


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


def test_the_sweepers_own_documents_are_no_job(store, blobs, settings):
    take_in_missed(store, blobs, settings, NOW)
    with pytest.raises(NotFound):
        view(store, tenant_id="_system", job_id="sweep")
