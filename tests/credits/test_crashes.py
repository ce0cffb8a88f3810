"""Whatever dies wherever in an item's life: in the end the books balance, and everybody paid
once for exactly what was made."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from opal import sweeping
from opal.credits.accounts import job_account, month_account, month_of
from opal.credits.documents import HoldStatus, Reason
from opal.credits.grants import grant
from opal.credits.items import charge_of, hold_or_block, settle_credits
from opal.credits.prices import cost_of
from opal.credits.sweep import credit_steps
from opal.documents import (
    ITEM_FINAL,
    CompleteItem,
    InspectedPhoto,
    InspectRequest,
    Item,
    ItemRef,
    ItemStatus,
    Job,
    ProcessItem,
)
from opal.errors import Conflict, CreditsRefused
from opal.intake import start_of_item
from opal.names import understand_drop
from opal.recipe import Recipe
from opal.settings import load_settings
from opal.state.canceling import cancel_item, retry_item
from opal.state.claims import Source, claim_item, ensure_job, reopen_item, requeue_item
from opal.state.jobs import set_recipe
from opal.state.progress import begin_item, complete_item, fail_item
from opal.state.sqlite import SqliteStore
from opal.state.transition import get_item, get_job
from tests.credits.crashing_store import Crash, CrashingStore
from tests.credits.life import (
    BROKEN,
    HERE,
    JOB,
    NOW,
    PLAIN,
    STUDIO,
    TENANT,
    assert_books_balance,
    entries,
    figures,
    give_budget,
    holds,
    ref_of,
    spent,
    stage,
)

NAMES = ["a.jpg", "b.jpg"]
RECIPES = [PLAIN, STUDIO]
SETTINGS = load_settings(
    {
        "OPAL_STORAGE": "UseDevelopmentStorage=true",
        "OPAL_STATE_PATH": "unused",
        "OPAL_ENDPOINT_URL": "http://127.0.0.1:1/score",
        "OPAL_LEASE": "60",
        "OPAL_BLOCKED_RETRY": "120",
        "OPAL_MONTH_BUDGET": "20",
        "OPAL_BILLING_ENABLED": "true",
    }
)
LEASE = SETTINGS.lease_s
LEAST_CRASHES = 500
MOST_POINTS = 60

names = st.sampled_from(NAMES)
seen: Counter[tuple[str, str, int]] = Counter()
"""Where it died: what was under way, in which operation, at which of its crash points."""


@dataclass
class Run:
    """An orchestration: what it works for, and which activity it has come to."""

    ref: ItemRef
    recipe: Recipe
    at: str = "begin"


class ItemLife(RuleBasedStateMachine):
    """Two photos of a tenant that is often short of credit, on machines that often die.

    The engine is modelled: it repeats an activity that died, may repeat one that did not, and
    may forget a run altogether. All else is the code that runs in production.
    """

    def __init__(self) -> None:
        super().__init__()
        self.real = SqliteStore(":memory:")
        self.store = CrashingStore(self.real)
        self.random = Random(0)
        self.now = NOW
        self.number = 0
        self.runs: dict[tuple[str, int], Run] = {}
        self.undelivered: list[Callable[[], object]] = []
        self.works: dict[tuple[str, int], str] = {}
        drop = understand_drop(f"{TENANT}/{JOB}/a.jpg")
        ensure_job(self.store, drop, lambda: PLAIN, "trace", self.now)
        give_budget(self.store, 25)

    def teardown(self) -> None:
        self.recover()
        self.store.close()

    @initialize(seed=st.integers(0, 10**6), credits=st.sampled_from([30, 9, 4, 0]))
    def begin(self, seed: int, credits: int) -> None:
        for name in NAMES:
            self.take_in(name, 1)
        if credits:
            self.grant(credits, "start")
        self.random = Random(seed)
        self.die_soon()

    # What comes from outside; its sender repeats what was not answered.

    @rule(what=st.sampled_from(["upload", "recipe", "grant"]), pick=st.integers(0, 3))
    def outside(self, what: str, pick: int) -> None:
        self.number += 1
        event: Callable[[], object] = partial(self.take_in, NAMES[pick % 2], 1 + pick // 2)
        if what == "recipe":
            event = partial(self.take_recipe, RECIPES[pick % 2], f"v{self.number}")
        if what == "grant":
            event = partial(self.grant, [4, 5, 9, -3][pick], f"grant-{self.number}")
        self.send(what, event)

    @rule(what=st.sampled_from(["cancel", "retry", "reopen"]), name=names)
    def by_hand(self, what: str, name: str) -> None:
        act = {"cancel": self.cancel_one, "retry": self.retry_one, "reopen": self.reopen_one}
        for item in self.named(name):
            self.send(what, partial(act[what], ref_of(item)))

    # What the engine does.

    @rule(
        which=st.integers(0, 1),
        activities=st.sampled_from([3, 1, 2]),
        ends=st.sampled_from(["complete", "fail"]),
        again=st.booleans(),
        fate=st.sampled_from(["repeat", "forget"]),
    )
    def go_on(self, which: int, activities: int, ends: str, again: bool, fate: str) -> None:
        if not self.runs:
            self.now += timedelta(seconds=2 * LEASE + 1)
            self.sweep()
        for key in list(self.runs)[which : which + 1]:
            for _ in range(activities):
                if key not in self.runs or not self.one_activity(key, ends, again):
                    break
            else:
                return
            if fate == "forget":
                self.runs.pop(key, None)

    def one_activity(self, key: tuple[str, int], ends: str, again: bool) -> bool:
        """False if its process died."""
        run = self.runs[key]
        with self.dying(ends if run.at == "end" else run.at):
            following = self.do(run, ends)
            if again:
                following = self.do(run, ends)
            self.advance(key, run, following)
            return True
        return False

    @rule()
    def sweep(self) -> None:
        with self.dying("sweep"):
            self.sweep_once()

    @rule(seconds=st.sampled_from([10, 70, 130, 20 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    # At any time, between any two writes.

    @invariant()
    def the_books_balance(self) -> None:
        assert_books_balance(self.real)
        assert figures(self.real).available >= 0

    @invariant()
    def nothing_is_charged_that_was_not_made(self) -> None:
        made = {self.work_of(item, r) for item in self.items() for r in completed(item)}
        assert self.charged() <= made

    # In the end.

    def recover(self) -> None:
        """No more crashes: after some sweeps nothing is left, and everything is paid."""
        self.store.arm(None)
        for _ in range(40):
            while self.undelivered:
                self.undelivered.pop()()
            for key, run in list(self.runs.items()):
                self.advance(key, run, self.do(run, "complete"))
            self.now += timedelta(seconds=2 * LEASE + 1)
            self.sweep_once()
            if not self.runs and all(self.rests(item) for item in self.items()):
                break
        self.now += timedelta(seconds=2 * LEASE + 1)
        self.sweep_once()
        self.everything_is_settled()

    def everything_is_settled(self) -> None:
        assert not self.runs
        assert all(self.rests(item) for item in self.items())
        assert all(hold.status is not HoldStatus.OPEN for hold in holds(self.real))
        assert figures(self.real).held == 0
        made = {self.work_of(item, r) for item in self.items() for r in completed(item)}
        assert self.charged() == made
        assert_books_balance(self.real)

    # The model of what is outside.

    @contextmanager
    def dying(self, what: str) -> Iterator[None]:
        """The process may die inside; what it had in memory is gone then."""
        begun = self.store.passed
        try:
            yield
        except Crash as crash:
            seen[what, str(crash), self.store.passed - begun] += 1
            self.die_soon()

    def die_soon(self) -> None:
        """Pass some crash points unharmed, and then die at one."""
        self.store.arm(self.random.randrange(MOST_POINTS))

    def send(self, what: str, event: Callable[[], object]) -> None:
        self.undelivered.append(event)
        with self.dying(what):
            event()
            self.undelivered.remove(event)

    def take_in(self, name: str, content: int) -> None:
        drop = understand_drop(f"{TENANT}/{JOB}/{name}")
        source = Source(f"content-{content}", content)
        self.start(claim_item(self.store, self.job(), drop, source, *self.lease), self.job())

    def grant(self, credits: int, ref: str) -> None:
        with suppress(CreditsRefused):
            grant(self.store, SETTINGS, TENANT, credits, ref, "", self.now)

    def take_recipe(self, recipe: Recipe, etag: str) -> None:
        job = set_recipe(self.store, HERE, recipe, None, etag, self.now)
        for item in self.items():
            self.start(requeue_item(self.store, job, item.item_id, *self.lease), job)

    def cancel_one(self, ref: ItemRef) -> None:
        item = get_item(self.store, HERE, ref.item_id)
        if item is not None and item.revision == ref.revision:
            cancel_item(self.store, HERE, ref.item_id, *self.lease)
            settle_credits(self.store, SETTINGS, ref, self.now)

    def retry_one(self, ref: ItemRef) -> None:
        item = get_item(self.store, HERE, ref.item_id)
        if item is not None and item.revision == ref.revision:
            with suppress(Conflict):
                job, queued = retry_item(self.store, HERE, ref.item_id, *self.lease)
                self.start(queued, job)

    def reopen_one(self, ref: ItemRef) -> None:
        item = get_item(self.store, HERE, ref.item_id)
        if item is not None and item.revision == ref.revision:
            reopen_item(self.store, HERE, ref.item_id, self.now)

    def start(self, item: Item | None, job: Job) -> None:
        if item is not None:
            start = start_of_item(SETTINGS, job, item)
            work = ProcessItem.parse(start.payload)
            key = (item.item_id, item.revision)
            self.runs[key] = Run(work.item, work.recipe)

    def do(self, run: Run, ends: str) -> str | None:
        """One activity of a run; answers the next one."""
        if run.at == "begin":
            return "hold" if begin_item(self.store, run.ref, *self.lease) is None else None
        if run.at == "hold":
            return self.hold(run)
        if ends == "fail":
            fail_item(self.store, run.ref, BROKEN, "segment_product", *self.lease)
        else:
            stages = {"place.x": stage("placed.png"), "upscale.x": stage("larger.png")}
            done = CompleteItem(item=run.ref, photo=InspectedPhoto(), stages=stages, outputs=())
            complete_item(self.store, done, *self.lease)
        settle_credits(self.store, SETTINGS, run.ref, self.now)
        return None

    def hold(self, run: Run) -> str | None:
        work = InspectRequest(item=run.ref, raw_path="raw/x", recipe=run.recipe)
        if hold_or_block(self.store, SETTINGS, work, self.now) is not None:
            return None
        item = get_item(self.real, HERE, run.ref.item_id)
        assert item is not None
        if item.revision == run.ref.revision:
            key = (item.item_id, item.revision)
            self.works[key] = charge_of(item, run.recipe).work_id
        return "end"

    def advance(self, key: tuple[str, int], run: Run, following: str | None) -> None:
        if following is None:
            self.runs.pop(key, None)
        else:
            run.at = following

    def sweep_once(self) -> None:
        for step in credit_steps(self.store, SETTINGS, self.now):
            step()
        for item in sweeping.items_past_lease(self.store, self.now):
            alive = (item.item_id, item.revision) in self.runs
            act = sweeping.renew if alive else sweeping.restart
            for start in act(self.store, SETTINGS, item, self.now):
                if start.orchestration == "process_item":
                    work = ProcessItem.parse(start.payload)
                    self.runs[work.item.item_id, work.item.revision] = Run(work.item, work.recipe)

    # What is asked of the stored state.

    def rests(self, item: Item) -> bool:
        """True for an item that is final, or waits because there is no credit for it."""
        if item.status in ITEM_FINAL:
            return True
        cost = cost_of(self.job().recipe)
        month = spent(self.real, month_account(month_of(self.now)))
        job = spent(self.real, job_account(JOB))
        lacks = figures(self.real).available < cost or month + cost > 20 or job + cost > 25
        return item.status is ItemStatus.BLOCKED and lacks

    def charged(self) -> set[str]:
        captured = (e for e in entries(self.real) if e.reason is Reason.CAPTURE)
        return {entry.id.removeprefix("entry.capture.") for entry in captured}

    def work_of(self, item: Item, revision: int) -> str:
        """What a revision made: the work that it last held credits for, or had paid already."""
        return self.works[item.item_id, revision]

    @property
    def lease(self) -> tuple[datetime, float]:
        return self.now, LEASE

    def job(self) -> Job:
        job = get_job(self.real, HERE)
        assert job is not None
        return job

    def items(self) -> list[Item]:
        return [Item.parse(d) for d in self.real.page(HERE, "item", 10).documents]

    def named(self, name: str) -> list[Item]:
        return [item for item in self.items() if item.filename == name]


def completed(item: Item) -> list[int]:
    return [completion.revision for completion in item.completions]


def test_every_item_is_paid_once_wherever_its_process_dies():
    life = settings(max_examples=250, stateful_step_count=50)
    run_state_machine_as_test(ItemLife, settings=life)
    assert seen.total() >= LEAST_CRASHES
