"""Budgets are stops: a hold beyond a job's or a month's is refused, and what comes back counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from opal.credits.accounts import balance, month_account, month_of
from opal.credits.budgets import Limits, limits_of, require_credit, set_month_budget
from opal.credits.documents import Hold
from opal.credits.grants import grant
from opal.credits.holds import capture, hold, release
from opal.credits.prices import estimate
from opal.errors import (
    CreditsInsufficient,
    CreditsRefused,
    InvalidInput,
    JobBudgetExhausted,
    MonthBudgetExhausted,
)
from tests.credits.life import NOW, PLAIN, TENANT, after, assert_books_balance, charge, spent

JULY = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def rich(store, settings):
    """A store whose tenant has 1,000 credits."""
    grant(store, settings, TENANT, 1000, "start", "", NOW)
    return store


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        (Limits(job=10, month=None), JobBudgetExhausted),
        (Limits(job=None, month=10), MonthBudgetExhausted),
        (Limits(job=10, month=10), JobBudgetExhausted),
    ],
)
def test_a_hold_beyond_a_budget_is_refused_and_writes_nothing(rich, limits, refused):
    for number in range(2):
        hold(rich, charge(item=f"item-{number}"), limits, NOW, after(60))
    with pytest.raises(refused) as caught:
        hold(rich, charge(item="one-more"), limits, NOW, after(60))
    assert caught.value.details == {"needed": 4, "left": 2}
    assert balance(rich, TENANT).held == 8
    assert_books_balance(rich)


def test_a_budget_can_be_spent_to_its_last_credit(rich):
    assert hold(rich, charge(), Limits(job=4, month=4), NOW, after(60))


def test_an_empty_balance_is_told_as_such_while_budgets_have_room(store):
    with pytest.raises(CreditsInsufficient):
        hold(store, charge(), Limits(job=100, month=100), NOW, after(60))


def test_what_was_charged_stays_spent_and_what_was_given_back_does_not(rich):
    limits = Limits(job=8, month=8)
    charged = hold(rich, charge(item="charged"), limits, NOW, after(60))
    given_back = hold(rich, charge(item="given-back"), limits, NOW, after(60))
    capture(rich, charged, 0, NOW)
    release(rich, given_back, NOW)
    assert hold(rich, charge(item="third"), limits, NOW, after(60))
    with pytest.raises(JobBudgetExhausted):
        hold(rich, charge(item="fourth"), limits, NOW, after(60))


def test_a_new_month_begins_with_its_whole_budget(rich):
    limits = Limits(job=None, month=4)
    hold(rich, charge(item="june"), limits, JULY - timedelta(seconds=1), after(60))
    assert hold(rich, charge(item="july"), limits, JULY, after(60))


def test_a_hold_counts_in_the_month_in_which_it_was_made(rich):
    mine = hold(rich, charge(), Limits(None, None), NOW, after(60))
    release(rich, mine, JULY)
    assert spent(rich, month_account("2026-06")) == spent(rich, month_account("2026-07")) == 0


def test_months_are_utc_wherever_the_clock_stands():
    tokyo = timezone(timedelta(hours=9))
    assert month_of(datetime(2026, 7, 1, 8, 59, tzinfo=tokyo)) == "2026-06"
    assert month_of(datetime(2026, 7, 1, 9, 0, tzinfo=tokyo)) == "2026-07"


def test_holds_at_once_stay_within_the_budget(rich):
    limits = Limits(job=30, month=None)

    def try_one(number: int) -> Hold | None:
        try:
            return hold(rich, charge(item=f"item-{number}"), limits, NOW, after(60))
        except CreditsRefused:
            return None

    with ThreadPoolExecutor(12) as pool:
        held = [made for made in pool.map(try_one, range(12)) if made]
    assert len(held) == 7
    assert_books_balance(rich)


def test_a_tenants_own_month_budget_goes_before_the_setting(store, settings):
    limited = settings.model_copy(update={"month_budget": 100})
    assert limits_of(limited, balance(store, TENANT), 7) == Limits(job=7, month=100)
    own = set_month_budget(store, TENANT, 0)
    assert limits_of(limited, own, None).month == 0
    assert limits_of(limited, set_month_budget(store, TENANT, None), None).month == 100


def test_a_budget_below_zero_is_refused(store):
    with pytest.raises(InvalidInput) as caught:
        set_month_budget(store, TENANT, -1)
    assert caught.value.code == "budget_invalid"


# Before a job is created.


def test_a_job_is_refused_when_its_estimate_is_more_than_there_is(store, settings):
    grant(store, settings, TENANT, 39, "start", "", NOW)
    with pytest.raises(CreditsInsufficient) as caught:
        require_credit(store, settings, TENANT, estimate(PLAIN, 10), NOW)
    assert (caught.value.http_status, caught.value.code) == (402, "credits_insufficient")
    grant(store, settings, TENANT, 1, "one-more", "", NOW)
    require_credit(store, settings, TENANT, estimate(PLAIN, 10), NOW)
    assert balance(store, TENANT).held == 0


def test_a_job_is_refused_when_its_estimate_is_more_than_its_budget(rich, settings):
    with pytest.raises(JobBudgetExhausted):
        require_credit(rich, settings, TENANT, estimate(PLAIN, 10), NOW, budget=39)
    require_credit(rich, settings, TENANT, estimate(PLAIN, 10), NOW, budget=40)


def test_a_job_is_refused_when_the_month_has_no_room_for_it(rich, settings):
    limited = settings.model_copy(update={"month_budget": 43})
    hold(rich, charge(), Limits(None, None), NOW, after(60))
    with pytest.raises(MonthBudgetExhausted):
        require_credit(rich, limited, TENANT, estimate(PLAIN, 10), NOW)
    require_credit(rich, limited, TENANT, estimate(PLAIN, 10), JULY)


def test_without_billing_nothing_is_refused(store, settings):
    free = settings.model_copy(update={"billing_enabled": False})
    require_credit(store, free, TENANT, estimate(PLAIN, 10), NOW)
