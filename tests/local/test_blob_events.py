"""Blob triggers, found by the poller and named by Event Grid, on a real Azurite."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import aiohttp
import azure.durable_functions as df
import azure.functions as func
import azurefunctions.extensions.bindings.blob as blob
import pytest
from aiohttp import web
from azure.storage.blob import BlobServiceClient, ContainerClient

from local.bindings import Function, UnsupportedBinding, read_functions
from local.blob_trigger import BlobPoller, container_of
from local.event_grid import PATH, add_event_grid_webhook
from local.invocation import Invoker
from tests.local.serving import until_true

NAMES = [
    "demo/autumn/chair.jpg",
    "demo/two words/my photo (1).jpg",
    "demo/Größe/商品 🪑.png",
    "demo/100%/a%2Fb.jpg",
    "demo/odd/#1?x=y&z+w.jpg",
]


class Inbox:
    """A container, and a function that notes what it is handed."""

    def __init__(self, connection: str) -> None:
        name = f"raw-{uuid4().hex[:12]}"
        self.service = BlobServiceClient.from_connection_string(connection)
        self.container: ContainerClient = self.service.get_container_client(name)
        self.seen: list[tuple[str, bytes]] = []
        self.failures = 0
        app = df.DFApp()

        @app.blob_trigger(arg_name="file", path=f"{name}/{{name}}", connection="TEST_STORAGE")
        def take(file: blob.BlobClient) -> None:
            if self.failures > 0:
                self.failures -= 1
                raise OSError("not now")
            self.seen.append((file.blob_name, file.download_blob().readall()))

        self.function: Function = read_functions(app)[0]

    def put(self, name: str, data: bytes) -> None:
        self.container.upload_blob(name, data, overwrite=True)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.seen]


@pytest.fixture
def inbox(azurite: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    monkeypatch.setenv("TEST_STORAGE", azurite)
    inbox = Inbox(azurite)
    inbox.container.create_container()
    yield inbox
    inbox.service.close()


@pytest.fixture
def invoker() -> Iterator[Invoker]:
    invoker = Invoker("http://127.0.0.1:9", 4)
    yield invoker
    invoker.close()


@pytest.fixture
def watch(runner: asyncio.Runner, inbox: Inbox, invoker: Invoker) -> Callable[..., None]:
    """Lets a poller look while a scene is played."""

    async def play(scene: Callable[[], Awaitable[None]]) -> None:
        poller = BlobPoller(inbox.function, invoker, inbox.container, every_s=0.02)
        polling = asyncio.create_task(poller.run())
        try:
            await scene()
        finally:
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling

    return lambda scene: runner.run(play(scene))


def test_every_blob_is_delivered_once(watch: Callable[..., None], inbox: Inbox) -> None:
    inbox.put("demo/before.jpg", b"0")

    async def scene() -> None:
        for number in range(1, 4):
            await until_true(lambda: len(inbox.seen) == number)  # noqa: B023
            inbox.put(f"demo/{number}.jpg", b"x")
        await until_true(lambda: len(inbox.seen) >= 4)

    watch(scene)
    assert inbox.names == ["demo/before.jpg", "demo/1.jpg", "demo/2.jpg", "demo/3.jpg"]


def test_a_blob_with_new_content_is_delivered_again(
    watch: Callable[..., None], inbox: Inbox
) -> None:
    async def scene() -> None:
        inbox.put("demo/chair.jpg", b"old")
        await until_true(lambda: inbox.seen)
        inbox.put("demo/chair.jpg", b"new")
        await until_true(lambda: len(inbox.seen) == 2)

    watch(scene)
    assert inbox.seen == [("demo/chair.jpg", b"old"), ("demo/chair.jpg", b"new")]


def test_a_blob_that_was_deleted_and_came_back_is_delivered_again(
    watch: Callable[..., None], inbox: Inbox
) -> None:
    async def scene() -> None:
        inbox.put("demo/chair.jpg", b"same")
        await until_true(lambda: inbox.seen)
        inbox.container.delete_blob("demo/chair.jpg")
        inbox.put("demo/chair.jpg", b"same")
        await until_true(lambda: len(inbox.seen) == 2)

    watch(scene)
    assert inbox.names == ["demo/chair.jpg"] * 2


def test_a_delivery_that_failed_is_repeated(watch: Callable[..., None], inbox: Inbox) -> None:
    inbox.failures = 1

    async def scene() -> None:
        inbox.put("demo/chair.jpg", b"x")
        await until_true(lambda: inbox.seen)

    watch(scene)
    assert (inbox.names, inbox.failures) == (["demo/chair.jpg"], 0)


def test_a_delivery_that_fails_does_not_hold_up_another(
    watch: Callable[..., None], inbox: Inbox
) -> None:
    inbox.failures = 1

    async def scene() -> None:
        inbox.put("demo/first.jpg", b"x")
        await until_true(lambda: inbox.failures == 0)
        inbox.put("demo/second.jpg", b"x")
        await until_true(lambda: len(inbox.seen) == 2)

    watch(scene)
    assert inbox.names == ["demo/second.jpg", "demo/first.jpg"]


@pytest.mark.parametrize("name", NAMES)
def test_a_blobs_name_arrives_intact(watch: Callable[..., None], inbox: Inbox, name: str) -> None:
    async def scene() -> None:
        inbox.put(name, name.encode())
        await until_true(lambda: inbox.seen)

    watch(scene)
    assert inbox.seen == [(name, name.encode())]


def test_a_container_that_comes_later_is_watched_then(
    watch: Callable[..., None], inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.container.delete_container()

    async def scene() -> None:
        await until_true(lambda: "can't be read" in caplog.text)
        inbox.container.create_container()
        inbox.put("demo/chair.jpg", b"x")
        await until_true(lambda: inbox.seen)

    watch(scene)


def test_a_function_that_wants_the_content_instead_of_a_client_is_refused() -> None:
    app = df.DFApp()

    @app.blob_trigger(arg_name="file", path="raw/{name}", connection="TEST_STORAGE")
    def take(file: func.InputStream) -> None:
        return None

    with pytest.raises(UnsupportedBinding, match=r"'take'.*InputStream.*BlobClient"):
        container_of(read_functions(app)[0])


class Webhook:
    """The Event Grid webhook, and what Event Grid would send."""

    def __init__(self, inbox: Inbox, invoker: Invoker) -> None:
        self._inbox = inbox
        self._invoker = invoker

    def event(self, name: str, kind: str = "Microsoft.Storage.BlobCreated") -> dict[str, Any]:
        container = self._inbox.container.container_name
        subject = f"/blobServices/default/containers/{container}/blobs/{name}"
        return {"eventType": kind, "subject": subject, "data": {"api": "PutBlob"}}

    async def post(
        self, events: list[Any], function: str = "take", kind: str = "Notification"
    ) -> tuple[int, Any]:
        site = web.Application()
        add_event_grid_webhook(site.router, [self._inbox.function], self._invoker)
        serving = web.AppRunner(site)
        await serving.setup()
        await web.TCPSite(serving, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{serving.addresses[0][1]}{PATH}"
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(
                    f"{url}?functionName=Host.Functions.{function}&code=key",
                    data=json.dumps(events),
                    headers={"aeg-event-type": kind},
                ) as answer,
            ):
                text = await answer.text()
                return answer.status, json.loads(text) if text else None
        finally:
            await serving.cleanup()


@pytest.fixture
def webhook(inbox: Inbox, invoker: Invoker) -> Webhook:
    return Webhook(inbox, invoker)


def test_the_webhook_answers_event_grids_validation(
    runner: asyncio.Runner, webhook: Webhook
) -> None:
    events = [{"data": {"validationCode": "512d38b6"}}]
    status, answer = runner.run(webhook.post(events, kind="SubscriptionValidation"))
    assert (status, answer) == (200, {"validationResponse": "512d38b6"})


@pytest.mark.parametrize("name", NAMES)
def test_the_webhook_delivers_the_blob_that_an_event_names(
    runner: asyncio.Runner, webhook: Webhook, inbox: Inbox, name: str
) -> None:
    inbox.put(name, b"x")
    status, _ = runner.run(webhook.post([webhook.event(name)]))
    assert (status, inbox.names) == (202, [name])


def test_the_webhook_ignores_events_of_other_kinds_and_containers(
    runner: asyncio.Runner, webhook: Webhook, inbox: Inbox
) -> None:
    elsewhere = webhook.event("a.jpg") | {
        "subject": "/blobServices/default/containers/other/blobs/a.jpg"
    }
    deleted = webhook.event("a.jpg", "Microsoft.Storage.BlobDeleted")
    assert runner.run(webhook.post([elsewhere, deleted]))[0] == 202
    assert inbox.seen == []


def test_the_webhook_asks_for_a_failed_event_again(
    runner: asyncio.Runner, webhook: Webhook, inbox: Inbox
) -> None:
    inbox.put("a.jpg", b"x")
    inbox.failures = 1
    statuses = [runner.run(webhook.post([webhook.event("a.jpg")]))[0] for _ in range(2)]
    assert (statuses, inbox.names) == ([500, 202], ["a.jpg"])


def test_the_webhook_knows_blob_triggers_only(runner: asyncio.Runner, webhook: Webhook) -> None:
    assert runner.run(webhook.post([], function="nobody"))[0] == 404
