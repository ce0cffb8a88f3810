"""API keys: only the digest is kept, and every wrong one is refused in the same way."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opal.errors import InvalidInput, KeyInvalid, NotFound
from opal.keys import Role, authenticate, create_key, list_keys, revoke_key
from opal.state.containers import Container
from opal.state.contract import Partition, StateStore
from opal.state.sqlite import SqliteStore

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def new_key(store: StateStore, tenant: str = "demo", role: Role = Role.WRITE) -> tuple[str, str]:
    key, text = create_key(store, tenant, role, "laptop", NOON)
    return key.key_id, text


def test_a_key_names_its_tenant_and_role(store):
    key_id, text = new_key(store, "shop_1-x", Role.READ)
    assert authenticate(store, text) == ("shop_1-x", Role.READ, key_id)


def test_the_secret_is_not_in_the_store(store):
    _, text = new_key(store)
    secret = text.rsplit(".", 1)[1]
    page = store.page(Partition("demo", container=Container.TENANTS), "key", 10)
    assert secret not in json.dumps(page.documents)


def wrong_keys(text: str) -> dict[str, str]:
    tenant, key_id, secret = text.split(".")[1:]
    flipped = ("A" if secret[0] != "A" else "B") + secret[1:]
    return {
        "no text": "",
        "no key": "hunter2",
        "another secret": f"opal.{tenant}.{key_id}.{flipped}",
        "a shorter secret": text[:-1],
        "an unknown id": f"opal.{tenant}.{'0' * 16}.{secret}",
        "another tenant": f"opal.rival.{key_id}.{secret}",
        "a path": f"opal.../{tenant}.{key_id}.{secret}",
        "a newline": f"{text}\n",
    }


@pytest.mark.parametrize("wrong", wrong_keys("opal.demo.x.yyy"))
def test_every_wrong_key_is_refused_with_the_same_words(store, wrong):
    _, text = new_key(store)
    new_key(store, "rival")
    with pytest.raises(KeyInvalid) as refused:
        authenticate(store, wrong_keys(text)[wrong])
    assert refused.value.message == KeyInvalid().message


def test_a_revoked_key_is_refused_at_once(store):
    key_id, text = new_key(store)
    revoke_key(store, "demo", key_id, NOON)
    with pytest.raises(KeyInvalid):
        authenticate(store, text)


def test_revoking_again_keeps_the_first_time(store):
    key_id, _ = new_key(store)
    first = revoke_key(store, "demo", key_id, NOON)
    assert revoke_key(store, "demo", key_id, NOON.replace(hour=13)) == first


def test_another_tenants_key_can_not_be_revoked(store):
    key_id, text = new_key(store)
    with pytest.raises(NotFound):
        revoke_key(store, "rival", key_id, NOON)
    assert authenticate(store, text)


def test_keys_are_listed_by_tenant_with_the_revoked_ones(store):
    ids = {new_key(store)[0] for _ in range(120)}
    new_key(store, "rival")
    revoke_key(store, "demo", next(iter(ids)), NOON)
    keys = list_keys(store, "demo")
    assert {key.key_id for key in keys} == ids
    assert [key.revoked_at for key in keys].count(NOON) == 1


@pytest.mark.parametrize("tenant", ["", "Demo", "a/b", "_system", "a" * 64, "ä"])
def test_a_tenant_id_that_is_none_gets_no_key(store, tenant):
    with pytest.raises(InvalidInput):
        new_key(store, tenant)


@given(st.text(max_size=200))
def test_no_text_whatever_is_a_key(text):
    empty = SqliteStore(":memory:")
    with pytest.raises(KeyInvalid):
        authenticate(empty, text)
    empty.close()


def test_roles_include_the_lesser_ones():
    included = {(a.value, b.value) for a in Role for b in Role if a.includes(b)}
    assert included == {
        *(("read", "read"), ("write", "read"), ("write", "write")),
        *(("admin", "read"), ("admin", "write"), ("admin", "admin")),
    }
