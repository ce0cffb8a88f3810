"""A job of ten thousand items: asking how far it is costs what it costs for ten."""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from opal.api.job_view import job_page, job_view
from opal.api.jobs import JobQuery, JobsQuery
from opal.documents import Json
from opal.state import StateStore, get_store
from opal.state.contract import Create, Operation, Page, Partition, Patch, Stored
from opal.state.counting import CountingStore
from tests.api.shop import Shop, ok, reference

SMALL, LARGE, PAGE = 10, 10_000, 10
A_BATCH = 99


class Questions(CountingStore):
    """Another store, and what it was asked: how often, and for how many documents."""

    def __init__(self, inner: StateStore) -> None:
        super().__init__(inner)
        self.asked: Counter[str] = Counter()
        self.documents = 0

    def read(self, partition: Partition, id: str) -> Stored | None:
        self.asked["read"] += 1
        self.documents += 1
        return super().read(partition, id)

    def write(self, partition: Partition, operations: Sequence[Operation]) -> list[Stored]:
        raise AssertionError("a question writes nothing")

    def page(self, *args: Any, **options: Any) -> Page:
        return self._counted("page", super().page(*args, **options))

    def newest(self, *args: Any, **options: Any) -> Page:
        return self._counted("newest", super().newest(*args, **options))

    def due(self, *args: Any, **options: Any) -> list[Json]:
        raise AssertionError("a question has nothing to ask of all partitions")

    def _counted(self, name: str, found: Page) -> Page:
        self.asked[name] += 1
        self.documents += len(found.documents)
        return found


def grown(shop: Shop, size: int) -> Json:
    """A job with a finished item and copies of it."""
    job = shop.finished_job("mug-00000.jpg", "mug-00001.jpg")
    partition, [where, _] = shop.partition(job), [reference(job, n)["item_id"] for n in (0, 1)]
    stored = get_store().read(partition, f"item.{where}")
    assert stored is not None
    numbers = iter(range(2, size))
    while batch := list(itertools.islice(numbers, A_BATCH)):
        copies = [Create(copy(stored.document, number)) for number in batch]
        counted = {"/counters/total": len(batch), "/counters/completed": len(batch)}
        get_store().write(partition, [*copies, Patch("job", add=counted)])
    return job


def copy(item: Json, number: int) -> Json:
    item_id = f"{number:05d}{item['item_id'][4:]}"
    filename = f"mug-{number:05d}.jpg"
    return {**item, "id": f"item.{item_id}", "item_id": item_id, "filename": filename}


@pytest.fixture(scope="module")
def jobs(server: Any, connection: Any) -> tuple[Shop, dict[int, Json]]:
    shop = Shop(server.url, connection)
    return shop, {size: grown(shop, size) for size in (SMALL, LARGE)}


def test_the_large_job_is_as_large_as_it_says(jobs: tuple[Shop, dict[int, Json]]) -> None:
    shop, made = jobs
    shown = shop.job(made[LARGE]["job_id"], limit=1)
    assert shown["counters"]["total"] == shown["counters"]["completed"] == LARGE
    seen: set[str] = set()
    continuation = None
    while continuation is not None or not seen:
        page = shop.job(made[LARGE]["job_id"], limit=200, continuation=continuation)
        seen |= {item["filename"] for item in page["items"]}
        continuation = page["continuation"]
    assert len(seen) == LARGE


@pytest.mark.parametrize("query", [{}, {"status": "completed"}, {"status": "failed"}])
def test_its_view_asks_the_store_no_more(
    jobs: tuple[Shop, dict[int, Json]], query: dict[str, str]
) -> None:
    shop, made = jobs
    costs = []
    for job in made.values():
        store = Questions(get_store())
        job_view(store, shop.name, job["job_id"], JobQuery.parse({**query, "limit": PAGE}))
        costs.append((dict(store.asked), store.documents))
    assert costs[0] == costs[1]
    assert costs[0][0] == {"read": 1, "page": 1}


def test_listing_it_reads_the_jobs_alone(jobs: tuple[Shop, dict[int, Json]]) -> None:
    shop, _ = jobs
    store = Questions(get_store())
    assert len(job_page(store, shop.name, JobsQuery()).jobs) == 2
    assert (dict(store.asked), store.documents) == ({"newest": 1}, 2)


def test_its_answer_is_no_larger(jobs: tuple[Shop, dict[int, Json]]) -> None:
    shop, made = jobs
    bytes_of = {}
    for size, job in made.items():
        answer = shop.get(f"/v1/jobs/{job['job_id']}", params={"limit": PAGE})
        assert len(ok(answer)["items"]) == PAGE
        bytes_of[size] = len(answer.content)
    assert bytes_of[LARGE] == pytest.approx(bytes_of[SMALL], rel=0.1)
