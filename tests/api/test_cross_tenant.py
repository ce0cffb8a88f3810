"""A tenant reaches nothing of another's, and learns nothing of it: generated from the catalogue,
so that an operation that is added is asked too."""

from typing import Any

import pytest
import requests

from opal.api.operation import Operation
from opal.keys import Role
from tests.api import matrix
from tests.api.conftest import settings_of
from tests.api.matrix import BODIES, WITH_KEY, ask, made_up, names_ids, seen
from tests.api.shop import Shop, ok, problem, reference
from tests.api_server import ApiServer
from tests.credits.fake_mollie import FakeMollie

BY_ID = {"ids": lambda operation: operation.id}
NAMING = [operation for operation in WITH_KEY if names_ids(operation)]
LISTS = [o for o in WITH_KEY if o.method == "GET" and not o.parameters]
REFUSED = {"delete_profile": 204}
"""What is answered for a thing that is not there, where it is not 404."""


@pytest.fixture(scope="module")
def overrides(mollie: FakeMollie) -> dict[str, str]:
    return settings_of(mollie)


@pytest.fixture(scope="module")
def owner(server: ApiServer, connection: requests.Session) -> Shop:
    return Shop(server.url, connection)


@pytest.fixture(scope="module")
def owned(owner: Shop) -> list[dict[str, str]]:
    return matrix.belongings(owner, "http://127.0.0.1:9/owners-hook")


@pytest.fixture(scope="module")
def stranger(server: ApiServer, connection: requests.Session) -> Shop:
    """Another tenant, who has things too."""
    shop = Shop(server.url, connection)
    matrix.belongings(shop, "http://127.0.0.1:9/strangers-hook")
    return shop


def test_every_operation_with_a_body_is_in_the_matrix() -> None:
    assert {operation.id for operation in WITH_KEY if operation.body} == set(BODIES)
    assert len(NAMING) >= 18


@pytest.mark.parametrize("operation", NAMING, **BY_ID)
def test_the_owner_itself_gets_somewhere(operation: Operation, shop: Shop) -> None:
    """Without this, the tests below would hold for requests that never get anywhere."""
    owned = matrix.belongings(shop, "http://127.0.0.1:9/hook")
    nothing = seen(ask(operation, shop, made_up(owned[0])), made_up(owned[0]))
    before = matrix.everything_of(shop)
    answers = [seen(ask(operation, shop, ids), ids) for ids in owned]
    assert any(a != nothing for a in answers) or matrix.everything_of(shop) != before


@pytest.mark.parametrize("operation", NAMING, **BY_ID)
def test_anothers_thing_is_answered_as_one_that_is_not_there_and_stays_as_it_is(
    operation: Operation, owner: Shop, owned: list[dict[str, str]], stranger: Shop
) -> None:
    before = matrix.everything_of(owner)
    for ids in owned:
        nothing = made_up(ids)
        expected = seen(ask(operation, stranger, nothing), nothing)
        assert expected[0] == REFUSED.get(operation.id, 404)
        for wrong in ({}, {"job_id"}, {"item_id"}):
            mixed = {**ids, **{name: nothing[name] for name in wrong}}
            assert seen(ask(operation, stranger, mixed), mixed) == expected
    assert matrix.everything_of(owner) == before


@pytest.mark.parametrize("operation", [o for o in WITH_KEY if o.body], **BY_ID)
def test_naming_another_tenant_is_refused_whether_there_is_one_or_not(
    operation: Operation, owner: Shop, owned: list[dict[str, str]], stranger: Shop
) -> None:
    before = matrix.everything_of(owner), matrix.everything_of(stranger)
    answers = [
        ask(operation, stranger, ids, {"tenant_id": name})
        for name in (owner.name, "nobody-at-all", "_unassigned", "../" + owner.name)
        for ids in (owned[0], made_up(owned[0]))
    ]
    assert {problem(answer) for answer in answers} == {(403, "tenant_mismatch")}
    assert all(seen(answer) == seen(answers[0]) for answer in answers)
    assert (matrix.everything_of(owner), matrix.everything_of(stranger)) == before


@pytest.mark.parametrize("operation", LISTS, **BY_ID)
def test_no_answer_shows_anything_of_another(
    operation: Operation, owner: Shop, owned: list[dict[str, str]], stranger: Shop
) -> None:
    answer = stranger.ask(operation.method, operation.path)
    ok(answer)
    theirs = {owner.name, *(value for ids in owned for value in ids.values())}
    shared = {reference(stranger.new_job())["item_id"]}
    assert not [value for value in theirs - shared if value in answer.text]


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/brand-profiles", "/v1/deliveries"])
def test_anothers_continuation_leads_to_nothing_of_theirs(
    path: str, owner: Shop, owned: list[dict[str, str]], server: ApiServer
) -> None:
    ok(owner.post("/v1/brand-profiles", {"id": f"second-{path[-4:]}", "name": "x"}), 201)
    continuation = ok(owner.get(path, params={"limit": 1}))["continuation"]
    assert continuation is not None
    newcomer = Shop(server.url, owner.connection)
    page = ok(newcomer.get(path, params={"continuation": continuation}))
    assert list(page.values()) == [[], None]


def test_an_idempotency_key_is_each_tenants_own(owner: Shop, stranger: Shop) -> None:
    order, key = {"items": [{"filename": "mug.jpg"}]}, {"Idempotency-Key": "spring-1"}
    jobs = [ok(s.post("/v1/jobs", order, headers=key), 202)["job_id"] for s in (owner, stranger)]
    assert jobs[0] != jobs[1]
    other = {"items": [{"filename": "cup.jpg"}]}
    assert problem(stranger.post("/v1/jobs", other, headers=key))[1] == "idempotency_key_reused"
    buy = [
        ok(s.post("/v1/billing/payments", {"package": "small"}, headers=key), 201)["payment_id"]
        for s in (owner, stranger)
    ]
    assert buy[0] != buy[1]


def test_a_default_profile_is_each_tenants_own(owner: Shop, stranger: Shop) -> None:
    ok(owner.post("/v1/brand-profiles", {"id": "default", "name": "x", "scenes": ["studio"]}), 201)
    job = stranger.new_job()
    assert stranger.job(job["job_id"])["scenes"] == ["white", "studio"]
    options = {"items": [{"filename": "a.jpg"}], "options": {"profile": "own"}}
    assert problem(stranger.post("/v1/jobs", options)) == (404, "profile_missing")


def test_a_notice_about_a_payment_tells_nobody_whether_there_is_one(
    owned: list[dict[str, str]], owner: Shop
) -> None:
    def notify(payment_id: str) -> Any:
        address = f"{owner.url}/v1/billing/mollie"
        return owner.connection.post(address, data={"id": payment_id}, timeout=30)

    known, unknown = notify(owned[0]["payment_id"]), notify("tr_nobodys")
    assert seen(known) == seen(unknown)


@pytest.mark.parametrize("operation", WITH_KEY, **BY_ID)
def test_a_role_that_does_not_suffice_learns_nothing_and_changes_nothing(
    operation: Operation, owner: Shop, owned: list[dict[str, str]]
) -> None:
    assert operation.role is not None
    before = matrix.everything_of(owner)
    weaker = [role for role in Role if not role.includes(operation.role)]
    for role in weaker:
        answers = [ask(operation, owner, ids, role=role) for ids in (*owned, made_up(owned[0]))]
        answers.append(
            owner.ask(operation.method, operation.path.format(**owned[0]), data=b"{", role=role)
        )
        assert {problem(answer) for answer in answers} == {(403, "role_insufficient")}
        assert all(seen(answer) == seen(answers[0]) for answer in answers)
    assert matrix.everything_of(owner) == before
    if not weaker:
        assert ask(operation, owner, made_up(owned[0]), role=Role.READ).status_code != 403
