"""Wherever in an item's life a process dies: in the end the books balance, and what was made is
paid once, and nothing else."""

from collections import Counter
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from opal.credits.accounts import job_account, month_account, month_of
from opal.credits.prices import cost_of
from opal.documents import ITEM_FINAL, Item, ItemStatus
from opal.settings import load_settings
from tests.credits.life import JOB, assert_books_balance, figures, spent
from tests.credits.model import World

LEAST_CRASHES = 500
TURNS = 25
MONTH_BUDGET, JOB_BUDGET = 24, 45
SETTINGS = load_settings(
    {
        "OPAL_STORAGE": "UseDevelopmentStorage=true",
        "OPAL_STATE_PATH": "unused",
        "OPAL_ENDPOINT_URL": "http://127.0.0.1:1/score",
        "OPAL_LEASE": "60",
        "OPAL_BLOCKED_RETRY": "120",
        "OPAL_MONTH_BUDGET": str(MONTH_BUDGET),
        "OPAL_BILLING_ENABLED": "true",
    }
)
crashes: Counter[tuple[str, str]] = Counter()
"""How often it died, by what was under way and the operation."""


class ItemLife(RuleBasedStateMachine):
    """Spells of a life in which much happens and much dies. What happens in a spell is drawn
    evenly from its seed."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(SETTINGS, JOB_BUDGET)

    def teardown(self) -> None:
        self.world.recover()
        crashes.update(self.world.crashes)
        self.everything_is_settled()
        self.world.store.close()

    @initialize(credits=st.sampled_from([50, 9, 4, 0]))
    def begin(self, credits: int) -> None:
        if credits:
            self.world.give(credits, "start")

    @rule(seed=st.integers(0, 2**32))
    def live(self, seed: int) -> None:
        self.world.random = Random(seed)
        self.world.die_soon()
        for _ in range(TURNS):
            self.world.turn()
            self.the_books_balance()

    def the_books_balance(self) -> None:
        """At any time, between any two writes."""
        assert_books_balance(self.world.real)
        assert figures(self.world.real).available >= 0
        charged = self.world.charged()
        assert len(charged) == len(set(charged))
        assert set(charged) <= self.world.made()

    def everything_is_settled(self) -> None:
        self.the_books_balance()
        assert not self.world.runs
        assert all(map(self.rests, self.world.items()))
        assert self.world.open_holds() == figures(self.world.real).held == 0
        assert set(self.world.charged()) == self.world.made()

    def rests(self, item: Item) -> bool:
        """True for an item that is final, or waits because nothing more may be spent."""
        store, cost = self.world.real, cost_of(self.world.job.recipe)
        lacks = (
            figures(store).available < cost
            or spent(store, month_account(month_of(self.world.now))) + cost > MONTH_BUDGET
            or spent(store, job_account(JOB)) + cost > JOB_BUDGET
        )
        return item.status in ITEM_FINAL or (item.status is ItemStatus.BLOCKED and lacks)


def test_every_item_is_paid_once_wherever_its_process_dies():
    crashes.clear()
    life = settings(max_examples=120, stateful_step_count=4)
    run_state_machine_as_test(ItemLife, settings=life)
    assert crashes.total() >= LEAST_CRASHES
    under_way = {what for what, _ in crashes}
    assert under_way >= {"begin", "hold", "complete", "fail", "cancel", "retry", "reopen"}
    assert under_way >= {"upload", "recipe", "grant", "sweep"}
    assert {("hold", "write"), ("complete", "write"), ("fail", "write")} <= set(crashes)
