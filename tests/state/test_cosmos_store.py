"""What only the Cosmos DB store has to deal with: a busy, slow or lost account, and its shape."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from azure.cosmos import CosmosClient
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from opal.errors import DependencyDown
from opal.state.charges import collect_charges
from opal.state.containers import SPECS, Container
from opal.state.contract import (
    AlreadyExists,
    Create,
    Delete,
    Operation,
    Partition,
    Patch,
    Replace,
    StateStore,
)
from opal.state.cosmos import CosmosStore
from opal.state.cosmos_account import CosmosAccount, ensure
from tests.cosmos_server import CosmosServer, Fault
from tests.cosmos_server.partitions import place_of

HERE = Partition("demo", "summer")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
COUNT = Patch("job", add={"/n": 1})


def document(id: str, partition: Partition = HERE, **fields: object) -> dict[str, object]:
    key = {"tenant_id": partition.tenant_id, "job_id": partition.job_id}
    return {"id": id, "kind": "item", **key, **fields}


@pytest.fixture
def store(cosmos_account: CosmosAccount) -> Iterator[StateStore]:
    """A store that gives up soon, with one job in it."""
    impatient = replace(cosmos_account, retries=3, retry_wait_s=1.0)
    with closing(CosmosStore(impatient)) as opened:
        opened.write(HERE, [Create(document("job", n=0))])
        yield opened


def count(store: StateStore) -> int:
    return int(store.read(HERE, "job").document["n"])


# A busy account.


@pytest.mark.parametrize(
    ("operation", "use"),
    [
        ("read", lambda store: store.read(HERE, "job")),
        ("patch", lambda store: store.write(HERE, [COUNT])),
        ("batch", lambda store: store.write(HERE, [COUNT, Create(document("a"))])),
        ("query", lambda store: store.page(HERE, "item", 10)),
        ("query", lambda store: store.newest(Container.JOBS, "demo", "item", 10)),
        ("query", lambda store: store.due("item", ["queued"], NOON, 10)),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_account_is_asked_again(store, cosmos_server, operation, use, status):
    times = 2 if status == 429 else 1
    fault = Fault(operation, status=status, times=times, retry_after_ms=5)
    cosmos_server.faults.inject(fault)
    use(store)
    assert fault.times == 0
    assert count(store) == (operation in ("patch", "batch"))


@pytest.mark.parametrize("operations", [[COUNT], [COUNT, Create(document("a"))]])
@pytest.mark.parametrize("status", [429, 449, 503, 408, 500])
def test_an_account_that_stays_busy_is_a_dependency_that_is_down(
    store, cosmos_server, operations, status
):
    fault = Fault(path="/docs", status=status, times=1000, retry_after_ms=20)
    cosmos_server.faults.inject(fault)
    with pytest.raises(DependencyDown) as caught:
        store.write(HERE, operations)
    assert caught.value.retryable
    assert caught.value.retry_after_s == 0.02
    cosmos_server.faults.clear()
    assert count(store) == 0


@pytest.mark.parametrize("status", [429, 449])
def test_a_batch_with_one_operation_refused_for_now_is_tried_again(store, cosmos_server, status):
    fault = Fault("batch", status=status, inside=True, times=2)
    cosmos_server.faults.inject(fault)
    store.write(HERE, [COUNT, Create(document("a"))])
    assert (fault.times, count(store)) == (0, 1)


@pytest.mark.parametrize("status", [410, 429, 449, 500, 503])
def test_a_batch_that_stays_refused_is_a_dependency_that_is_down(store, cosmos_server, status):
    cosmos_server.faults.inject(Fault("batch", status=status, inside=True, times=1000))
    with pytest.raises(DependencyDown):
        store.write(HERE, [COUNT, Create(document("a"))])
    assert count(store) == 0


# Lost answers.


@pytest.mark.parametrize("operations", [[COUNT], [COUNT, Create(document("a"))]])
def test_a_write_whose_answer_was_lost_is_not_repeated(store, cosmos_server, operations):
    fault = Fault(path="/docs", drop="after", times=2)
    cosmos_server.faults.inject(fault)
    with pytest.raises(DependencyDown):
        store.write(HERE, operations)
    assert fault.times == 1
    cosmos_server.faults.clear()
    assert count(store) == 1


def test_a_create_whose_answer_was_lost_is_found_by_who_tries_again(store, cosmos_server):
    cosmos_server.faults.inject(Fault("create", drop="after"))
    with pytest.raises(DependencyDown):
        store.write(HERE, [Create(document("a"))])
    with pytest.raises(AlreadyExists):
        store.write(HERE, [Create(document("a"))])


def test_a_write_that_was_lost_before_it_was_applied_did_nothing(store, cosmos_server):
    cosmos_server.faults.inject(Fault("patch", drop="before"))
    with pytest.raises(DependencyDown):
        store.write(HERE, [COUNT])
    assert count(store) == 0


def test_a_read_whose_answer_was_lost_is_repeated(store, cosmos_server):
    cosmos_server.faults.inject(Fault("read", drop="after"))
    assert count(store) == 0


def test_an_account_that_does_not_answer_in_time_is_a_dependency_that_is_down(
    store, cosmos_account, cosmos_server
):
    with closing(CosmosStore(replace(cosmos_account, timeout_s=0.2))) as hasty:
        hasty.ping()
        fault = Fault(path="/docs", delay_s=3, times=10)
        cosmos_server.faults.inject(fault)
        begun = time.monotonic()
        for use in (lambda: hasty.read(HERE, "job"), lambda: hasty.write(HERE, [COUNT])):
            with pytest.raises(DependencyDown):
                use()
        assert time.monotonic() - begun < 2


# An account that is not there, or not ours.


def test_a_wrong_key_is_a_dependency_that_is_down(cosmos_account):
    with pytest.raises(DependencyDown, match="401"):
        CosmosStore(replace(cosmos_account, key="d3Jvbmcga2V5"))


def test_the_key_is_not_shown(cosmos_account):
    assert cosmos_account.key not in repr(cosmos_account)


def test_a_store_goes_on_when_its_account_comes_back(tmp_path):
    first = CosmosServer(str(tmp_path / "cosmos.sqlite"))
    first.start()
    port = int(first.url.rstrip("/").rpartition(":")[2])
    account = CosmosAccount(first.url, "opal", first.key, retries=1)
    ensure(account)
    with closing(CosmosStore(account)) as store:
        store.write(HERE, [Create(document("job", n=0))])
        first.stop()
        with pytest.raises(DependencyDown):
            store.write(HERE, [COUNT])
        with pytest.raises(DependencyDown):
            CosmosStore(account)
        second = CosmosServer(str(tmp_path / "cosmos.sqlite"), port, first.key)
        second.start()
        store.write(HERE, [COUNT])
        assert count(store) == 1
        second.stop()


def test_a_store_creates_nothing_by_itself(cosmos_server):
    account = CosmosAccount(cosmos_server.url, "nowhere", cosmos_server.key)
    with closing(CosmosStore(account)) as store:
        with pytest.raises(DependencyDown, match="no container jobs"):
            store.read(HERE, "job")
        with pytest.raises(DependencyDown):
            store.ping()
        with pytest.raises(DependencyDown):
            store.write(HERE, [COUNT])
    with (
        CosmosClient(cosmos_server.url, cosmos_server.key) as client,
        pytest.raises(CosmosResourceNotFoundError),
    ):
        client.get_database_client("nowhere").read()


def test_a_container_that_was_lost_is_not_taken_for_a_missing_document(store, cosmos_server):
    cosmos_server.faults.inject(Fault("read", status=404, substatus=1003))
    with pytest.raises(DependencyDown):
        store.read(HERE, "job")


def test_an_account_of_weak_consistency_is_warned_of(cosmos_account, cosmos_server, caplog):
    cosmos_server.consistency = "Session"
    with caplog.at_level(logging.WARNING), closing(CosmosStore(cosmos_account)) as store:
        assert "consistency is Session" in caplog.text
        store.write(HERE, [Create(document("job", n=0)), COUNT])
        assert count(store) == 1
    cosmos_server.consistency = "Strong"
    caplog.clear()
    CosmosStore(cosmos_account).close()
    assert caplog.text == ""


# What is created.


def test_ensure_again_changes_nothing(cosmos_account, store):
    ensure(cosmos_account)
    assert count(store) == 0


def test_containers_are_made_as_specified(cosmos_account, cosmos_server):
    with CosmosClient(cosmos_server.url, cosmos_server.key) as client:
        database = client.get_database_client(cosmos_account.database)
        for spec in SPECS:
            made = database.get_container_client(spec.name.value).read()
            assert tuple(made["partitionKey"]["paths"]) == spec.partition_key
            assert made["indexingPolicy"] == spec.indexing_policy
            assert made["defaultTtl"] == -1


# Documents and where they lie.


@pytest.mark.parametrize("others", [[], [Create(document("b"))]])
@pytest.mark.parametrize(
    "elsewhere", [Partition("rival", "summer"), Partition("demo", "winter"), Partition("demo", "")]
)
def test_a_document_of_another_partition_is_refused(store, others, elsewhere):
    stray = document("a", elsewhere)
    with pytest.raises(ValueError, match="does not belong"):
        store.write(HERE, [*others, Create(stray)])
    stored = store.read(HERE, "job")
    with pytest.raises(ValueError, match="does not belong"):
        store.write(HERE, [*others, Replace({**stray, "id": "job"}, stored.etag)])
    assert store.read(elsewhere, "a") is None
    assert store.read(HERE, "job") == stored


@pytest.mark.parametrize("id", ["a/b", "a\\b", "a?b", "a#b", "x" * 1024, ""])
@pytest.mark.parametrize("others", [[], [Create(document("b"))]])
def test_an_id_that_the_service_forbids_is_refused(store, id, others):
    with pytest.raises(ValueError):
        store.write(HERE, [*others, Create(document(id))])
    assert store.read(HERE, "b") is None


@pytest.mark.parametrize("others", [[], [Create(document("b"))]])
def test_a_document_beyond_the_services_size_is_refused(store, others):
    with pytest.raises(ValueError, match="413"):
        store.write(HERE, [*others, Create(document("a", text="x" * 2_100_000))])
    store.write(HERE, [*others, Create(document("a", text="x" * 1_000_000))])


def test_a_list_longer_than_one_answer_of_the_service_is_whole(store):
    for i in range(6):
        store.write(HERE, [Create(document(f"i{i}", text="x" * 1_000_000, sort_key=f"k{i}"))])
    listed = store.page(HERE, "item", 10).documents
    assert [d["id"] for d in listed] == ["i0", "i1", "i2", "i3", "i4", "i5", "job"]
    newest = store.newest(Container.JOBS, "demo", "item", 10).documents
    assert [d["id"] for d in newest] == ["i5", "i4", "i3", "i2", "i1", "i0"]


def test_lists_are_in_order_when_a_tenant_is_split_over_physical_partitions(
    store, cosmos_account, cosmos_server
):
    """Hash order is not sort order, so the parts have to be merged."""
    jobs = [Partition("demo", f"job{i}") for i in range(12)]
    for number, job in enumerate(jobs):
        fields = {"sort_key": f"k{number:02}", "status": "open"}
        due_at = datetime(2026, 6, 1, 11, number, tzinfo=UTC).isoformat()
        store.write(job, [Create(document(f"d{number}", job, due_at=due_at, **fields))])
    places = sorted(place_of("MultiHash", ("demo", job.job_id)) for job in jobs)
    for place in (places[4], places[8]):
        cosmos_server.split(cosmos_account.database, "jobs", place)
    seen: list[str] = []
    continuation = None
    while True:
        page = store.newest(Container.JOBS, "demo", "item", 5, continuation)
        seen += [d["id"] for d in page.documents]
        if (continuation := page.continuation) is None:
            break
    assert seen == [f"d{i}" for i in range(11, -1, -1)]
    for tenant in ("demo", None):
        due = store.due("item", ["open"], NOON, 7, tenant_id=tenant)
        assert [d["id"] for d in due] == [f"d{i}" for i in range(7)]


def test_lists_of_a_tenant_ask_for_the_tenant_wherever_they_look(store, cosmos_server):
    """A prefix of a key only says where to look, and others' documents may lie there too."""
    for use in (
        lambda: store.newest(Container.JOBS, "demo", "item", 5),
        lambda: store.due("item", ["open"], NOON, 5, tenant_id="demo"),
    ):
        asked = Fault("query", text="c.tenant_id = @tenant", status=429, retry_after_ms=1)
        cosmos_server.faults.inject(asked)
        use()
        assert asked.times == 0


def test_a_store_follows_a_split_that_happens_while_it_is_open(
    store, cosmos_account, cosmos_server
):
    store.write(HERE, [Create(document("a", status="open", due_at=NOON.isoformat(), sort_key="1"))])
    for _ in range(2):
        later = NOON.replace(hour=13)
        assert [d["id"] for d in store.due("item", ["open"], later, 5)] == ["a"]
        assert len(store.newest(Container.JOBS, "demo", "item", 5).documents) == 1
        cosmos_server.split(cosmos_account.database, "jobs", place_of("MultiHash", ("demo",)))


# Charges.


def charged(store: StateStore, operation: Operation) -> float:
    with collect_charges() as charges:
        store.write(HERE, [operation])
    assert list(charges.by_operation) == ["write"]
    return charges.total


def test_every_operation_records_what_it_cost(store):
    store.newest(Container.JOBS, "demo", "item", 1)
    with collect_charges() as charges:
        store.read(HERE, "job")
        store.read(HERE, "missing")
        store.page(HERE, "item", 10)
        store.newest(Container.JOBS, "demo", "item", 10)
        store.due("item", ["queued"], NOON, 10)
    spent = charges.by_operation
    assert spent["read"] == 2
    assert set(spent) == {"read", "page", "newest", "due"}
    assert all(2 < spent[name] < 10 for name in ("page", "newest", "due"))
    assert charges.total == pytest.approx(sum(spent.values()))


def test_writes_record_what_they_cost_and_refused_ones_too(store):
    created = charged(store, Create(document("a")))
    assert 5 < created < 7
    assert charged(store, COUNT) > created
    assert charged(store, Delete("a", store.read(HERE, "a").etag)) == pytest.approx(created)
    for operations in ([Create(document("job"))], [COUNT, Create(document("job"))]):
        with collect_charges() as charges, pytest.raises(AlreadyExists):
            store.write(HERE, operations)
        assert charges.by_operation["write"] > 0


def test_a_batch_costs_the_sum_of_its_operations(store):
    with collect_charges() as charges:
        store.write(HERE, [Create(document("a")), COUNT])
    alone = charged(store, Create(document("b"))) + charged(store, COUNT)
    assert charges.total == pytest.approx(alone)


def test_lists_cost_what_they_answer_and_not_what_there_is(store):
    """Every condition and order of a list is served by the index of its container."""
    costs = []
    for turn in range(2):
        with collect_charges() as charges:
            store.page(HERE, "item", 5)
            store.newest(Container.JOBS, "demo", "item", 5, status="open")
            store.due("item", ["open"], NOON, 5, tenant_id="demo")
        costs.append(charges.total)
        fields = {"status": "open", "due_at": NOON.isoformat()}
        batch = [Create(document(f"{turn}.{i}", sort_key=f"{i}", **fields)) for i in range(100)]
        store.write(HERE, batch)
    assert costs[1] < costs[0] + 3
