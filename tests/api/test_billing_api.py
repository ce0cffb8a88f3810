"""Credits over HTTP: what a job costs, who may begin one, and how more credits come."""

from datetime import UTC, datetime
from typing import Any

import pytest

from opal.credits.budgets import set_month_budget
from opal.credits.grants import grant
from opal.credits.items import hold_or_block
from opal.documents import InspectRequest, ItemRef
from opal.settings import get_settings
from opal.state import get_store
from opal.state.transition import get_item, get_job
from tests.api.conftest import settings_of
from tests.api.shop import Json, Shop, ok, problem
from tests.credits.fake_mollie import FakeMollie, Fault

LEDGER, BALANCE = "/v1/billing/ledger", "/v1/billing/balance"
PAYMENTS, NOTICE = "/v1/billing/payments", "/v1/billing/mollie"
ORDER = {"items": [{"filename": "mug.jpg"}, {"filename": "cup.jpg"}]}


@pytest.fixture(scope="module")
def overrides(mollie: FakeMollie) -> dict[str, str]:
    return {"OPAL_BILLING_ENABLED": "true", **settings_of(mollie)}


def give(shop: Shop, credits: int, ref: str = "start") -> None:
    grant(get_store(), get_settings(), shop.name, credits, ref, "a gift", datetime.now(UTC))


def cost(shop: Shop, **params: Any) -> Json:
    return ok(shop.get("/v1/estimate", params=params))


def test_an_estimate_adds_up_and_says_whether_it_can_be_paid(shop: Shop) -> None:
    asked = {"photos": 3, "scenes": "white,studio", "exports": "square,cutout"}
    estimate = cost(shop, **asked)
    each = sum(line["count"] * line["credits"] for line in estimate["lines"])
    assert (estimate["per_photo"], estimate["total"]) == (each, 3 * each)
    assert (estimate["available"], estimate["affordable"]) == (0, False)
    give(shop, 3 * each)
    assert cost(shop, **asked)["affordable"] is True
    assert cost(shop, **{**asked, "photos": 4})["affordable"] is False


def test_an_estimate_is_of_what_the_profile_says(shop: Shop) -> None:
    small = {"id": "small", "name": "x", "scenes": ["white"], "exports": ["square"]}
    ok(shop.post("/v1/brand-profiles", small), 201)
    by_profile = cost(shop, brand_profile_id="small")
    assert by_profile["total"] == cost(shop, scenes="white", exports="square")["total"]
    assert cost(shop)["total"] > by_profile["total"]
    assert problem(shop.get("/v1/estimate?brand_profile_id=x")) == (404, "profile_missing")


@pytest.mark.parametrize(
    ("query", "field"),
    [("scenes=white,beach", "scenes.1"), ("exports=", "exports.0"), ("photos=0", "photos")],
)
def test_an_estimate_of_what_there_is_not_is_refused(shop: Shop, query: str, field: str) -> None:
    answer = shop.get(f"/v1/estimate?{query}")
    assert problem(answer) == (422, "request_invalid")
    assert answer.json()["errors"][0]["field"] == field


def test_a_job_that_can_not_be_paid_is_not_begun(shop: Shop) -> None:
    total = cost(shop, photos=2)["total"]
    give(shop, total - 1)
    answer = shop.post("/v1/jobs", ORDER)
    assert problem(answer) == (402, "credits_insufficient")
    assert (answer.json()["needed"], answer.json()["left"]) == (total, total - 1)
    assert ok(shop.get("/v1/jobs"))["jobs"] == []
    give(shop, 1, "one-more")
    ok(shop.post("/v1/jobs", ORDER), 202)


def test_a_refused_request_is_accepted_under_the_same_key_once_there_is_credit(shop: Shop) -> None:
    def ask() -> Any:
        return shop.post("/v1/jobs", ORDER, headers={"Idempotency-Key": "spring"})

    assert ask().status_code == 402
    give(shop, 1000)
    first = ok(ask(), 202)
    assert ok(ask(), 202) == first


def test_a_job_that_exceeds_its_own_budget_is_not_begun(shop: Shop) -> None:
    give(shop, 1000)
    total = cost(shop, photos=2)["total"]
    answer = shop.post("/v1/jobs", {**ORDER, "budget": total - 1})
    assert problem(answer) == (402, "job_budget_exhausted")
    assert ok(shop.post("/v1/jobs", {**ORDER, "budget": total}), 202)


def test_a_job_that_exceeds_the_months_budget_is_not_begun(shop: Shop) -> None:
    give(shop, 1000)
    set_month_budget(get_store(), shop.name, cost(shop, photos=2)["total"] - 1)
    assert problem(shop.post("/v1/jobs", ORDER)) == (402, "month_budget_exhausted")


def test_every_change_is_in_the_ledger_newest_first_and_they_add_up(shop: Shop) -> None:
    for number in range(5):
        give(shop, 10 + number, f"gift-{number}")
    give(shop, -7, "mistake")
    seen: list[Json] = []
    continuation = None
    while continuation is not None or not seen:
        page = ok(shop.get(LEDGER, params={"limit": 4, "continuation": continuation}))
        seen += page["entries"]
        continuation = page["continuation"]
    assert [entry["delta"] for entry in seen] == [-7, 14, 13, 12, 11, 10]
    assert {entry["reason"] for entry in seen} == {"grant"}
    assert ok(shop.get(BALANCE))["available"] == sum(entry["delta"] for entry in seen) == 53


def test_packages_are_shown_smallest_first(shop: Shop) -> None:
    packages = ok(shop.get("/v1/billing/packages"))["packages"]
    assert [package["name"] for package in packages] == ["small", "medium", "large"]
    assert packages[0] == {"name": "small", "credits": 500, "price": "15.00", "currency": "EUR"}


def test_a_purchase_is_paid_at_the_provider_and_entered_when_it_says_so(
    shop: Shop, mollie: FakeMollie
) -> None:
    answer = shop.post(PAYMENTS, {"package": "small"})
    payment = ok(answer, 201)
    assert answer.headers["Location"] == f"{PAYMENTS}/{payment['payment_id']}"
    assert (payment["status"], payment["credits"]) == ("open", 500)
    assert payment["checkout_url"].startswith("https://www.mollie.com/")
    assert ok(shop.get(BALANCE))["available"] == 0
    mollie.pay(payment["payment_id"])
    notices = [
        shop.connection.post(shop.url + NOTICE, data={"id": payment["payment_id"]}, timeout=30)
        for _ in range(2)
    ]
    assert [ok(notice) for notice in notices] == [{"ok": True}] * 2
    assert ok(shop.get(answer.headers["Location"]))["status"] == "paid"
    assert ok(shop.get(BALANCE))["available"] == 500
    [entry] = ok(shop.get(LEDGER))["entries"]
    assert (entry["reason"], entry["delta"]) == ("purchase", 500)


def test_looking_at_an_open_payment_asks_the_provider(shop: Shop, mollie: FakeMollie) -> None:
    where = shop.post(PAYMENTS, {"package": "small"}).headers["Location"]
    mollie.pay(where.rsplit("/", 1)[1])
    assert ok(shop.get(where))["status"] == "paid"
    assert ok(shop.get(BALANCE))["available"] == 500


def test_a_repeated_purchase_is_the_same_payment_and_not_another_packages(shop: Shop) -> None:
    def buy(package: str) -> Any:
        return shop.post(PAYMENTS, {"package": package}, headers={"Idempotency-Key": "once"})

    assert ok(buy("small"), 201) == ok(buy("small"), 201)
    assert problem(buy("large")) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=503, times=5), (502, "payment_provider_unavailable")),
        (Fault(text="no json", times=5), (502, "payment_provider_unavailable")),
        (Fault(status=422), (502, "payment_refused")),
    ],
)
def test_a_provider_that_fails_is_answered_as_such_and_enters_nothing(
    shop: Shop, mollie: FakeMollie, fault: Fault, expected: tuple[int, str]
) -> None:
    mollie.fault = fault
    try:
        assert problem(shop.post(PAYMENTS, {"package": "small"})) == expected
    finally:
        mollie.fault = None
    assert ok(shop.get(LEDGER))["entries"] == []


def test_a_notice_that_the_provider_can_not_confirm_is_to_be_sent_again(
    shop: Shop, mollie: FakeMollie
) -> None:
    payment_id = ok(shop.post(PAYMENTS, {"package": "small"}), 201)["payment_id"]
    mollie.pay(payment_id)
    mollie.fault = Fault(status=503, times=5)
    answer = shop.ask("POST", NOTICE, data={"id": payment_id})
    mollie.fault = None
    assert problem(answer) == (502, "payment_provider_unavailable")
    assert ok(shop.get(BALANCE))["available"] == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "payment_id_missing"),
        (b"id=", "payment_id_missing"),
        (b'{"id": 5}', "payment_id_invalid"),
        (b"id=../../payments", "payment_id_invalid"),
        (b'{"id": ' + b"[" * 100_000, "payment_id_missing"),
        (b"\xff\xfe", "payment_id_missing"),
    ],
)
def test_a_notice_that_names_no_payment_is_malformed(shop: Shop, body: bytes, code: str) -> None:
    answer = shop.ask("POST", NOTICE, data=body)
    assert problem(answer) == (400, code)


def test_a_notice_about_an_unknown_payment_changes_nothing(shop: Shop) -> None:
    assert ok(shop.ask("POST", NOTICE, json={"id": "tr_nobodys"})) == {"ok": True}


@pytest.mark.parametrize("package", ["", "tiny", "Small", 5])
def test_a_package_that_there_is_not_is_not_bought(shop: Shop, package: object) -> None:
    assert shop.post(PAYMENTS, {"package": package}).status_code == 422


def test_a_photo_that_is_to_be_made_otherwise_gives_back_what_was_held_for_it(shop: Shop) -> None:
    give(shop, 100)
    job = shop.new_job()
    shop.ask_for_review(job)
    partition, item_id = shop.partition(job), job["items"][0]["item_id"]
    item, stored = get_item(get_store(), partition, item_id), get_job(get_store(), partition)
    assert item is not None
    assert stored is not None
    request = InspectRequest(item=ItemRef.of(item), raw_path=item.raw_path, recipe=stored.recipe)
    assert hold_or_block(get_store(), get_settings(), request, datetime.now(UTC)) is None
    assert ok(shop.get(BALANCE))["held"] > 0
    path = f"/v1/jobs/{job['job_id']}/items/{item_id}/review"
    ok(shop.post(path, {"decision": "retry", "options": {"upscale": False}}), 202)
    assert ok(shop.get(BALANCE))["held"] == 0
