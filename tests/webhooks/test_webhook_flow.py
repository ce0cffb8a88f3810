"""From the end of an item to its receiver, over the real functions, engine and sweeper."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.durable_functions as df
import pytest
from azure.durable_functions.models.utils import http_utils

from activities import complete_item, notify_webhook, start_deliveries
from local.invocation import client_binding
from opal.blobs import Blobs, get_blobs
from opal.documents import CompleteItem, InspectedPhoto, ItemOutcome, StartDeliveries
from opal.errors import DependencyDown, InternalError
from opal.settings import get_settings, load_settings
from opal.state import get_store
from opal.webhooks.delivery import DeliveryStatus
from opal.webhooks.outbox import instance_of_delivery
from orchestrations import deliver_webhook
from tests.conftest import free_port
from tests.local.serving import Served, until_true
from tests.webhooks.pipeline import TRACE, begin_job, complete, deliveries, register
from triggers import sweep

FACTORIES = (get_settings, get_store, get_blobs)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner
        runner.run(http_utils._close_session())


@pytest.fixture
def settings(azurite, tmp_path, monkeypatch):
    """The process's own settings, store and storage stand in these surroundings."""
    environment = {
        "OPAL_STORAGE": azurite,
        "OPAL_STATE_PATH": str(tmp_path / "state.sqlite"),
        "OPAL_ENDPOINT_URL": "http://127.0.0.1:9/score",
        "OPAL_LEASE": "0.2",
        "OPAL_WEBHOOK_ALLOW_LOCAL": "true",
        "OPAL_WEBHOOK_SCHEDULE": "0.05,0.1,0.2",
        "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "true",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for factory in FACTORIES:
        factory.cache_clear()
    Blobs(load_settings(environment)).ensure_containers(("raw", "work", "outputs"))
    yield get_settings()
    get_store().close()
    for factory in FACTORIES:
        factory.cache_clear()


@pytest.fixture
def store(settings):
    return get_store()


@pytest.fixture
def served(runner, settings) -> Iterator[Served]:
    """The functions of webhooks, and an orchestration `end` that ends an item as the
    pipeline's does; with `dies` it dies before anybody is told."""
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def end(context: df.DurableOrchestrationContext) -> Any:
        asked = context.get_input()
        answer = yield context.call_activity("complete_item", asked["done"])
        told = ItemOutcome.parse(answer).deliveries
        if asked["dies"]:
            raise RuntimeError("the host was killed")
        tell = StartDeliveries(trace_id=TRACE, deliveries=told)
        return (yield context.call_activity("start_deliveries", tell.dump()))

    for module in (complete_item, start_deliveries, notify_webhook, deliver_webhook, sweep):
        app.register_functions(module.bp)
    running = Served(runner, app)
    yield running
    running.close()


def ending(ref, *, dies: bool = False) -> dict[str, Any]:
    done = CompleteItem(item=ref, photo=InspectedPhoto(sha256="00"), stages={}, outputs=())
    return {"done": done.dump(), "dies": dies}


async def end_item(served: Served, ref, **how: bool) -> Any:
    await served.client.start_new("end", f"end-{ref.item_id}", ending(ref, **how))
    return await served.ended(f"end-{ref.item_id}")


def test_an_item_that_ends_is_told_to_its_receiver(served, store, settings, receiver, now):
    endpoint = register(store, settings, receiver.url, now)
    [ref] = begin_job(store, now, "mug")

    async def scene() -> None:
        assert (await end_item(served, ref)).output == {"started": 1}
        await until_true(lambda: deliveries(store)[0].status is DeliveryStatus.DELIVERED)

    served(scene())
    [received] = receiver.received
    assert received.verified_by(endpoint.secret)["data"]["item_id"] == "mug"


def test_a_receiver_that_is_down_for_a_while_gets_it_later_under_the_same_id(
    served, store, settings, receiver, now
):
    register(store, settings, receiver.url, now)
    receiver.replies = [500, 503, 200]
    [ref] = begin_job(store, now, "mug")

    async def scene() -> None:
        await end_item(served, ref)
        await until_true(lambda: deliveries(store)[0].status is DeliveryStatus.DELIVERED)

    served(scene())
    assert len(receiver.received) == 3
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1


def test_what_nobody_started_because_the_host_died_is_delivered_by_the_sweeper(
    served, store, settings, receiver, now
):
    endpoint = register(store, settings, receiver.url, now)
    ref, _ = begin_job(store, now, "mug", "pot")

    async def scene() -> None:
        await end_item(served, ref, dies=True)
        await served.invoke("sweep", timer=None)
        assert receiver.received == []
        overdue = now + timedelta(seconds=1)
        await until_true(lambda: datetime.now(UTC) > overdue)
        await served.invoke("sweep", timer=None)
        await until_true(lambda: deliveries(store)[0].status is DeliveryStatus.DELIVERED)
        await served.invoke("sweep", timer=None)

    served(scene())
    [received] = receiver.received
    assert received.verified_by(endpoint.secret)["type"] == "item.completed"


def test_an_end_that_is_told_twice_arrives_once(served, store, settings, receiver, now):
    """The activity ran again, and so the deliveries were started again."""
    register(store, settings, receiver.url, now)
    [ref] = begin_job(store, now, "mug")

    async def scene() -> None:
        await end_item(served, ref)
        await until_true(lambda: deliveries(store)[0].status is DeliveryStatus.DELIVERED)
        again = StartDeliveries(trace_id=TRACE, deliveries=(deliveries(store)[0].ref,))
        for _ in range(2):
            await served.invoke("start_deliveries", request=again.dump())
        await served.ended(instance_of_delivery(again.deliveries[0]))

    served(scene())
    assert len(receiver.received) == 1


def test_a_host_that_starts_nothing_is_a_failure_that_heals(served, store, settings, receiver, now):
    register(store, settings, receiver.url, now)
    [ref] = begin_job(store, now, "mug")
    outcome = complete(store, settings, ref, now)
    tell = StartDeliveries(trace_id=TRACE, deliveries=outcome.deliveries)
    nobody = client_binding(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(DependencyDown):
        served(served.invoke("start_deliveries", request=tell.dump(), starter=nobody))


def test_a_message_that_can_not_be_read_is_a_defect(served):
    with pytest.raises(InternalError):
        served(served.invoke("start_deliveries", request={"deliveries": "all of them"}))
