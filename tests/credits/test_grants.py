"""What an operator gives is entered once under its ref, and can be read back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from opal.credits.accounts import balance, entries
from opal.credits.documents import Balance
from opal.credits.grants import grant
from opal.errors import Conflict, CreditsInsufficient, InvalidInput
from tests.credits.life import NOW, TENANT, after, assert_books_balance, figures


@pytest.fixture
def give(store, settings):
    return lambda credits, ref, at=NOW: grant(store, settings, TENANT, credits, ref, "a note", at)


def test_a_tenant_without_any_entry_has_nothing(store):
    assert balance(store, TENANT) == Balance(tenant_id=TENANT)
    assert entries(store, TENANT, 10).entries == ()


def test_a_grant_is_entered_once_however_often_it_comes(store, give):
    assert give(100, "start") == give(100, "start", after(5))
    assert figures(store) == (100, 0)


def test_a_ref_that_was_used_for_other_credits_is_refused(store, give):
    give(100, "start")
    with pytest.raises(Conflict) as caught:
        give(200, "start")
    assert caught.value.code == "grant_ref_reused"
    assert figures(store) == (100, 0)


def test_a_correction_takes_back_what_is_there_and_no_more(store, give):
    give(100, "start")
    give(-100, "wrong-tenant")
    assert figures(store) == (0, 0)
    with pytest.raises(CreditsInsufficient):
        give(-1, "too-much")
    assert_books_balance(store)


@pytest.mark.parametrize(
    ("credits", "ref"), [(0, "x"), (10**9 + 1, "x"), (5, ""), (5, "a/b"), (5, "x" * 101), (5, "ü")]
)
def test_a_grant_that_means_nothing_is_refused(store, give, credits, ref):
    with pytest.raises(InvalidInput) as caught:
        give(credits, ref)
    assert caught.value.code == "grant_invalid"
    assert figures(store) == (0, 0)


def test_one_grant_at_once_from_many_callers_is_entered_once(store, give):
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: give(10, "start"), range(10)))
    assert len({answer.id for answer in answers}) == 1
    assert figures(store) == (10, 0)


def test_tenants_have_balances_of_their_own(store, give, settings):
    give(100, "start")
    grant(store, settings, "other", 5, "start", "", NOW)
    assert (figures(store), figures(store, "other")) == ((100, 0), (5, 0))
    assert [entry.tenant_id for entry in entries(store, "other", 10).entries] == ["other"]


def test_entries_are_read_newest_first_a_page_at_a_time(store, give):
    for number in range(5):
        give(number + 1, f"grant-{number}", after(number))
    first = entries(store, TENANT, 2)
    second = entries(store, TENANT, 2, first.continuation)
    last = entries(store, TENANT, 2, second.continuation)
    pages = (first, second, last)
    assert [[e.available for e in page.entries] for page in pages] == [[5, 4], [3, 2], [1]]
    assert last.continuation is None
    assert first.entries[0].note == "a note"


def test_a_continuation_that_was_made_up_is_refused(store):
    with pytest.raises(InvalidInput) as caught:
        entries(store, TENANT, 2, "made up")
    assert caught.value.code == "continuation_invalid"
