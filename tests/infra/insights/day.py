"""A day of the app, in a process of its own: `python -m tests.infra.insights.day FILE`.

FILE receives, as JSON, the rows that Application Insights would have, and the words that labels may
be. The app is the real one, behind the Functions worker's set-up. Photos are made, made after a
busy moment, refused, failed by a broken endpoint, and left to a person.
"""

import asyncio
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from tests.infra.insights import worker
from tests.infra.insights.ingestion import Ingestion

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


def main(file: str) -> None:
    ingestion = Ingestion()
    finish = worker.start(ingestion.connection_string)
    # Only now, as the worker loads the app after it has set telemetry up.
    from tests.opal.scripted_endpoint import ScriptedEndpoint

    endpoint = ScriptedEndpoint()
    os.environ["OPAL_ENDPOINT_URL"] = endpoint.url
    with asyncio.Runner() as runner:
        _live(runner, endpoint)
        finish()
        day = {"rows": ingestion.rows, "words": _words()}
        Path(file).write_text(json.dumps(day), encoding="utf-8")
        os._exit(0)


def _live(runner: asyncio.Runner, endpoint: Any) -> None:
    from benchmarks.photos import plain_photo
    from opal.telemetry import observe_webhook, record_request_units
    from tests.infra.insights.shop import HostedShop
    from tests.telemetry.test_one_photo import draw

    _empty_storage()
    shop = HostedShop(runner)
    endpoint.script = draw
    assert shop.make(plain_photo(1), CALLER) == "completed"
    assert shop.make(b"no photo at all") == "failed"
    assert shop.make(plain_photo(2), gate="all") == "review"
    busy = [True]

    def once_busy(request: Any) -> Any:
        return (429, {"Retry-After": "0"}, b"") if busy and busy.pop() else draw(request)

    endpoint.script = once_busy
    assert shop.make(plain_photo(3)) == "completed"
    endpoint.says(400, b"no")
    assert shop.make(plain_photo(4)) == "failed"
    shop.drop("chairs/a.jpg", plain_photo(5), noticed=True)
    shop.drop("chairs/b.jpg", plain_photo(6), noticed=False)
    shop.sweep()
    with observe_webhook({}) as attempt:
        attempt.outcome = "timeout"
    record_request_units("read", 6.0)


def _empty_storage() -> None:
    from opal.blobs import get_blobs

    storage, containers = get_blobs(), ("raw", "work", "outputs")
    storage.ensure_containers(containers)
    for container in containers:
        for name in storage.list_names(container, ""):
            storage.delete(f"{container}/{name}")


def _words() -> dict[str, list[str]]:
    from opal.telemetry import labels

    found = {n: v for n, v in vars(labels).items() if isinstance(v, labels.Vocabulary)}
    return {name: list(vocabulary) for name, vocabulary in found.items()}


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Exception:
        traceback.print_exc()
        # Threads of servers and of the engine would keep the process alive.
        os._exit(1)
