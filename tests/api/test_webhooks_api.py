"""Webhooks over HTTP: endpoints, whose secrets are shown once, and what became of deliveries."""

from collections.abc import Iterator
from typing import Any

import pytest

from opal.webhooks.events import EventType
from tests.api.shop import Json, Shop, ok, problem
from tests.api_server import ApiServer
from tests.webhooks.receiver import Receiver

PATH, DELIVERIES = "/v1/webhooks", "/v1/deliveries"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


def created(shop: Shop, receiver: Receiver, name: str = "", **fields: Any) -> Json:
    return ok(shop.post(PATH, {"url": f"{receiver.url}{name}", **fields}), 201)


def without_secret(endpoint: Json) -> Json:
    return {name: value for name, value in endpoint.items() if name != "secret"}


def test_a_new_endpoint_shows_its_secret_this_once(shop: Shop, receiver: Receiver) -> None:
    answer = shop.post(PATH, {"url": receiver.url})
    endpoint = ok(answer, 201)
    where = answer.headers["Location"]
    assert where == f"{PATH}/{endpoint['endpoint_id']}"
    assert endpoint["secret"].startswith("whsec_")
    assert endpoint["events"] == [event.value for event in EventType]
    shown = [
        shop.get(where),
        shop.get(PATH),
        shop.put(where, {"events": ["job.completed"]}),
        shop.post(PATH, {"url": receiver.url}),
        shop.get(DELIVERIES),
    ]
    assert [answer.status_code for answer in shown] == [200, 200, 200, 409, 200]
    for answer in shown:
        assert "secret" not in answer.text
        assert endpoint["secret"][6:] not in answer.text
    assert ok(shown[0]) == without_secret(endpoint)


def test_rotating_shows_another_secret_once(shop: Shop, receiver: Receiver) -> None:
    endpoint = created(shop, receiver)
    rotated = ok(shop.post(f"{PATH}/{endpoint['endpoint_id']}/rotate"))
    assert rotated["secret"] != endpoint["secret"]
    assert "secret" not in shop.get(PATH).text


def test_endpoints_are_listed_oldest_first(shop: Shop, receiver: Receiver) -> None:
    made = [without_secret(created(shop, receiver, f"/{name}")) for name in "cab"]
    assert ok(shop.get(PATH))["endpoints"] == made


def test_an_endpoint_is_changed_in_what_is_named_and_removed(
    shop: Shop, receiver: Receiver
) -> None:
    endpoint = created(shop, receiver, events=["job.failed"])
    where = f"{PATH}/{endpoint['endpoint_id']}"
    changed = ok(shop.put(where, {"enabled": False}))
    assert (changed["enabled"], changed["events"], changed["url"]) == (
        False,
        ["job.failed"],
        endpoint["url"],
    )
    assert shop.delete(where).status_code == 204
    assert problem(shop.get(where)) == (404, "endpoint_missing")
    assert problem(shop.delete(where)) == (404, "endpoint_missing")


def test_a_tenant_has_five_endpoints_at_most_and_none_twice(shop: Shop, receiver: Receiver) -> None:
    for number in range(5):
        created(shop, receiver, f"/{number}")
    again = shop.post(PATH, {"url": f"{receiver.url}/3"})
    sixth = shop.post(PATH, {"url": f"{receiver.url}/6"})
    assert problem(again) == (409, "endpoint_exists")
    assert problem(sixth) == (409, "endpoint_limit_reached")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://93.184.215.14/"}, "webhook_url_refused"),
        ({"url": "https://10.0.0.1/"}, "webhook_url_refused"),
        ({"url": "https://169.254.169.254/metadata"}, "webhook_url_refused"),
        ({"url": "https://user:word@example.com/"}, "webhook_url_refused"),
        ({"url": "ftp://example.com/"}, "webhook_url_refused"),
        ({"url": "https://example.com/", "events": ["job.eaten"]}, "request_invalid"),
        ({"url": "https://example.com/", "event": ["job.failed"]}, "request_invalid"),
        ({"url": "https://example.com/", "events": []}, "request_invalid"),
        ({"url": 5}, "request_invalid"),
        ({}, "request_invalid"),
    ],
)
def test_an_endpoint_that_can_not_be_is_refused(shop: Shop, body: Json, code: str) -> None:
    assert problem(shop.post(PATH, body)) == (422, code)
    assert ok(shop.get(PATH))["endpoints"] == []


def test_what_ends_has_deliveries_that_are_listed_newest_first(
    shop: Shop, receiver: Receiver
) -> None:
    endpoint = created(shop, receiver)
    job = shop.finished_job("mug.jpg", "cup.jpg")
    page = ok(shop.get(DELIVERIES, params={"limit": 2}))
    rest = ok(shop.get(DELIVERIES, params={"continuation": page["continuation"]}))
    found = [*page["deliveries"], *rest["deliveries"]]
    assert [d["event_type"] for d in found] == ["job.completed", *["item.completed"] * 2]
    assert {d["endpoint_id"] for d in found} == {endpoint["endpoint_id"]}
    assert {d["job_id"] for d in found} == {job["job_id"]}
    one = found[1]
    assert ok(shop.get(f"{DELIVERIES}/{one['delivery_id']}")) == one
    assert ok(shop.get(DELIVERIES, params={"status": "failed"}))["deliveries"] == []


def test_a_delivery_is_sent_again_on_demand(
    server: ApiServer, shop: Shop, receiver: Receiver
) -> None:
    created(shop, receiver, events=["job.completed"])
    shop.finished_job()
    [delivery] = ok(shop.get(DELIVERIES))["deliveries"]
    begun = len(server.starts)
    answer = shop.post(f"{DELIVERIES}/{delivery['delivery_id']}/redeliver")
    assert ok(answer, 202)["event_id"] == delivery["event_id"]
    assert answer.headers["Location"] == f"{DELIVERIES}/{delivery['delivery_id']}"
    [(orchestration, instance)] = server.starts[begun:]
    assert orchestration == "deliver_webhook"
    assert instance.endswith("-r2")


def test_nothing_is_sent_again_to_an_endpoint_that_is_gone(shop: Shop, receiver: Receiver) -> None:
    endpoint = created(shop, receiver)
    shop.finished_job()
    shop.delete(f"{PATH}/{endpoint['endpoint_id']}")
    [delivery, _] = ok(shop.get(DELIVERIES))["deliveries"]
    answer = shop.post(f"{DELIVERIES}/{delivery['delivery_id']}/redeliver")
    assert problem(answer) == (409, "endpoint_disabled")


def test_an_invalid_continuation_is_refused_as_in_every_list(shop: Shop) -> None:
    lists = [DELIVERIES, "/v1/jobs", "/v1/brand-profiles", "/v1/billing/ledger"]
    for path in lists:
        answer = shop.get(path, params={"continuation": "rubbish"})
        assert problem(answer) == (422, "continuation_invalid"), path
