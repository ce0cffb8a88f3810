"""A job over the API from its order to its results, with credits and webhooks, on the whole
stack."""

import hashlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from benchmarks.photos import plain_photo
from opal.credits.grants import grant
from opal.state import open_store
from tests.quiet_server import QuietServer
from tests.system.conftest import TENANT, Opal, running_opal
from tests.system.endpoint_proxy import hang, status

OPTIONS = {"scenes": ["white"], "exports": ["web_thumb", "cutout"]}


class Receiver:
    """A webhook receiver on a free port, which keeps what it is sent."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture(scope="module")
def opal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opal]:
    """A stack that asks for credits and may send webhooks to this machine."""
    folder = tmp_path_factory.mktemp("api")
    with running_opal(
        folder,
        OPAL_BILLING_ENABLED="true",
        OPAL_WEBHOOK_ALLOW_LOCAL="true",
        OPAL_WEBHOOK_SCHEDULE="0,1,1",
        OPAL_BLOCKED_RETRY="600",
        OPAL_RETRY_ATTEMPTS="2",
    ) as running:
        top_up(running, 10_000)
        yield running


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    receiving = Receiver()
    yield receiving
    receiving.server.shutdown()
    receiving.server.server_close()


def top_up(opal: Opal, credits: int, tenant: str = TENANT) -> None:
    store = open_store(opal.settings)
    grant(store, opal.settings, tenant, credits, f"test-{time.time_ns()}", "", datetime.now(UTC))
    store.close()


def order(opal: Opal, names: list[str], **fields: Any) -> Any:
    body = {"items": [{"filename": name} for name in names], "options": OPTIONS, **fields}
    answer = opal.ask("POST", "/v1/jobs", body)
    assert answer.status_code == 202, answer.text
    return answer.json()


def upload(opal: Opal, job: Any, item: Any, photo: bytes, *, say_so: bool = True) -> None:
    ref = {"job_id": job["job_id"], "item_id": item["item_id"]}
    grant = opal.ask("POST", "/v1/uploads/sas", ref).json()
    requests.put(grant["upload_url"], data=photo, headers=grant["headers"]).raise_for_status()
    if say_so:
        assert opal.ask("POST", "/v1/uploads/complete", ref).json()["ok"] is True


def balance(opal: Opal) -> Any:
    return opal.ask("GET", "/v1/billing/balance").json()


def test_an_order_becomes_pictures_that_can_be_downloaded_and_is_charged_once(opal: Opal) -> None:
    before = balance(opal)
    job = order(opal, ["box.jpg", "box.jpg"])
    upload(opal, job, job["items"][0], plain_photo(900))
    upload(opal, job, job["items"][1], plain_photo(901), say_so=False)
    done = opal.wait(job["job_id"], total=2)
    assert done["status"] == "completed"
    assert done["stages"] == {"inspect": 1, "segment": 1, "place": 1, "export": 1}
    for item in done["items"]:
        path = f"/v1/jobs/{job['job_id']}/items/{item['item_id']}/outputs"
        for output in opal.ask("GET", path).json()["outputs"]:
            file = requests.get(output["url"]).content
            assert hashlib.sha256(file).hexdigest() == output["sha256"]
    package = opal.ask("GET", f"/v1/jobs/{job['job_id']}/package").json()
    assert requests.get(package["url"]).content.startswith(b"PK")
    after = balance(opal)
    spent = before["available"] - after["available"]
    estimate = opal.ask("GET", "/v1/estimate?photos=2&scenes=white&exports=web_thumb,cutout").json()
    assert 0 < spent <= estimate["total"]
    assert after["held"] == 0


def test_ends_are_told_with_a_signature_that_verifies(opal: Opal, receiver: Receiver) -> None:
    created = opal.ask("POST", "/v1/webhooks", {"url": receiver.url})
    assert created.status_code == 201, created.text
    job = order(opal, ["box.jpg"])
    upload(opal, job, job["items"][0], plain_photo(902))
    opal.wait(job["job_id"], total=1)
    mine = job["job_id"].encode()
    opal.until(lambda: len([b for _, b in receiver.received if mine in b]) >= 2)
    told = [
        Webhook(created.json()["secret"]).verify(body, headers)
        for headers, body in receiver.received
        if mine in body
    ]
    assert {event["type"] for event in told} == {"item.completed", "job.completed"}
    assert {event["data"]["trace_id"] for event in told} == {job["trace_id"]}
    opal.ask("DELETE", f"/v1/webhooks/{created.json()['endpoint_id']}")


def test_a_canceled_job_stops_and_gives_back_what_was_held(opal: Opal) -> None:
    before = balance(opal)["available"]
    opal.proxy.fail_next("segment", hang(3), hang(3))
    job = order(opal, ["box.jpg", "late.jpg"])
    upload(opal, job, job["items"][0], plain_photo(903))
    opal.until(lambda: opal.job(job["job_id"])["counters"]["processing"] == 1)
    answer = opal.ask("POST", f"/v1/jobs/{job['job_id']}/cancel")
    assert answer.status_code == 202
    done = opal.wait(job["job_id"])
    opal.proxy.clear()
    assert (done["status"], done["counters"]["canceled"]) == ("canceled", 2)
    opal.until(lambda: balance(opal)["held"] == 0)
    assert balance(opal)["available"] == before
    assert opal.ask("POST", f"/v1/jobs/{job['job_id']}/cancel").status_code == 202


def test_a_failed_photo_can_be_retried(opal: Opal) -> None:
    opal.proxy.fail_next("segment", *[status(503)] * 6)
    job = order(opal, ["box.jpg"])
    upload(opal, job, job["items"][0], plain_photo(904))
    failed = opal.wait(job["job_id"], total=1)
    assert failed["items"][0]["error"]["code"] == "endpoint_unavailable"
    opal.proxy.clear()
    path = f"/v1/jobs/{job['job_id']}/items/{job['items'][0]['item_id']}/retry"
    assert opal.ask("POST", path).status_code == 202
    opal.until(lambda: opal.job(job["job_id"])["status"] == "completed")
    assert opal.job(job["job_id"])["items"][0]["revision"] == 2


def test_a_drop_without_credit_waits_and_goes_on_when_there_is_some(opal: Opal) -> None:
    opal.drop("poor", "box.jpg", plain_photo(905), tenant="poor")
    opal.until(lambda: (opal.job("poor", "poor") or {"counters": {}})["counters"].get("blocked"))
    assert opal.job("poor", "poor")["items"][0]["error"]["code"] == "credits_insufficient"
    top_up(opal, 10_000, "poor")
    done = opal.wait("poor", tenant="poor", total=1)
    assert done["status"] == "completed"


def test_an_order_beyond_the_balance_is_refused(opal: Opal) -> None:
    body = {"items": [{"filename": f"{n}.jpg"} for n in range(1000)]}
    answer = opal.ask("POST", "/v1/jobs", body, tenant="poorer")
    assert (answer.status_code, answer.json()["code"]) == (402, "credits_insufficient")
