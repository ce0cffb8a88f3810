"""A tenant of an app that is hosted as the Functions worker hosts it."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from opal.blobs import get_blobs
from opal.names import upload_path
from opal.state import get_store
from opal.state.contract import Partition
from opal.state.transition import get_item
from tests.infra.insights import worker
from tests.telemetry import test_one_photo as one_photo
from tests.telemetry.fresh_app import fresh_app

Headers = Mapping[str, str]


class HostedShop(one_photo.Shop):
    """A `Shop` whose app's functions are called in the host's context."""

    def __init__(self, runner: asyncio.Runner) -> None:
        one_photo.fresh_app = lambda: worker.hosted(fresh_app())
        super().__init__(runner)

    def make(self, photo: bytes, headers: Headers | None = None, **options: object) -> str:
        """Have a photo made; answer how its item ended, or that it waits for a person."""
        asked = {**one_photo.OPTIONS, **options}
        order = {"items": [{"filename": "chair.jpg"}], "options": asked}
        job = self.ask("create_job", order, dict(headers or {}))
        named = {"job_id": job["job_id"], "item_id": job["items"][0]["item_id"]}
        get_blobs().write(upload_path("shop", **named, filename="chair.jpg"), photo, "")
        self.ask("complete_upload", named, {})
        return self._settled(Partition("shop", named["job_id"]), named["item_id"])

    def drop(self, name: str, photo: bytes, *, noticed: bool) -> None:
        """Put a photo into a folder; its event is taken in, or lost."""
        get_blobs().write(f"raw/shop/{name}", photo, "")
        if noticed:
            file = SimpleNamespace(blob_name=f"shop/{name}")
            self.served(self.served.invoke("blob_created", file=file))

    def sweep(self) -> None:
        """Let the timer run."""
        self.served(self.served.invoke("sweep", timer=None))

    def _settled(self, partition: Partition, item_id: str) -> str:
        async def settled() -> str:
            while True:
                item = get_item(get_store(), partition, item_id)
                [job] = get_store().page(partition, "job", 1).documents
                if item and (item.status.value == "review" or job["completed_at"] is not None):
                    return item.status.value
                await asyncio.sleep(0.05)

        status: Any = self.served(asyncio.wait_for(settled(), 60))
        return str(status)
