"""What the sweeper tells about the whole service, and what the store's writes tell of failures."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from opal.blobs import Blobs, get_blobs
from opal.documents import (
    CompleteItem,
    DeliverWebhook,
    Failure,
    InspectedPhoto,
    ItemRef,
    ReviewRequest,
)
from opal.errors import DependencyDown
from opal.job_options import default_recipe
from opal.names import DEAD_LETTERS, understand_drop
from opal.settings import Settings
from opal.state import StateStore, get_store
from opal.state.blocking import block_item
from opal.state.canceling import cancel_item
from opal.state.claims import Source, claim_item, ensure_job, requeue_item
from opal.state.contract import Replace
from opal.state.counting import CountingStore
from opal.state.jobs import set_recipe
from opal.state.progress import begin_item, complete_item, fail_item
from opal.state.reviews import ask_for_review
from opal.state.sqlite import SqliteStore
from opal.state.transition import get_item, partition_of, require_item
from opal.telemetry.standing import KEPT_S, Standing
from opal.watching import DEAD_LETTERS_COUNTED, look_at_dead_letters, look_at_waiting
from opal.webhooks.attempting import attempt_delivery
from opal.webhooks.outbox import start_of_delivery
from opal.webhooks.resting import Resting
from opal.webhooks.sending import Sender
from tests.telemetry.recorder import Counted, Recorder
from tests.webhooks import pipeline
from triggers import sweep

DROP = understand_drop("shop/autumn/chair.jpg")
HERE = partition_of(DROP)
TRACE = "0af7651916cd43dd8448eb211c80319c"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEASE = 60.0


class Engine:
    """An engine that has forgotten everything, and starts nothing."""

    async def get_status(self, instance_id: str) -> Any:
        return SimpleNamespace(runtime_status=None)

    async def start_new(self, name: str, instance_id: str, payload: Any) -> None:
        pass


@pytest.fixture
def tick(app: None) -> Any:
    """Lets the timer fire."""
    [builder] = sweep.bp._function_builders
    function = builder._function.get_user_function().client_function
    return lambda: asyncio.run(function(None, Engine()))


@pytest.fixture
def no_dead_letters(blobs: Blobs) -> Iterator[None]:
    """The container goes when the test does: on one machine there is none."""
    yield
    blobs.container(DEAD_LETTERS).delete_container()


def take(
    store: StateStore,
    name: str = "chair.jpg",
    at: datetime = NOW,
    failure: Failure | None = None,
    job: str = "autumn",
) -> ItemRef:
    drop = understand_drop(f"shop/{job}/{name}")
    found = ensure_job(store, drop, default_recipe, TRACE, at)
    claim_item(store, found, drop, Source(f"etag {at}", 1000), at, LEASE, failure)
    item = get_item(store, partition_of(drop), drop.item_id)
    assert item is not None
    return ItemRef.of(item)


def failing(code: str) -> Failure:
    return Failure(code=code, message="It can't be used.")


def gauge(counted: Counted, name: str) -> float | None:
    return counted.after.get(name, {}).get(())


# Waiting.


def waiting_after(recorder: Recorder, tick: Any) -> float | None:
    with recorder.counting() as counted:
        tick()
    return gauge(counted, "opal_oldest_waiting_seconds")


def test_a_sweep_tells_how_long_the_oldest_item_has_waited(recorder: Recorder, tick: Any) -> None:
    store, now = get_store(), datetime.now(UTC)
    take(store, "chair.jpg", now - timedelta(minutes=20))
    take(store, "table.jpg", now - timedelta(minutes=40), job="winter")
    assert waiting_after(recorder, tick) == pytest.approx(2400, abs=20)
    assert waiting_after(recorder, tick) == pytest.approx(2400, abs=20), "leases were renewed"


def test_a_sweep_that_finds_nothing_waiting_says_nought(recorder: Recorder, tick: Any) -> None:
    take(get_store(), failure=failing("photo_truncated"))
    assert waiting_after(recorder, tick) == 0


def test_who_waits_for_a_person_or_for_credit_is_not_counted(recorder: Recorder, app: None) -> None:
    store = get_store()
    asked, poor = take(store, "asked.jpg"), take(store, "poor.jpg")
    begin_item(store, asked, NOW, LEASE)
    question = ReviewRequest(
        item=asked, about="cutout", subject="5f" * 32, reasons=("x",), pictures=()
    )
    ask_for_review(store, question, NOW, NOW + timedelta(days=7), LEASE)
    block_item(store, poor, failing("credits_insufficient"), NOW, 600, LEASE)
    with recorder.counting() as counted:
        look_at_waiting(store, NOW + timedelta(days=1))
    assert gauge(counted, "opal_oldest_waiting_seconds") == 0


def test_an_item_that_can_not_be_read_waits_too_and_fails_no_sweep(
    recorder: Recorder, tick: Any
) -> None:
    store, now = get_store(), datetime.now(UTC)
    take(store, at=now - timedelta(minutes=20))
    stored, item = require_item(store, HERE, DROP.item_id)
    damaged = {**item.dump(), "revision": "the first"}
    store.write(HERE, [Replace(damaged, stored.etag)])
    assert waiting_after(recorder, tick) == pytest.approx(1200, abs=20)


# Dead letters.


@pytest.mark.usefixtures("tick")
def test_without_a_container_there_are_no_dead_letters(recorder: Recorder) -> None:
    with recorder.counting() as counted:
        look_at_dead_letters(get_blobs())
    assert gauge(counted, "opal_dead_letters") == 0


@pytest.mark.usefixtures("no_dead_letters")
def test_a_sweep_counts_the_dead_letters(recorder: Recorder, blobs: Blobs, tick: Any) -> None:
    blobs.ensure_containers([DEAD_LETTERS])
    for number in range(3):
        blobs.write(f"{DEAD_LETTERS}/topic/{number}.json", b"[]", "application/json")
    with recorder.counting() as counted:
        tick()
    assert gauge(counted, "opal_dead_letters") == 3


def test_no_more_dead_letters_are_counted_than_one_page_holds(recorder: Recorder) -> None:
    class Many:
        def page(self, container: str, continuation: None, size: int) -> tuple[list[int], str]:
            return list(range(size)), "more"

    with recorder.counting() as counted:
        look_at_dead_letters(Many())  # type: ignore[arg-type]
    assert gauge(counted, "opal_dead_letters") == DEAD_LETTERS_COUNTED


# Figures of an instance that sweeps no more.


def test_a_figure_stands_for_a_while_and_then_there_is_none() -> None:
    moment = [0.0]
    standing = Standing(lambda: moment[0])
    options: Any = None
    assert list(standing.observe(options)) == []
    standing.set(7)
    moment[0] = KEPT_S - 1
    assert [seen.value for seen in standing.observe(options)] == [7]
    moment[0] = KEPT_S
    assert list(standing.observe(options)) == []
    standing.set(0)
    assert [seen.value for seen in standing.observe(options)] == [0]


# Sweeps.


def test_every_sweep_is_counted_and_one_that_failed_is_told(
    recorder: Recorder, settings: Settings, tick: Any
) -> None:
    with recorder.counting() as counted:
        tick()
        tick()
        with closing(sqlite3.connect(settings.state_path)) as connection:
            connection.execute("DROP TABLE documents")
        with pytest.raises(DependencyDown):
            tick()
    assert counted("opal_sweeps_total") == {("done",): 2, ("failed",): 1}


def test_a_sweep_that_could_not_look_leaves_no_figure_of_its_own(
    recorder: Recorder, app: None
) -> None:
    class Down(SqliteStore):
        def longest_waiting(self, kind: str) -> None:
            raise DependencyDown("The state store did not answer.")

    with recorder.counting() as counted, pytest.raises(DependencyDown):
        look_at_waiting(Down(":memory:"), NOW)
    name = "opal_oldest_waiting_seconds"
    assert gauge(counted, name) == counted.before.get(name, {}).get(())


# Failures, and what is given up.


@pytest.fixture
def counted_store(store: StateStore) -> CountingStore:
    return CountingStore(store)


@pytest.mark.parametrize(
    ("code", "labels"),
    [
        ("photo_truncated", ("input", "photo_truncated")),
        ("no_product_found", ("input", "no_product_found")),
        ("endpoint_timeout", ("service", "endpoint_timeout")),
        ("internal_error", ("service", "internal_error")),
        ("my summer photo.jpg", ("service", "other")),
    ],
)
def test_a_failed_item_is_counted_by_its_code_and_by_whose_fault_it_is(
    recorder: Recorder, counted_store: CountingStore, code: str, labels: tuple[str, str]
) -> None:
    ref = take(counted_store)
    with recorder.counting() as counted:
        fail_item(counted_store, ref, failing(code), "inspect_photo", NOW, LEASE)
        fail_item(counted_store, ref, failing(code), "inspect_photo", NOW, LEASE)
    assert counted("opal_item_failures_total") == {labels: 1}
    assert counted("opal_items_total") == {("failed",): 1}
    assert counted("opal_given_up_total") == {}


def test_failures_are_as_many_as_failed_items_whichever_way_they_failed(
    recorder: Recorder, counted_store: CountingStore
) -> None:
    bad = failing("recipe_invalid")
    with recorder.counting() as counted:
        take(counted_store, "broken.jpg", failure=failing("photo_empty"))
        take(counted_store, "fine.jpg")
        job = set_recipe(counted_store, HERE, None, bad, "v1", NOW)
        for name in ("broken.jpg", "fine.jpg"):
            item_id = understand_drop(f"shop/autumn/{name}").item_id
            requeue_item(counted_store, job, item_id, NOW, LEASE)
    assert counted("opal_item_failures_total") == {
        ("input", "photo_empty"): 1,
        ("input", "recipe_invalid"): 1,
    }
    assert counted("opal_items_total") == {("failed",): 2}


def test_an_item_that_ended_otherwise_is_no_failure(
    recorder: Recorder, counted_store: CountingStore
) -> None:
    completed, _ = take(counted_store, "a.jpg"), take(counted_store, "chair.jpg")
    done = CompleteItem(item=completed, photo=InspectedPhoto(), stages={}, outputs=())
    with recorder.counting() as counted:
        complete_item(counted_store, done, NOW, LEASE)
        cancel_item(counted_store, HERE, DROP.item_id, NOW, LEASE)
    assert counted("opal_items_total") == {("completed",): 1, ("canceled",): 1}
    assert counted("opal_item_failures_total") == {}


def test_an_item_that_is_restarted_too_often_is_given_up_by_the_sweep(
    recorder: Recorder, tick: Any
) -> None:
    store = get_store()
    take(store)
    stored, item = require_item(store, HERE, DROP.item_id)
    spent = item.model_copy(update={"restarts": 10_000})
    store.write(HERE, [Replace(spent.dump(), stored.etag)])
    with recorder.counting() as counted:
        tick()
        tick()
    assert counted("opal_given_up_total") == {("item",): 1}
    assert counted("opal_item_failures_total") == {("service", "item_stuck"): 1}


def test_a_webhook_is_given_up_when_its_last_attempt_has_failed(
    recorder: Recorder, counted_store: CountingStore, settings: Settings
) -> None:
    local = settings.model_copy(
        update={"webhook_allow_local": True, "webhook_schedule": (10.0, 100.0)}
    )
    pipeline.register(counted_store, local, "http://127.0.0.1:9/", NOW)
    [ref] = pipeline.begin_job(counted_store, NOW, "mug")
    [delivery] = pipeline.complete(counted_store, local, ref, NOW).deliveries
    work = DeliverWebhook.parse(start_of_delivery(local, delivery).payload)
    sender = Sender(timeout_s=1, allow_local=True)
    given_up = []
    for seconds in (0, 20, 200, 9999):
        with recorder.counting() as counted:
            moment = NOW + timedelta(seconds=seconds)
            attempt_delivery(counted_store, sender, Resting(), work, moment, LEASE)
        given_up.append(counted("opal_given_up_total"))
    assert given_up == [{}, {}, {("webhook",): 1}, {}]


def test_a_job_is_counted_when_it_is_made(recorder: Recorder, counted_store: CountingStore) -> None:
    with recorder.counting() as counted:
        take(counted_store, "a.jpg")
        take(counted_store, "b.jpg")
        take(counted_store, "c.jpg", job="winter")
    assert counted("opal_jobs_created_total") == {(): 2}
