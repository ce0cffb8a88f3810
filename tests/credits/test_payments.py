"""Credits are bought at Mollie: only Mollie's own answer counts, and it counts once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from opal.credits.documents import ledger_of
from opal.credits.payment import PaymentStatus
from opal.credits.payments import (
    create_payment,
    get_payment,
    handle_mollie_notice,
)
from opal.credits.polling import poll_payments
from opal.credits.prices import package_of
from opal.documents import ItemStatus
from opal.errors import InvalidInput, NotFound, PaymentProviderDown, PaymentsNotConfigured
from opal.state.contract import Delete
from tests.credits.fake_mollie import Fault
from tests.credits.life import (
    NOW,
    TENANT,
    after,
    entries,
    figures,
    inspect,
    item_of,
    reasons,
    take,
)

SMALL = package_of("small")
NOTED = {"installation": "https://opal.example", "tenant_id": TENANT, "package": "small"}


@pytest.fixture
def store(sqlite):
    return sqlite


@pytest.fixture
def bought(store, selling):
    """A payment that the buyer has yet to pay."""
    return create_payment(store, selling, TENANT, "small", NOW)


@pytest.fixture
def notice(store, selling):
    return lambda id, at=NOW: handle_mollie_notice(store, selling, id, at)


@pytest.fixture
def look(store, selling):
    return lambda id, tenant=TENANT, at=NOW: get_payment(store, selling, tenant, id, at)


def forget(store, payment):
    """As if the process had died before it stored the payment."""
    stored = store.read(ledger_of(TENANT), payment.id)
    store.write(ledger_of(TENANT), [Delete(payment.id, stored.etag)])


# Making a payment.


def test_a_payment_is_made_for_the_package_and_says_where_to_pay(mollie, bought):
    made = mollie.payments[bought.payment_id]
    assert made["amount"] == {"value": SMALL.price, "currency": SMALL.currency}
    assert made["metadata"] == NOTED
    assert made["webhookUrl"] == "https://opal.example/v1/billing/mollie"
    assert bought.checkout_url == made["_links"]["checkout"]["href"]
    assert (bought.status, bought.credits) == (PaymentStatus.OPEN, SMALL.credits)


def test_nothing_is_entered_before_it_is_paid(store, bought, look):
    assert look(bought.payment_id).status is PaymentStatus.OPEN
    assert figures(store) == (0, 0)


def test_one_key_makes_one_payment(store, selling, mollie):
    made = [create_payment(store, selling, TENANT, "small", NOW, idempotency_key="k") for _ in "12"]
    assert made[0] == made[1]
    assert len(mollie.payments) == 1


def test_a_key_that_came_with_another_package_is_refused(store, selling):
    create_payment(store, selling, TENANT, "small", NOW, idempotency_key="k")
    with pytest.raises(InvalidInput) as caught:
        create_payment(store, selling, TENANT, "large", NOW, idempotency_key="k")
    assert caught.value.code == "idempotency_key_reused"


def test_tenants_do_not_share_keys(store, selling, mollie):
    for tenant in (TENANT, "other"):
        create_payment(store, selling, tenant, "small", NOW, idempotency_key="k")
    assert len(mollie.payments) == 2


def test_without_a_key_for_mollie_nothing_is_sold(store, settings):
    with pytest.raises(PaymentsNotConfigured):
        create_payment(store, settings, TENANT, "small", NOW)


def test_without_an_address_of_ours_mollie_is_not_asked_to_call_it(store, selling, mollie):
    local = selling.model_copy(update={"public_url": None})
    with pytest.raises(PaymentsNotConfigured):
        create_payment(store, local, TENANT, "small", NOW)
    made = create_payment(store, local, TENANT, "small", NOW, redirect_url="http://localhost/")
    assert "webhookUrl" not in mollie.payments[made.payment_id]


# Paid.


def test_a_paid_payment_enters_its_credits_and_lets_photos_go_on(
    store, settings, mollie, bought, notice
):
    photo = take(store)
    inspect(store, settings, photo)
    assert item_of(store, photo).status is ItemStatus.BLOCKED
    mollie.pay(bought.payment_id)
    notice(bought.payment_id)
    assert figures(store) == (SMALL.credits, 0)
    assert item_of(store, photo).status is ItemStatus.QUEUED


def test_a_repeated_notice_enters_nothing_more(store, mollie, bought, notice):
    mollie.pay(bought.payment_id)
    for second in range(3):
        notice(bought.payment_id, after(second))
    assert figures(store) == (SMALL.credits, 0)
    assert [entry.id for entry in entries(store)] == [f"entry.purchase.{bought.payment_id}"]


def test_a_look_at_a_paid_payment_enters_it_and_the_late_notice_nothing(
    store, mollie, bought, notice, look
):
    mollie.pay(bought.payment_id)
    found = look(bought.payment_id)
    assert (found.status, found.paid_at) == (PaymentStatus.PAID, NOW)
    notice(bought.payment_id)
    assert figures(store) == (SMALL.credits, 0)


def test_notices_and_looks_at_once_credit_once(store, mollie, bought, notice, look):
    mollie.pay(bought.payment_id)
    acts = [notice, look] * 8
    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(lambda act: act(bought.payment_id), acts))
    assert figures(store) == (SMALL.credits, 0)
    assert len(entries(store)) == 1


def test_a_payment_whose_document_was_lost_is_credited_from_its_notice(
    store, mollie, bought, notice, look
):
    forget(store, bought)
    mollie.pay(bought.payment_id)
    notice(bought.payment_id)
    assert look(bought.payment_id).status is PaymentStatus.PAID
    assert figures(store) == (SMALL.credits, 0)


def test_notices_at_once_of_a_lost_payment_credit_once(store, mollie, bought, notice):
    forget(store, bought)
    mollie.pay(bought.payment_id)
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(notice, [bought.payment_id] * 10))
    assert figures(store) == (SMALL.credits, 0)


def test_an_answer_from_before_the_payment_does_not_unpay_it(store, mollie, bought, notice, look):
    """Mollie was asked, then the payment was paid and entered, and then the answer came."""
    notice(bought.payment_id)
    mollie.pay(bought.payment_id)
    notice(bought.payment_id)
    mollie.change(bought.payment_id, status="open")
    notice(bought.payment_id)
    assert look(bought.payment_id).status is PaymentStatus.PAID
    assert figures(store) == (SMALL.credits, 0)


# Not paid, not ours, not as agreed.


@pytest.mark.parametrize("status", ["canceled", "expired", "failed", "pending", "authorized"])
def test_a_payment_that_is_not_paid_enters_nothing(
    store, selling, mollie, bought, notice, look, status
):
    mollie.change(bought.payment_id, status=status)
    notice(bought.payment_id)
    assert look(bought.payment_id).status == status
    assert figures(store) == (0, 0)


def test_a_payment_that_is_paid_after_all_is_entered(store, mollie, bought, notice):
    mollie.change(bought.payment_id, status="expired")
    notice(bought.payment_id)
    mollie.pay(bought.payment_id)
    notice(bought.payment_id)
    assert figures(store) == (SMALL.credits, 0)


def test_a_status_that_we_do_not_know_changes_nothing(mollie, bought, notice, look):
    mollie.change(bought.payment_id, status="shipping")
    notice(bought.payment_id)
    assert look(bought.payment_id).status is PaymentStatus.OPEN


def test_a_payment_that_mollie_does_not_know_is_nothing(store, notice):
    notice("tr_unknown")
    assert entries(store) == []


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        "text",
        [],
        {},
        {"tenant_id": TENANT, "package": "small"},
        {**NOTED, "tenant_id": None},
        {**NOTED, "tenant_id": "../x"},
        {**NOTED, "package": None},
        {**NOTED, "package": "huge"},
        {**NOTED, "installation": "https://another.example"},
    ],
)
def test_a_payment_that_is_none_of_ours_is_nothing(store, mollie, notice, metadata):
    id = mollie.add(status="paid", metadata=metadata)
    notice(id)
    assert entries(store) == []


@pytest.mark.parametrize(
    "amount",
    [
        {"value": "0.01", "currency": "EUR"},
        {"value": SMALL.price, "currency": "JPY"},
        {"value": "1500.00", "currency": "EUR"},
    ],
)
@pytest.mark.parametrize("stored", [True, False])
def test_a_payment_of_another_amount_is_not_credited(
    store, mollie, bought, notice, look, amount, stored
):
    if not stored:
        forget(store, bought)
    mollie.change(bought.payment_id, amount=amount)
    mollie.pay(bought.payment_id)
    notice(bought.payment_id)
    assert look(bought.payment_id).status is PaymentStatus.MISMATCHED
    assert figures(store) == (0, 0)


def test_another_tenants_payment_does_not_exist(bought, look):
    with pytest.raises(NotFound) as caught:
        look(bought.payment_id, "other")
    assert caught.value.code == "payment_missing"


# Mollie fails.

FAULTS = {
    "500": Fault(status=500),
    "503 in html": Fault(status=503, text="<html>down</html>"),
    "429": Fault(status=429),
    "401": Fault(status=401),
    "no json": Fault(text="<html>welcome</html>"),
    "a list": Fault(text="[]"),
    "a number": Fault(text="7"),
    "an error that lacks its detail": Fault(status=400, text='{"status": 400}'),
    "an error with a text for a status": Fault(status=400, text='{"status": "no"}'),
    "no amount": Fault(text='{"id": "tr_1", "status": "paid", "metadata": {}}'),
    "another payment": Fault(
        text='{"id": "tr_1", "status": "paid", "amount": {"value": "1.00", "currency": "EUR"}}'
    ),
    "slow": Fault(delay_s=1.5),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_when_mollie_fails_the_notice_is_to_be_repeated(store, mollie, bought, notice, fault):
    mollie.pay(bought.payment_id)
    mollie.fault = replace(FAULTS[fault])
    with pytest.raises(PaymentProviderDown) as caught:
        notice(bought.payment_id)
    assert (caught.value.http_status, caught.value.retryable) == (502, True)
    assert figures(store) == (0, 0)
    mollie.fault = None
    notice(bought.payment_id)
    assert figures(store) == (SMALL.credits, 0)


def test_when_nobody_answers_the_notice_is_to_be_repeated(store, selling, mollie, bought):
    nowhere = selling.model_copy(update={"mollie_url": "http://127.0.0.1:1"})
    with pytest.raises(PaymentProviderDown):
        handle_mollie_notice(store, nowhere, bought.payment_id, NOW)


def test_a_failure_tells_no_secret(mollie, notice, bought):
    mollie.fault = Fault(status=500, text="secret words of the provider")
    with pytest.raises(PaymentProviderDown) as caught:
        notice(bought.payment_id)
    assert "secret" not in str(caught.value)
    assert mollie.api_key not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "payment_refused"),
        (422, "payment_refused"),
        (401, "payment_refused"),
        (429, "payment_provider_unavailable"),
        (500, "payment_provider_unavailable"),
    ],
)
def test_a_payment_that_mollie_does_not_make_is_not_stored(store, selling, mollie, status, code):
    mollie.fault = Fault(status=status)
    with pytest.raises(Exception, match="payment provider") as caught:
        create_payment(store, selling, TENANT, "small", NOW)
    assert caught.value.code == code
    assert store.page(ledger_of(TENANT), "payment", 10).documents == ()


# Notices that never come.


def test_the_sweeper_asks_about_undecided_payments(store, selling, mollie, bought):
    mollie.pay(bought.payment_id)
    poll_payments(store, selling, NOW + timedelta(minutes=5))
    assert figures(store) == (0, 0)
    poll_payments(store, selling, NOW + timedelta(minutes=5, seconds=1))
    assert figures(store) == (SMALL.credits, 0)


def test_the_sweeper_asks_less_and_less_often_and_never_about_decided_ones(
    store, selling, mollie, bought
):
    def asked() -> int:
        return sum(method == "GET" for method, _ in mollie.requests)

    for minute in range(200):
        poll_payments(store, selling, NOW + timedelta(minutes=minute))
    assert asked() == 5
    mollie.change(bought.payment_id, status="expired")
    poll_payments(store, selling, NOW + timedelta(days=1))
    poll_payments(store, selling, NOW + timedelta(days=9))
    assert asked() == 6


def test_a_payment_that_can_not_be_asked_about_does_not_stand_before_the_others(
    store, selling, mollie, bought
):
    later = create_payment(store, selling, TENANT, "small", after(1))
    mollie.pay(later.payment_id)
    mollie.fault = Fault(status=500)
    with pytest.raises(PaymentProviderDown):
        poll_payments(store, selling, NOW + timedelta(minutes=6))
    poll_payments(store, selling, NOW + timedelta(minutes=7))
    assert figures(store) == (SMALL.credits, 0)


# Money that goes back.


def money(value: str) -> dict[str, str]:
    return {"value": value, "currency": "EUR"}


def test_a_refund_takes_its_share_of_the_credits_back_once(store, mollie, bought, notice, look):
    mollie.pay(bought.payment_id)
    notice(bought.payment_id)
    mollie.change(bought.payment_id, amountRefunded=money("3.00"))
    for second in range(2):
        notice(bought.payment_id, after(second))
    assert figures(store) == (400, 0)
    mollie.change(bought.payment_id, amountRefunded=money("15.00"))
    notice(bought.payment_id)
    assert figures(store) == (0, 0)
    assert reasons(store) == ["purchase", "refund", "refund"]


def test_refunds_at_once_are_taken_once(store, mollie, bought, notice):
    mollie.pay(bought.payment_id)
    mollie.change(bought.payment_id, amountRefunded=money("3.00"))
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(notice, [bought.payment_id] * 10))
    assert figures(store) == (400, 0)
    assert reasons(store) == ["purchase", "refund"]


def test_a_chargeback_of_what_was_spent_leaves_a_debt_that_a_purchase_pays(
    store, settings, mollie, bought, notice
):
    mollie.pay(bought.payment_id)
    notice(bought.payment_id)
    photo = take(store)
    inspect(store, settings, photo)
    mollie.change(bought.payment_id, amountChargedBack=money("15.00"))
    notice(bought.payment_id)
    assert figures(store) == (-4, 4)
    assert inspect(store, settings, take(store, "b.jpg")) is not None


def test_a_refund_that_looks_undone_in_an_old_answer_stays(store, mollie, bought, notice):
    mollie.pay(bought.payment_id)
    for refunded in ("15.00", "0.00", "20.00"):
        mollie.change(bought.payment_id, amountRefunded=money(refunded))
        notice(bought.payment_id)
    assert figures(store) == (0, 0)
    assert reasons(store) == ["purchase", "refund"]
