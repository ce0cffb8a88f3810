"""Credits are held once for a revision, a hold ends once, and the same work is charged once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from opal.credits.accounts import job_account, month_account, post
from opal.credits.budgets import Limits
from opal.credits.documents import Charge, Hold, HoldStatus, Reason, new_entry
from opal.credits.holds import capture, hold, release
from opal.errors import CreditsInsufficient, CreditsRefused
from opal.state.contract import StateStore
from tests.credits.life import (
    JOB,
    NOW,
    TENANT,
    after,
    assert_books_balance,
    charge,
    entries,
    figures,
    holds,
    reasons,
    spent,
)

FREE = Limits(None, None)


def give(store: StateStore, credits: int) -> None:
    post(store, new_entry(TENANT, Reason.GRANT, "start", "start", NOW, available=credits))


def held(store: StateStore, wanted: Charge) -> Hold:
    found = hold(store, wanted, FREE, NOW, after(60))
    assert found is not None
    return found


def test_a_hold_moves_credits_out_of_reach_and_explains_itself(store):
    give(store, 10)
    held(store, charge())
    assert figures(store) == (6, 4)
    [entry] = [entry for entry in entries(store) if entry.reason is Reason.HOLD]
    assert (entry.available, entry.held, entry.delta) == (-4, 4, 0)
    assert (entry.job_id, entry.item_id) == (charge().job_id, charge().item_id)
    assert_books_balance(store)


def test_a_hold_that_is_asked_for_twice_is_made_once(store):
    give(store, 10)
    assert held(store, charge()) == held(store, charge())
    assert figures(store) == (6, 4)


def test_what_is_not_there_is_not_held(store):
    give(store, 3)
    with pytest.raises(CreditsInsufficient) as caught:
        held(store, charge())
    assert caught.value.details == {"needed": 4, "left": 3}
    assert (figures(store), holds(store)) == ((3, 0), [])
    assert_books_balance(store)


def test_a_tenant_that_never_had_anything_has_nothing_to_hold(store):
    with pytest.raises(CreditsInsufficient):
        held(store, charge())
    assert figures(store) == (0, 0)


def test_the_last_credit_can_be_held(store):
    give(store, 4)
    held(store, charge())
    assert figures(store) == (0, 4)


def test_a_capture_charges_and_counts_as_spent(store):
    give(store, 10)
    capture(store, held(store, charge()), 0, NOW)
    assert figures(store) == (6, 0)
    assert spent(store, job_account(JOB)) == spent(store, month_account("2026-06")) == 4
    assert_books_balance(store)


def test_a_release_gives_everything_back_to_the_budgets_too(store):
    give(store, 10)
    release(store, held(store, charge()), NOW)
    assert figures(store) == (10, 0)
    assert spent(store, job_account(JOB)) == spent(store, month_account("2026-06")) == 0
    assert_books_balance(store)


@pytest.mark.parametrize("ends", ["cc", "rr", "cr", "rc"])
def test_a_hold_ends_once(store, ends):
    give(store, 10)
    mine = held(store, charge())
    act = {"c": lambda: capture(store, mine, 0, NOW), "r": lambda: release(store, mine, NOW)}
    act[ends[0]]()
    first = figures(store)
    act[ends[1]]()
    assert figures(store) == first == ((6, 0) if ends[0] == "c" else (10, 0))
    assert len(reasons(store)) == 3


def test_scenes_that_needed_no_enlarging_are_not_charged(store):
    give(store, 10)
    wanted = charge(amount=6).model_copy(update={"scenes": 3, "enlarging": 1})
    capture(store, held(store, wanted), 1, NOW)
    assert figures(store) == (6, 0)
    assert spent(store, job_account(JOB)) == 4
    assert_books_balance(store)


def test_work_that_was_charged_needs_no_hold_in_a_later_revision(store):
    give(store, 10)
    capture(store, held(store, charge(revision=1)), 0, NOW)
    assert hold(store, charge(revision=2), FREE, NOW, after(60)) is None
    assert figures(store) == (6, 0)


def test_two_revisions_that_hold_for_the_same_work_are_charged_once(store):
    """The first was completed, and crashed before it was charged."""
    give(store, 10)
    first, second = held(store, charge(revision=1)), held(store, charge(revision=2))
    capture(store, second, 0, NOW)
    capture(store, first, 0, NOW)
    assert figures(store) == (6, 0)
    assert reasons(store) == ["capture", "grant", "hold", "hold", "release"]
    assert_books_balance(store)


@pytest.mark.parametrize(
    "other",
    [
        charge(revision=2, etag="content-2"),
        charge(revision=2).model_copy(update={"recipe_digest": "another"}),
        charge(item="another"),
    ],
    ids=["content", "recipe", "item"],
)
def test_other_work_is_charged_by_itself(store, other):
    give(store, 10)
    for wanted in (charge(), other):
        capture(store, held(store, wanted), 0, NOW)
    assert figures(store) == (2, 0)
    assert_books_balance(store)


def test_an_item_that_expired_and_came_back_is_held_and_charged_anew(store):
    give(store, 10)
    capture(store, held(store, charge()), 0, NOW)
    again = held(store, charge(etag="content-2"))
    assert (again.turn, again.status) == (2, HoldStatus.OPEN)
    assert figures(store) == (2, 4)
    capture(store, again, 0, NOW)
    assert_books_balance(store)


def test_what_ended_an_earlier_turn_does_not_end_a_later_one(store):
    give(store, 10)
    first = held(store, charge())
    release(store, first, NOW)
    held(store, charge(etag="content-2"))
    release(store, first, NOW)
    assert figures(store) == (6, 4)


OTHER = charge(amount=5).model_copy(update={"recipe_digest": "another"})
"""The same revision, restarted after a new recipe came."""


def test_a_revision_that_is_restarted_with_a_new_recipe_pays_for_that_one(store):
    give(store, 10)
    first = held(store, charge())
    second = held(store, OTHER)
    assert figures(store) == (5, 5)
    capture(store, first, 0, NOW)
    assert figures(store) == (5, 5)
    capture(store, second, 0, NOW)
    assert figures(store) == (5, 0)
    assert hold(store, OTHER.model_copy(update={"revision": 2}), FREE, NOW, after(60)) is None
    assert_books_balance(store)


def test_a_revision_that_is_restarted_with_a_recipe_that_was_paid_holds_nothing(store):
    give(store, 20)
    capture(store, held(store, OTHER.model_copy(update={"revision": 0})), 0, NOW)
    held(store, charge())
    assert hold(store, OTHER, FREE, NOW, after(60)) is None
    assert figures(store) == (15, 0)
    assert_books_balance(store)


# Races.


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all of them together; answers what each gave or raised."""

    def outcome(act: Callable[[], object]) -> object:
        try:
            return act()
        except CreditsRefused as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(outcome, acts))


def test_twenty_holds_at_once_take_no_more_than_there_is(store):
    give(store, 30)
    wanted = [charge(item=f"item-{number}") for number in range(20)]
    outcomes = at_once(*(lambda w=w: held(store, w) for w in wanted))
    assert sum(isinstance(outcome, Hold) for outcome in outcomes) == 7
    assert figures(store) == (2, 28)
    assert_books_balance(store)


def test_first_entries_at_once_open_each_account_once(store):
    def give_one(number: int) -> None:
        id = f"grant-{number}"
        post(store, new_entry(TENANT, Reason.GRANT, id, id, NOW, available=10))

    at_once(*(lambda n=n: give_one(n) for n in range(10)))
    wanted = [charge(item=f"item-{number}") for number in range(10)]
    at_once(*(lambda w=w: held(store, w) for w in wanted))
    assert figures(store) == (60, 40)
    assert_books_balance(store)


def test_one_revision_held_at_once_by_many_is_held_once(store):
    give(store, 100)
    at_once(*[lambda: held(store, charge())] * 8)
    assert figures(store) == (96, 4)


@pytest.mark.parametrize("number", range(5))
def test_a_capture_and_a_release_at_once_end_the_hold_once(store, number):
    give(store, 100)
    mine = held(store, charge(item=f"item-{number}"))
    at_once(lambda: capture(store, mine, 0, NOW), lambda: release(store, mine, NOW))
    assert figures(store) in {(96, 0), (100, 0)}
    assert len(reasons(store)) == 3
    assert_books_balance(store)
