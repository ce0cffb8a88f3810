"""A tenant's webhook endpoints, and their secrets."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import ValidationError

from opal.errors import Conflict, NotFound, WebhookUrlRefused
from opal.state.containers import Container
from opal.state.contract import Partition
from opal.webhooks.endpoint_store import disable_endpoint, endpoints_of
from opal.webhooks.endpoints import (
    MAX_ENDPOINTS,
    EndpointChanges,
    EndpointRequest,
    create_endpoint,
    delete_endpoint,
    get_endpoint,
    list_endpoints,
    rotate_secret,
    update_endpoint,
)
from opal.webhooks.events import EventType
from opal.webhooks.sealing import SecretBox

URL = "https://shop.example/hook"


def public(host: str, port: int) -> list[str]:
    return ["93.184.215.14"]


def private(host: str, port: int) -> list[str]:
    return ["93.184.215.14", "10.0.0.1"]


def opened(settings, endpoint, now):
    return [SecretBox.of(settings).open(stored) for stored in endpoint.secrets_at(now)]


@pytest.fixture
def create(store, settings, now):
    def create_it(url: str = URL, tenant: str = "demo", **more):
        return create_endpoint(
            store, settings, tenant, EndpointRequest(url=url, **more), now, public
        )

    return create_it


def test_a_new_endpoint_hears_of_everything_and_shows_its_secret_this_once(create, store):
    created = create()
    assert created.secret.startswith("whsec_")
    assert set(created.events) == set(EventType)
    assert (created.enabled, created.url) == (True, URL)
    shown = [get_endpoint(store, "demo", created.endpoint_id), *list_endpoints(store, "demo")]
    assert [one.endpoint_id for one in shown] == [created.endpoint_id] * 2
    assert "whsec_" not in json.dumps([one.dump() for one in shown])


def test_secrets_appear_in_no_text_of_a_document(create, store):
    created = create()
    secret = created.secret.removeprefix("whsec_")
    assert secret not in repr(created)
    assert secret not in str(endpoints_of(store, "demo"))


def test_events_are_named_once_and_in_order(create):
    events = ["job.failed", "item.failed", "job.failed"]
    assert create(events=events).events == (EventType.ITEM_FAILED, EventType.JOB_FAILED)


@pytest.mark.parametrize("events", [[], ["item.started"], ["*"]])
def test_events_that_do_not_exist_are_refused(events):
    with pytest.raises(ValidationError):
        EndpointRequest(url=URL, events=events)


def test_a_url_that_leads_inside_is_refused_when_it_is_registered(store, settings, now):
    with pytest.raises(WebhookUrlRefused):
        create_endpoint(store, settings, "demo", EndpointRequest(url=URL), now, private)
    assert list_endpoints(store, "demo") == ()


def test_a_url_that_leads_inside_is_refused_when_it_is_changed(create, store, settings, now):
    endpoint_id = create().endpoint_id
    changes = EndpointChanges(url="https://other.example/")
    with pytest.raises(WebhookUrlRefused):
        update_endpoint(store, settings, "demo", endpoint_id, changes, now, private)
    assert get_endpoint(store, "demo", endpoint_id).url == URL


def test_a_repeated_creation_is_told_and_makes_no_second_endpoint(create, store):
    create()
    with pytest.raises(Conflict) as caught:
        create()
    assert (caught.value.code, caught.value.http_status) == ("endpoint_exists", 409)
    assert len(list_endpoints(store, "demo")) == 1


def test_a_tenant_has_at_most_five_endpoints_however_many_are_asked_for_at_once(create, store):
    with ThreadPoolExecutor(8) as threads:
        asked = [
            threads.submit(create, f"https://shop.example/{number}")
            for number in range(MAX_ENDPOINTS + 3)
        ]
    errors = [one.exception() for one in asked if one.exception() is not None]
    assert {error.code for error in errors} == {"endpoint_limit_reached"}
    assert len(list_endpoints(store, "demo")) == MAX_ENDPOINTS == 5


def test_a_change_leaves_the_rest_as_it_is(create, store, settings, now):
    created = create(events=["job.completed"])
    later = now + timedelta(minutes=1)
    changed = update_endpoint(
        store, settings, "demo", created.endpoint_id, EndpointChanges(enabled=False), later, public
    )
    assert (changed.enabled, changed.url, changed.updated_at) == (False, URL, later)
    assert changed.events == (EventType.JOB_COMPLETED,)
    assert changed == get_endpoint(store, "demo", created.endpoint_id)


def test_enabling_an_endpoint_forgets_why_it_was_disabled(create, store, settings, now):
    created = create()
    endpoint_id = created.endpoint_id
    disable_endpoint(store, "demo", created, "gone", now)
    assert get_endpoint(store, "demo", endpoint_id).disabled_reason == "gone"
    enabled = update_endpoint(
        store, settings, "demo", endpoint_id, EndpointChanges(enabled=True), now, public
    )
    assert (enabled.enabled, enabled.disabled_reason) == (True, None)


def test_a_url_that_is_gone_does_not_disable_the_one_that_replaced_it(create, store, settings, now):
    old = create()
    changes = EndpointChanges(url="https://new.example/")
    update_endpoint(store, settings, "demo", old.endpoint_id, changes, now, public)
    disable_endpoint(store, "demo", old, "gone", now)
    assert get_endpoint(store, "demo", old.endpoint_id).enabled
    delete_endpoint(store, "demo", old.endpoint_id)
    disable_endpoint(store, "demo", old, "gone", now)
    assert list_endpoints(store, "demo") == ()


def test_a_deleted_endpoint_is_gone_and_its_neighbours_stay(create, store):
    first, second = create(), create("https://other.example/")
    delete_endpoint(store, "demo", first.endpoint_id)
    assert [one.endpoint_id for one in list_endpoints(store, "demo")] == [second.endpoint_id]
    with pytest.raises(NotFound):
        delete_endpoint(store, "demo", first.endpoint_id)


def test_another_tenants_endpoint_is_not_there(create, store, settings, now):
    endpoint_id = create().endpoint_id
    actions = (
        lambda: get_endpoint(store, "rival", endpoint_id),
        lambda: delete_endpoint(store, "rival", endpoint_id),
        lambda: rotate_secret(store, settings, "rival", endpoint_id, now),
        lambda: update_endpoint(store, settings, "rival", endpoint_id, EndpointChanges(), now),
    )
    for action in actions:
        with pytest.raises(NotFound) as caught:
            action()
        assert caught.value.code == "endpoint_missing"
    assert list_endpoints(store, "rival") == ()


def test_a_rotated_secret_signs_on_for_a_day(create, store, settings, now):
    created = create()
    rotated = rotate_secret(store, settings, "demo", created.endpoint_id, now)
    [endpoint] = endpoints_of(store, "demo")
    day = timedelta(hours=24)
    assert rotated.secret != created.secret
    assert opened(settings, endpoint, now) == [rotated.secret, created.secret]
    assert opened(settings, endpoint, now + day - timedelta(seconds=1))[1:] == [created.secret]
    assert opened(settings, endpoint, now + day) == [rotated.secret]


def test_rotating_again_does_not_give_an_old_secret_more_time(create, store, settings, now):
    created = create()
    rotate_secret(store, settings, "demo", created.endpoint_id, now)
    rotate_secret(store, settings, "demo", created.endpoint_id, now + timedelta(hours=23))
    [endpoint] = endpoints_of(store, "demo")
    assert created.secret not in opened(settings, endpoint, now + timedelta(hours=24))
    assert len(opened(settings, endpoint, now + timedelta(hours=24))) == 2


def test_however_often_a_secret_is_rotated_few_are_kept(create, store, settings, now):
    endpoint_id = create().endpoint_id
    rotated = [rotate_secret(store, settings, "demo", endpoint_id, now) for _ in range(9)]
    newest = [each.secret for each in rotated][::-1]
    [endpoint] = endpoints_of(store, "demo")
    assert opened(settings, endpoint, now) == newest[:3]


def test_the_store_holds_no_secret_in_clear(create, store, settings, now):
    created = create()
    rotated = rotate_secret(store, settings, "demo", created.endpoint_id, now)
    stored = store.read(Partition("demo", container=Container.TENANTS), "webhooks")
    text = json.dumps(stored.document)
    for secret in (created.secret, rotated.secret):
        assert secret.removeprefix("whsec_") not in text


def test_all_endpoints_of_a_tenant_lie_in_one_document_in_its_partition(create, store):
    create()
    create("https://other.example/")
    partition = Partition("demo", container=Container.TENANTS)
    document = store.read(partition, "webhooks").document
    assert (document["tenant_id"], len(document["endpoints"])) == ("demo", 2)
