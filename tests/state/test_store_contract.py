"""The contract of a state store, held by every kind of store."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from opal.state.containers import Container
from opal.state.contract import (
    MAX_BATCH,
    MAX_PATCH,
    AlreadyExists,
    ChangedMeanwhile,
    Condition,
    ConditionFailed,
    ContinuationInvalid,
    Create,
    Delete,
    Missing,
    Operation,
    Partition,
    Patch,
    Replace,
    StateStore,
    Stored,
)

HERE = Partition("demo", "summer")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
THREADS = 8


def document(id: str, partition: Partition = HERE, **fields: Any) -> dict[str, Any]:
    return {"id": id, "kind": "item", **partition._asdict(), **fields}


def due_in(minutes: float) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat()


def fill(store: StateStore, ids: list[str], partition: Partition = HERE, **fields: Any) -> None:
    for start in range(0, len(ids), MAX_BATCH):
        batch = ids[start : start + MAX_BATCH]
        store.write(partition, [Create(document(id, partition, **fields)) for id in batch])


def at_once(work: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """What `work` returns or raises in each thread, all let go at the same moment."""
    barrier = Barrier(threads)

    def run(number: int) -> Any:
        barrier.wait()
        try:
            return work(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


# Reading and the three writes.


def test_a_document_reads_back_as_written(store):
    written = document("a", text="ä€😀", number=1.5, nested={"list": [1, None, True]})
    store.write(HERE, [Create(written)])
    assert store.read(HERE, "a").document == written


def test_a_document_that_was_never_written_reads_as_none(store):
    assert store.read(HERE, "a") is None


def test_create_refuses_an_id_that_is_taken(store):
    store.write(HERE, [Create(document("a", n=1))])
    with pytest.raises(AlreadyExists):
        store.write(HERE, [Create(document("a", n=2))])
    assert store.read(HERE, "a").document["n"] == 1


def test_replace_with_the_current_etag_writes(store):
    [stored] = store.write(HERE, [Create(document("a", n=1, old=True))])
    store.write(HERE, [Replace(document("a", n=2), stored.etag)])
    assert store.read(HERE, "a").document == document("a", n=2)


def test_replace_with_an_old_etag_is_refused(store):
    [first] = store.write(HERE, [Create(document("a", n=1))])
    store.write(HERE, [Replace(document("a", n=2), first.etag)])
    with pytest.raises(ChangedMeanwhile):
        store.write(HERE, [Replace(document("a", n=3), first.etag)])
    assert store.read(HERE, "a").document["n"] == 2


def test_replace_of_a_missing_document_is_refused(store):
    with pytest.raises(Missing):
        store.write(HERE, [Replace(document("a"), "etag")])


def test_patch_adds_and_sets_without_touching_the_rest(store):
    store.write(HERE, [Create(document("a", counters={"x": 1, "y": 5}, name="old", rest=[1]))])
    [stored] = store.write(
        HERE, [Patch("a", add={"/counters/x": 2, "/counters/y": -6}, set={"/name": None})]
    )
    expected = document("a", counters={"x": 3, "y": -1}, name=None, rest=[1])
    assert stored.document == expected
    assert store.read(HERE, "a").document == expected


def test_patch_adds_to_a_field_that_is_not_there_as_if_it_were_zero(store):
    store.write(HERE, [Create(document("a", counters={}))])
    store.write(HERE, [Patch("a", add={"/counters/new": 4})])
    assert store.read(HERE, "a").document["counters"] == {"new": 4}


def test_patch_of_a_missing_document_is_refused(store):
    with pytest.raises(Missing):
        store.write(HERE, [Patch("a", add={"/n": 1})])


@pytest.mark.parametrize("path", ["/nowhere/x", "/n/x", "/counters/deep/x"])
def test_patch_of_a_path_without_a_parent_is_refused(store, path):
    before = document("a", n=1, counters={})
    store.write(HERE, [Create(before)])
    with pytest.raises(ValueError, match=path):
        store.write(HERE, [Patch("a", add={"/n": 1}, set={path: 1})])
    assert store.read(HERE, "a").document == before


@pytest.mark.parametrize("value", ["text", None, [1]])
def test_patch_adds_only_to_numbers(store, value):
    store.write(HERE, [Create(document("a", field=value))])
    with pytest.raises(ValueError, match="/field"):
        store.write(HERE, [Patch("a", add={"/field": 1})])


def test_every_write_gives_a_new_etag_and_reads_give_the_last(store):
    [created] = store.write(HERE, [Create(document("a", n=1))])
    [replaced] = store.write(HERE, [Replace(document("a", n=1), created.etag)])
    [patched] = store.write(HERE, [Patch("a", set={"/n": 1})])
    assert len({created.etag, replaced.etag, patched.etag}) == 3
    assert store.read(HERE, "a").etag == patched.etag


def test_delete_removes_the_document_and_answers_an_empty_one(store):
    [stored] = store.write(HERE, [Create(document("a"))])
    assert store.write(HERE, [Delete("a", stored.etag)]) == [Stored({}, "")]
    assert store.read(HERE, "a") is None
    assert store.page(HERE, "item", 10).documents == ()


def test_delete_with_an_old_etag_is_refused(store):
    [first] = store.write(HERE, [Create(document("a", n=1))])
    [second] = store.write(HERE, [Patch("a", add={"/n": 1})])
    with pytest.raises(ChangedMeanwhile):
        store.write(HERE, [Delete("a", first.etag)])
    assert store.read(HERE, "a") == second


def test_delete_of_a_missing_document_is_refused(store):
    with pytest.raises(Missing):
        store.write(HERE, [Delete("a", "etag")])


def test_an_id_is_free_again_after_its_document_was_deleted(store):
    [stored] = store.write(HERE, [Create(document("a", n=1))])
    store.write(HERE, [Delete("a", stored.etag)])
    store.write(HERE, [Create(document("a", n=2))])
    assert store.read(HERE, "a").document["n"] == 2


# Patches with conditions.


@pytest.mark.parametrize("path", ["/nowhere/n", "/text/n", "/true", "/text"])
def test_a_condition_whose_path_leads_to_no_number_does_not_hold(store, path):
    store.write(HERE, [Create(document("a", text="5", true=True))])
    with pytest.raises(ConditionFailed):
        store.write(HERE, [Patch("a", set={"/x": 1}, where=(Condition(path, ">=", 0),))])


@pytest.mark.parametrize(
    ("relation", "number", "holds"),
    [(">=", 5, True), (">=", 6, False), ("<=", 5, True), ("<=", 4, False), (">=", -1, True)],
)
def test_a_patch_is_applied_only_where_its_condition_holds(store, relation, number, holds):
    before = document("a", counters={"n": 5})
    store.write(HERE, [Create(before)])
    patch = Patch("a", add={"/counters/n": 1}, where=(Condition("/counters/n", relation, number),))
    if holds:
        store.write(HERE, [patch])
        assert store.read(HERE, "a").document["counters"] == {"n": 6}
    else:
        with pytest.raises(ConditionFailed):
            store.write(HERE, [patch])
        assert store.read(HERE, "a").document == before


def test_a_condition_looks_at_the_document_before_the_patch(store):
    store.write(HERE, [Create(document("a", n=5))])
    [stored] = store.write(HERE, [Patch("a", add={"/n": -5}, where=(Condition("/n", ">=", 5),))])
    assert stored.document["n"] == 0


def test_all_conditions_of_a_patch_must_hold(store):
    store.write(HERE, [Create(document("a", n=5, m=5))])
    where = (Condition("/n", ">=", 5), Condition("/m", ">=", 6))
    with pytest.raises(ConditionFailed):
        store.write(HERE, [Patch("a", add={"/n": 1}, where=where)])


@pytest.mark.parametrize("fields", [{}, {"n": "5"}, {"n": None}, {"n": [5]}])
def test_a_condition_on_what_is_no_number_does_not_hold(store, fields):
    store.write(HERE, [Create(document("a", **fields))])
    for relation in (">=", "<="):
        with pytest.raises(ConditionFailed):
            store.write(HERE, [Patch("a", set={"/x": 1}, where=(Condition("/n", relation, 5),))])


def test_a_patch_with_a_condition_of_a_missing_document_is_refused_as_missing(store):
    with pytest.raises(Missing):
        store.write(HERE, [Patch("a", set={"/x": 1}, where=(Condition("/n", ">=", 0),))])


def test_conditions_keep_a_balance_from_being_spent_twice(store):
    store.write(HERE, [Create(document("balance", units=50))])
    spend = Patch("balance", add={"/units": -1}, where=(Condition("/units", ">=", 1),))

    def spend_ten(_: int) -> int:
        spent = 0
        for _ in range(10):
            try:
                store.write(HERE, [spend])
                spent += 1
            except ConditionFailed:
                continue
        return spent

    assert sum(at_once(spend_ten)) == 50
    assert store.read(HERE, "balance").document["units"] == 0


# Batches.


def test_a_batch_answers_its_documents_in_order(store):
    a, d = store.write(HERE, [Create(document("a", n=0)), Create(document("d"))])
    written = store.write(
        HERE,
        [
            Create(document("b")),
            Replace(document("a", n=1), a.etag),
            Create(document("c", n=0)),
            Delete("d", d.etag),
            Patch("c", add={"/n": 7}),
        ],
    )
    assert [(s.document.get("id"), s.document.get("n")) for s in written] == [
        ("b", None),
        ("a", 1),
        ("c", 0),
        (None, None),
        ("c", 7),
    ]
    assert written[-1] == store.read(HERE, "c")


@pytest.mark.parametrize(
    ("last", "error"),
    [
        (Create(document("known")), AlreadyExists),
        (Replace(document("known", n=9), "old"), ChangedMeanwhile),
        (Replace(document("unknown"), "old"), Missing),
        (Patch("unknown", add={"/n": 1}), Missing),
        (Patch("known", set={"/no/where": 1}), ValueError),
        (Patch("known", add={"/n": 1}, where=(Condition("/n", ">=", 3),)), ConditionFailed),
        (Delete("known", "old"), ChangedMeanwhile),
        (Delete("unknown", "old"), Missing),
    ],
)
def test_a_batch_whose_last_operation_fails_writes_nothing(store, last, error):
    [known] = store.write(HERE, [Create(document("known", n=1))])
    batch: list[Operation] = [Create(document(f"new{i}")) for i in range(5)]
    with pytest.raises(error):
        store.write(HERE, [*batch, Patch("known", add={"/n": 1}), last])
    assert store.read(HERE, "known") == known
    assert [d["id"] for d in store.page(HERE, "item", 10).documents] == ["known"]


def test_a_store_goes_on_after_a_refused_batch(store):
    store.write(HERE, [Create(document("a"))])
    with pytest.raises(AlreadyExists):
        store.write(HERE, [Create(document("a"))])
    store.write(HERE, [Create(document("b"))])
    assert store.read(HERE, "b") is not None


def test_a_batch_takes_a_hundred_operations(store):
    fill(store, [f"{i:03}" for i in range(MAX_BATCH)])
    assert len(store.page(HERE, "item", 200).documents) == 100


@pytest.mark.parametrize("size", [0, 101])
def test_a_batch_beyond_its_limits_is_refused(store, size):
    with pytest.raises(ValueError, match=f"not {size}"):
        store.write(HERE, [Create(document(str(i))) for i in range(size)])
    assert store.page(HERE, "item", 200).documents == ()


def test_a_patch_takes_ten_fields_and_not_eleven(store):
    store.write(HERE, [Create(document("a"))])
    add = {f"/n{i}": 1 for i in range(MAX_PATCH - 5)}
    store.write(HERE, [Patch("a", add=add, set={f"/t{i}": "" for i in range(5)})])
    with pytest.raises(ValueError, match="10 fields"):
        store.write(HERE, [Patch("a", add=add, set={f"/t{i}": "x" for i in range(6)})])
    assert store.read(HERE, "a").document["t0"] == ""


# Pages.


def test_pages_are_stable_while_documents_are_added(store):
    """Every document that was there at the beginning comes once; none comes twice."""
    ids = [f"item.{i:03}" for i in range(250)]
    fill(store, ids)
    seen: list[str] = []
    continuation, turn = None, 0
    while True:
        page = store.page(HERE, "item", 40, continuation)
        assert len(page.documents) <= 40
        seen += [d["id"] for d in page.documents]
        continuation, turn = page.continuation, turn + 1
        if continuation is None:
            break
        fill(store, [f"item.000.{turn}", f"item.{turn:03}.new", f"item.249.{turn}"])
    assert len(seen) == len(set(seen))
    assert set(ids) <= set(seen)
    assert seen == sorted(seen)


def test_a_page_holds_one_kind_of_one_partition(store):
    other = Partition("demo", "winter")
    fill(store, ["a", "b"])
    fill(store, ["c"], other)
    store.write(HERE, [Create({**document("d"), "kind": "ignored"})])
    assert [d["id"] for d in store.page(HERE, "item", 10).documents] == ["a", "b"]


def test_the_last_page_has_no_continuation(store):
    fill(store, ["a", "b", "c"])
    assert store.page(HERE, "item", 10).continuation is None
    assert store.page(Partition("demo", "empty"), "item", 10).continuation is None


@pytest.mark.parametrize("continuation", ["", "rubbish", "after:", "{}"])
def test_an_invalid_continuation_is_refused(store, continuation):
    fill(store, ["a"])
    with pytest.raises(ContinuationInvalid):
        store.page(HERE, "item", 10, continuation)


def test_a_page_may_hold_only_one_status(store):
    for i in range(9):
        fill(store, [f"i{i}"], status=("queued", "failed", "completed")[i % 3])
    first = store.page(HERE, "item", 2, status="failed")
    assert [d["id"] for d in first.documents] == ["i1", "i4"]
    second = store.page(HERE, "item", 2, first.continuation, status="failed")
    assert ([d["id"] for d in second.documents], second.continuation) == (["i7"], None)


# The newest of a tenant.


def test_the_newest_come_first_from_all_partitions_of_the_tenant(store):
    for number, job in enumerate(["x", "y", "z", "x2", "y2"]):
        fill(store, [f"d{number}"], Partition("demo", job), sort_key=f"2026-06-0{number + 1}")
    found = store.newest(Container.JOBS, "demo", "item", 10)
    assert [d["id"] for d in found.documents] == ["d4", "d3", "d2", "d1", "d0"]
    assert found.continuation is None


def test_pages_of_the_newest_are_stable_while_newer_ones_are_added(store):
    for i in range(20):
        fill(store, [f"i{i}"], Partition("demo", f"job{i % 4}"), sort_key=f"k{i:02}")
    seen: list[str] = []
    continuation, turn = None, 0
    while True:
        found = store.newest(Container.JOBS, "demo", "item", 6, continuation)
        seen += [d["id"] for d in found.documents]
        continuation, turn = found.continuation, turn + 1
        if continuation is None:
            break
        fill(store, [f"new{turn}"], Partition("demo", f"job{turn}"), sort_key=f"z{turn}")
    assert seen == [f"i{i}" for i in range(19, -1, -1)]


def test_the_newest_are_of_one_tenant_one_kind_and_one_status(store):
    fill(store, ["mine"], sort_key="1", status="open")
    fill(store, ["other-status"], sort_key="2", status="shut")
    fill(store, ["unsorted"], status="open")
    fill(store, ["null"], status="open", sort_key=None)
    fill(store, ["theirs"], Partition("demo2", "summer"), sort_key="3", status="open")
    other_kind = {**document("other-kind", sort_key="4", status="open"), "kind": "job"}
    store.write(HERE, [Create(other_kind)])
    found = store.newest(Container.JOBS, "demo", "item", 10)
    assert [d["id"] for d in found.documents] == ["other-status", "mine"]
    found = store.newest(Container.JOBS, "demo", "item", 10, status="open")
    assert [d["id"] for d in found.documents] == ["mine"]


def test_a_page_of_the_newest_may_hold_only_one_status(store):
    for i in range(9):
        fill(store, [f"i{i}"], sort_key=f"k{i}", status=("queued", "failed", "completed")[i % 3])
    first = store.newest(Container.JOBS, "demo", "item", 2, status="failed")
    assert [d["id"] for d in first.documents] == ["i7", "i4"]
    second = store.newest(Container.JOBS, "demo", "item", 2, first.continuation, status="failed")
    assert ([d["id"] for d in second.documents], second.continuation) == (["i1"], None)


@pytest.mark.parametrize("continuation", ["", "rubbish", "after:"])
def test_an_invalid_continuation_of_the_newest_is_refused(store, continuation):
    with pytest.raises(ContinuationInvalid):
        store.newest(Container.JOBS, "demo", "item", 10, continuation)


# Containers.


def in_container(container: Container, tenant_id: str = "demo") -> Partition:
    return Partition(tenant_id, "summer", container)


@pytest.mark.parametrize("container", list(Container))
def test_every_container_keeps_its_own_documents(store, container):
    fill(store, ["same"], in_container(container), n=1)
    others = [in_container(other) for other in Container if other is not container]
    assert [store.read(other, "same") for other in others] == [None, None, None]
    assert [store.page(other, "item", 10).documents for other in others] == [(), (), ()]
    [found] = store.page(in_container(container), "item", 10).documents
    assert found == document("same", in_container(container), n=1)


@pytest.mark.parametrize("container", [c for c in Container if c is not Container.JOBS])
def test_outside_of_jobs_a_tenant_has_one_partition(store, container):
    fill(store, ["a"], Partition("demo", "x", container))
    assert store.read(Partition("demo", "y", container), "a") is not None
    assert store.read(Partition("demo", container=container), "a") is not None
    assert store.read(Partition("demo2", "x", container), "a") is None


def test_a_batch_in_another_container_happens_whole_or_not_at_all(store):
    place = in_container(Container.LEDGER)
    fill(store, ["balance"], place, units=1)
    spend = Patch("balance", add={"/units": -2}, where=(Condition("/units", ">=", 2),))
    with pytest.raises(ConditionFailed):
        store.write(place, [Create(document("entry", place)), spend])
    assert store.read(place, "entry") is None


def test_the_newest_keep_to_their_container(store):
    fill(store, ["job"], sort_key="1")
    fill(store, ["entry"], in_container(Container.LEDGER), sort_key="2")
    for container, id in [(Container.JOBS, "job"), (Container.LEDGER, "entry")]:
        found = store.newest(container, "demo", "item", 10)
        assert [d["id"] for d in found.documents] == [id]


# What is due.


def test_due_comes_from_all_partitions_longest_due_first(store):
    for tenant, job, status, minutes in [
        ("a", "x", "queued", -3),
        ("b", "x", "queued", -9),
        ("a", "y", "processing", -6),
        ("b", "y", "processing", -1),
    ]:
        place = Partition(tenant, job)
        fill(store, [f"{tenant}{job}"], place, status=status, due_at=due_in(minutes))
    found = store.due("item", ["queued", "processing"], NOON, 10)
    assert [d["id"] for d in found] == ["bx", "ay", "ax", "by"]


def test_due_compares_moments_and_not_their_spelling(store):
    fill(store, ["later"], status="queued", due_at="2026-06-01T13:30:00+02:00")
    fill(store, ["sooner"], status="queued", due_at="2026-06-01T11:00:00Z")
    fill(store, ["future"], status="queued", due_at="2026-06-01T11:59:59.9-01:00")
    assert [d["id"] for d in store.due("item", ["queued"], NOON, 10)] == ["sooner", "later"]


def test_due_keeps_to_kind_status_and_time(store):
    fill(store, ["yes"], status="processing", due_at=due_in(-1))
    fill(store, ["other-status"], status="failed", due_at=due_in(-1))
    fill(store, ["not-yet"], status="queued", due_at=due_in(1))
    fill(store, ["never"], status="queued")
    store.write(
        HERE, [Create({**document("job", status="queued", due_at=due_in(-1)), "kind": "job"})]
    )
    found = store.due("item", ["queued", "processing"], NOON, 10)
    assert [d["id"] for d in found] == ["yes"]


def test_due_answers_at_most_the_limit_and_the_longest_due_of_them(store):
    for i in range(10):
        fill(store, [f"i{i}"], status="queued", due_at=due_in(-i))
    assert [d["id"] for d in store.due("item", ["queued"], NOON, 3)] == ["i9", "i8", "i7"]


def test_due_follows_replaced_and_patched_times(store):
    fill(store, ["patched", "replaced"], status="queued", due_at=due_in(-1))
    store.write(HERE, [Patch("patched", set={"/due_at": due_in(5)})])
    stored = store.read(HERE, "replaced")
    store.write(HERE, [Replace({**stored.document, "status": "completed"}, stored.etag)])
    assert store.due("item", ["queued"], NOON, 10) == []


@pytest.mark.parametrize("container", [Container.JOBS, Container.LEDGER, Container.TENANTS])
def test_due_keeps_to_its_container_and_if_asked_to_one_tenant(store, container):
    for place in Container:
        for tenant, minutes in [("a", -1), ("b", -2), ("a", -3), ("ab", -4)]:
            id = f"{place.value}{tenant}{minutes}"
            due_at = due_in(minutes)
            fill(store, [id], in_container(place, tenant), status="open", due_at=due_at)
    everywhere = store.due("item", ["open"], NOON, 10, container=container)
    assert [d["id"].removeprefix(container) for d in everywhere] == ["ab-4", "a-3", "b-2", "a-1"]
    mine = store.due("item", ["open"], NOON, 10, container=container, tenant_id="a")
    assert [d["id"].removeprefix(container) for d in mine] == ["a-3", "a-1"]


def test_a_document_with_a_due_time_reads_back_as_written(store):
    due_at = "2026-06-01T13:30:00+02:00"
    fill(store, ["a"], status="queued", due_at=due_at)
    [patched] = store.write(HERE, [Patch("a", set={"/due_at": "2026-06-01T11:00:00Z"})])
    assert patched.document["due_at"] == "2026-06-01T11:00:00Z"
    assert store.due("item", ["queued"], NOON, 1) == [patched.document]
    assert store.page(HERE, "item", 1).documents == (patched.document,)


def test_nothing_is_due_in_no_status(store):
    fill(store, ["a"], status="queued", due_at=due_in(-1))
    assert store.due("item", [], NOON, 10) == []


# What has waited longest.


def test_what_has_waited_longest_is_found_in_whatever_partition_it_is(store):
    for minutes, job in [(3, "a"), (-5, "b"), (1, "c")]:
        fill(store, [job], Partition("demo", job), waiting_since=due_in(minutes))
    assert store.longest_waiting("item")["id"] == "b"


def test_what_does_not_wait_is_never_the_longest_waiting(store):
    fill(store, ["never"], status="completed")
    fill(store, ["no-more"], status="completed", waiting_since=None)
    assert store.longest_waiting("item") is None
    fill(store, ["waits"], status="queued", waiting_since=due_in(0))
    assert store.longest_waiting("item")["id"] == "waits"
    assert store.longest_waiting("job") is None


def test_who_waits_longest_is_told_by_moments_and_not_by_their_spelling(store):
    fill(store, ["later"], waiting_since="2026-06-01T13:30:00+02:00")
    fill(store, ["sooner"], waiting_since="2026-06-01T11:00:00Z")
    found = store.longest_waiting("item")
    assert (found["id"], found["waiting_since"]) == ("sooner", "2026-06-01T11:00:00Z")


def test_who_has_stopped_waiting_is_left_out_at_once(store):
    fill(store, ["replaced", "patched"], waiting_since=due_in(-1))
    fill(store, ["stays"], waiting_since=due_in(1))
    etag = store.read(HERE, "replaced").etag
    store.write(HERE, [Replace(document("replaced", waiting_since=None), etag)])
    store.write(HERE, [Patch("patched", set={"/waiting_since": None})])
    assert store.longest_waiting("item")["id"] == "stays"


# Expiry.


def test_a_document_disappears_when_its_time_to_live_is_over(store):
    fields = {"sort_key": "1", "status": "open", "due_at": due_in(-1)}
    fill(store, ["short"], ttl=1, **fields)
    fill(store, ["long"], ttl=3600, **{**fields, "sort_key": "2"})
    fill(store, ["endless"], **{**fields, "sort_key": "3"})
    [stored] = store.write(HERE, [Patch("short", set={"/touched": True})])
    assert store.read(HERE, "short").document["ttl"] == 1
    deadline = time.monotonic() + 10
    while store.read(HERE, "short") is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    left = {"long", "endless"}
    assert {d["id"] for d in store.page(HERE, "item", 10).documents} == left
    assert {d["id"] for d in store.newest(Container.JOBS, "demo", "item", 10).documents} == left
    assert {d["id"] for d in store.due("item", ["open"], NOON, 10)} == left
    for gone in [Patch("short", set={"/x": 1}), Delete("short", stored.etag)]:
        with pytest.raises(Missing):
            store.write(HERE, [gone])
    store.write(HERE, [Create(document("short"))])
    assert "ttl" not in store.read(HERE, "short").document


# Partitions.


def test_the_same_id_lives_apart_in_every_partition(store):
    places = [Partition("a", "x"), Partition("b", "x"), Partition("a", "y"), Partition("ax", "")]
    for place in places:
        store.write(place, [Create(document("same", place))])
    store.write(places[0], [Patch("same", set={"/touched": True})])
    for place in places:
        expected = {"touched": True} if place == places[0] else {}
        assert store.read(place, "same").document == {**document("same", place), **expected}


def test_a_batch_reaches_only_its_own_partition(store):
    other = Partition("rival", "summer")
    fill(store, ["theirs"], other)
    with pytest.raises(Missing):
        store.write(HERE, [Patch("theirs", set={"/stolen": True})])
    assert "stolen" not in store.read(other, "theirs").document


# Many at once, and coming back.


def test_increments_from_many_threads_lose_nothing(store):
    store.write(HERE, [Create(document("job", counters={"n": 0}))])

    def count(_: int) -> None:
        for _ in range(200):
            store.write(HERE, [Patch("job", add={"/counters/n": 1})])

    assert at_once(count) == [None] * THREADS
    assert store.read(HERE, "job").document["counters"]["n"] == THREADS * 200


def test_conditional_replaces_from_many_threads_lose_nothing(store):
    store.write(HERE, [Create(document("job", n=0))])

    def count(_: int) -> None:
        done = 0
        while done < 25:
            stored = store.read(HERE, "job")
            changed = {**stored.document, "n": stored.document["n"] + 1}
            try:
                store.write(HERE, [Replace(changed, stored.etag)])
                done += 1
            except ChangedMeanwhile:
                continue

    assert at_once(count) == [None] * THREADS
    assert store.read(HERE, "job").document["n"] == THREADS * 25


def test_of_many_threads_that_create_one_id_exactly_one_wins(store):
    for turn in range(20):
        answers = at_once(
            lambda number, turn=turn: store.write(HERE, [Create(document(f"{turn}", by=number))])
        )
        winners = [n for n, answer in enumerate(answers) if isinstance(answer, list)]
        losers = [a for a in answers if isinstance(a, AlreadyExists)]
        assert len(winners) == 1
        assert len(losers) == THREADS - 1
        assert store.read(HERE, f"{turn}").document["by"] == winners[0]


def test_a_store_opened_again_holds_what_was_written(open_store):
    first = open_store()
    [stored] = first.write(HERE, [Create(document("a", n=1))])
    first.close()
    second = open_store()
    assert second.read(HERE, "a") == stored
    second.write(HERE, [Replace(document("a", n=2), stored.etag)])


def test_two_stores_open_at_once_see_each_others_writes(open_store):
    first, second = open_store(), open_store()
    first.write(HERE, [Create(document("a", n=0))])
    second.write(HERE, [Patch("a", add={"/n": 1})])
    assert first.read(HERE, "a").document["n"] == 1


def test_ping_answers(store):
    store.ping()
