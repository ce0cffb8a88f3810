"""Every operation of the catalogue as a request that names a tenant's own things.

An operation that is added to the catalogue is asked without a change here, but for one with a
body of its own: that needs an entry in `BODIES`.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import requests

from opal.api.catalogue import OPERATIONS
from opal.api.operation import Operation
from opal.blobs import get_blobs
from opal.names import OUTPUTS, RAW, WORK
from opal.settings import get_settings
from tests.api.shop import Json, Shop, ok, reference

Ids = Mapping[str, str]
BODIES: Mapping[str, Callable[[Ids], Json]] = {
    "create_job": lambda ids: {
        "items": [{"filename": "mug.jpg"}],
        "brand_profile_id": ids["profile_id"],
    },
    "grant_upload": lambda ids: {"job_id": ids["job_id"], "item_id": ids["item_id"]},
    "complete_upload": lambda ids: {"job_id": ids["job_id"], "item_id": ids["item_id"]},
    "decide_review": lambda _: {"decision": "approve"},
    "create_profile": lambda _: {"name": "Nordic"},
    "replace_profile": lambda _: {"name": "Nordic"},
    "create_payment": lambda _: {"package": "small"},
    "create_endpoint": lambda _: {"url": "http://127.0.0.1:9/hook"},
    "update_endpoint": lambda _: {"enabled": False},
}
WITH_KEY = tuple(operation for operation in OPERATIONS if operation.role is not None)
_VOLATILE = {"X-Request-Id", "X-Trace-Id", "traceparent", "Date", "RateLimit"}


def names_ids(operation: Operation) -> bool:
    """True when a request to it names a thing of a tenant."""
    return bool(operation.parameters or _ids_in(operation.body) or _ids_in(operation.query))


def _ids_in(document: Any) -> list[str]:
    fields = document.model_fields if document else ()
    return [name for name in fields if name.endswith("_id") and name != "tenant_id"]


def ask(
    operation: Operation, shop: Shop, ids: Ids, more: Json | None = None, **options: Any
) -> requests.Response:
    """A request of the shop to an operation, about these things."""
    body = {**BODIES[operation.id](ids), **(more or {})} if operation.body else None
    query = {name: ids[_spelt(name)] for name in _ids_in(operation.query)}
    return shop.ask(
        operation.method, operation.path.format(**ids), json=body, params=query, **options
    )


def _spelt(name: str) -> str:
    return name.removeprefix("brand_")


def seen(response: requests.Response, *known: Ids) -> tuple[int, dict[str, str], bytes]:
    """All of an answer, without what differs from request to request, and without the ids that
    the request itself named."""
    body = response.content.replace(response.headers["X-Trace-Id"].encode(), b"the trace")
    for ids in known:
        for name, value in ids.items():
            body = body.replace(value.encode(), name.encode())
    headers = {n: v for n, v in response.headers.items() if n not in _VOLATILE}
    return response.status_code, headers, body


def belongings(shop: Shop, hook: str) -> list[dict[str, str]]:
    """A tenant's things in every state: jobs that wait, also for a person, are done, have failed,
    were canceled."""
    profile_id = ok(shop.post("/v1/brand-profiles", {"name": f"Own {shop.name}"}), 201)["id"]
    endpoint_id = ok(shop.post("/v1/webhooks", {"url": hook}), 201)["endpoint_id"]
    payment_id = ok(shop.post("/v1/billing/payments", {"package": "small"}), 201)["payment_id"]
    waiting, queued, doubtful, failed, canceled = (shop.new_job() for _ in range(5))
    ok(shop.upload(queued))
    shop.ask_for_review(doubtful)
    shop.fail(failed)
    ok(shop.post(f"/v1/jobs/{canceled['job_id']}/cancel"), 202)
    jobs = [waiting, queued, doubtful, failed, canceled, shop.finished_job()]
    [delivery, *_] = ok(shop.get("/v1/deliveries"))["deliveries"]
    own = {
        "profile_id": profile_id,
        "endpoint_id": endpoint_id,
        "payment_id": payment_id,
        "delivery_id": delivery["delivery_id"],
    }
    return [{**own, **reference(job)} for job in jobs]


def made_up(ids: Ids) -> dict[str, str]:
    """Ids of the same form and length that name nothing."""
    return {name: value[:-1] + ("b" if value[-1] == "a" else "a") for name, value in ids.items()}


def everything_of(shop: Shop) -> tuple[list[Any], list[Any]]:
    """All that is stored of a tenant: its documents with their ETags, its blobs with theirs."""
    with closing(sqlite3.connect(get_settings().state_path)) as file:
        documents = file.execute(
            "SELECT container, job_id, id, etag, body FROM documents"
            " WHERE tenant_id=? AND kind<>'requests' ORDER BY container, job_id, id",
            (shop.name,),
        ).fetchall()
    blobs = [
        (container, blob.name, blob.etag)
        for container in (RAW, WORK, OUTPUTS)
        for blob in get_blobs().container(container).list_blobs(f"{shop.name}/")
    ]
    return documents, blobs
