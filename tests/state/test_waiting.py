"""How long an item has waited for OPAL: what begins it, what ends it, and what asking costs."""

from datetime import UTC, datetime, timedelta

import pytest

from opal.documents import (
    Decision,
    Failure,
    Item,
    ItemRef,
    ItemStatus,
    ReviewRequest,
    Stage,
)
from opal.job_options import default_recipe
from opal.names import understand_drop
from opal.state.blocking import block_item, unblock_item
from opal.state.canceling import cancel_item, retry_item
from opal.state.charges import collect_charges
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.contract import Create, Partition, StateStore
from opal.state.cosmos import CosmosStore
from opal.state.deciding import decide_review
from opal.state.progress import begin_item, fail_item, renew_item
from opal.state.reviews import ask_for_review, settle_review
from opal.state.sqlite import SqliteStore
from opal.state.stages import enter_stage
from opal.state.transition import get_item, partition_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEASE = 60.0
MUG = understand_drop("demo/summer/mug.jpg")
HERE = partition_of(MUG)
BROKEN = Failure(code="photo_corrupt", message="The photo can't be read.")
BROKE = Failure(code="credits_insufficient", message="Not enough.")


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def mug(store: StateStore) -> ItemRef:
    """An item that was queued at noon."""
    job = ensure_job(store, MUG, default_recipe, "trace", NOON)
    item = claim_item(store, job, MUG, Source("etag", 1000), NOON, LEASE)
    assert item is not None
    return ItemRef.of(item)


def item_of(store: StateStore) -> Item:
    item = get_item(store, HERE, MUG.item_id)
    assert item is not None
    return item


def since(store: StateStore) -> datetime | None:
    """What the store says of who has waited longest; there is but one item."""
    found = store.longest_waiting("item")
    assert (found is None) == (item_of(store).waiting_since is None)
    return Item.parse(found).waiting_since if found else None


def question(ref: ItemRef) -> ReviewRequest:
    return ReviewRequest(item=ref, about="cutout", subject="5f" * 32, reasons=("x",), pictures=())


def test_an_item_waits_from_when_it_is_queued_however_often_its_lease_is_renewed(store, mug):
    assert since(store) == NOON
    renew_item(store, item_of(store), after(1), LEASE, restart=True)
    begin_item(store, mug, after(2), LEASE)
    enter_stage(store, mug, Stage.SEGMENT, after(3), LEASE)
    renew_item(store, item_of(store), after(4), LEASE, restart=False)
    begin_item(store, mug, after(5), LEASE)
    assert since(store) == NOON


@pytest.mark.parametrize("end", ["failed", "canceled"])
def test_an_item_that_has_ended_waits_no_more_and_waits_anew_when_it_is_retried(store, mug, end):
    if end == "failed":
        fail_item(store, mug, BROKEN, "inspect_photo", after(1), LEASE)
    else:
        cancel_item(store, HERE, mug.item_id, after(1), LEASE)
    assert since(store) is None
    retry_item(store, HERE, mug.item_id, after(9), LEASE)
    assert since(store) == after(9)


def test_the_time_that_a_person_takes_is_not_waiting(store, mug):
    begin_item(store, mug, after(1), LEASE)
    ask_for_review(store, question(mug), after(2), after(10_000), LEASE)
    assert since(store) is None
    decision = Decision(verdict="approve", by="person", decided_at=after(5000))
    decide_review(store, HERE, mug.item_id, decision, LEASE)
    assert since(store) is None
    settle_review(store, question(mug), after(5001), LEASE, approve_late=False)
    assert item_of(store).status is ItemStatus.PROCESSING
    assert since(store) == after(5001)


def test_the_time_without_credit_is_not_waiting(store, mug):
    block_item(store, mug, BROKE, after(1), 600, LEASE)
    assert since(store) is None
    unblock_item(store, item_of(store), after(5000), LEASE)
    assert since(store) == after(5000)


def test_new_content_waits_from_when_it_came(store, mug):
    job = ensure_job(store, MUG, default_recipe, "trace", NOON)
    claim_item(store, job, MUG, Source("another", 1000), after(7), LEASE)
    assert since(store) == after(7)


# What asking costs.


def done(number: int) -> Create:
    fields = {"kind": "item", "tenant_id": "demo", "job_id": "summer", "waiting_since": None}
    return Create({"id": f"d{number:04}", "status": "completed", **fields})


def asking_costs(store: StateStore) -> float:
    with collect_charges() as charges:
        assert store.longest_waiting("item") is not None
    return float(charges.by_operation["waiting"])


def test_asking_costs_no_more_when_many_items_have_ended(cosmos_account):
    store = CosmosStore(cosmos_account)
    moment = NOON.isoformat()
    waits = {"id": "waits", "kind": "item", "tenant_id": "demo", "job_id": "summer"}
    store.write(Partition("demo", "summer"), [Create({**waits, "waiting_since": moment})])
    before = asking_costs(store)
    for hundred in range(3):
        store.write(HERE, [done(number) for number in range(hundred * 100, hundred * 100 + 100)])
    assert asking_costs(store) == before
    store.close()


def test_the_file_answers_from_an_index_that_holds_only_what_waits(tmp_path):
    store = SqliteStore(str(tmp_path / "s.sqlite"))
    store.write(HERE, [done(1)])
    asked: list[str] = []
    connection = store._connection()
    connection.set_trace_callback(asked.append)
    store.longest_waiting("item")
    connection.set_trace_callback(None)
    [query] = asked
    plan = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
    store.close()
    assert len(plan) == 1, "what it finds needs no sorting"
    assert "by_waiting" in plan[0]
