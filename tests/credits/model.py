"""A model of all that surrounds an item's credits: senders, an engine, and machines that die.

Senders repeat what was not answered. The engine repeats an activity that died, or forgets its
run, and may repeat an activity that did not die. All else is the code that runs in production.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from opal import sweeping
from opal.credits.documents import HoldStatus, Reason, revision_id
from opal.credits.grants import grant
from opal.credits.items import hold_or_block, settle_credits
from opal.credits.sweep import credit_steps
from opal.documents import (
    CompleteItem,
    InspectedPhoto,
    InspectRequest,
    Item,
    ItemRef,
    Job,
    ProcessItem,
)
from opal.errors import Conflict, CreditsRefused
from opal.intake import start_of_item
from opal.names import understand_drop
from opal.recipe import Recipe
from opal.settings import Settings
from opal.starting import Start
from opal.state.canceling import cancel_item, retry_item
from opal.state.claims import Source, claim_item, ensure_job, reopen_item, requeue_item
from opal.state.jobs import set_recipe
from opal.state.progress import begin_item, complete_item, fail_item
from opal.state.sqlite import SqliteStore
from opal.state.transition import get_item
from tests.credits.crashing_store import Crash, CrashingStore
from tests.credits.life import (
    BROKEN,
    HERE,
    JOB,
    NOW,
    PLAIN,
    STUDIO,
    TENANT,
    entries,
    give_budget,
    holds,
    job_of,
    ref_of,
    stage,
)

NAMES = ["a.jpg", "b.jpg"]
RECIPES = [PLAIN, STUDIO]
MOST_POINTS = 40
"""At most so many crash points are passed unharmed between two crashes."""

Key = tuple[str, int]
Work = tuple[str, str, str]
"""What is to be charged once: an item, its photo's version, and the recipe."""


@dataclass
class Run:
    """An orchestration: what it works for, and which activity it has come to."""

    ref: ItemRef
    recipe: Recipe
    at: str = "begin"


class World:
    """Two photos of a tenant, who is often short of credit."""

    def __init__(self, settings: Settings, job_budget: int) -> None:
        self.real = SqliteStore(":memory:")
        self.store = CrashingStore(self.real)
        self.settings = settings
        self.random = Random(0)
        self.now = NOW
        self.number = 0
        self.runs: dict[Key, Run] = {}
        self.undelivered: list[Callable[[], object]] = []
        self.works: dict[Key, Work] = {}
        self.crashes: Counter[tuple[str, str]] = Counter()
        drop = understand_drop(f"{TENANT}/{JOB}/a.jpg")
        ensure_job(self.store, drop, lambda: PLAIN, "trace", self.now)
        give_budget(self.store, job_budget)
        for name in NAMES:
            self.take_in(name, 1)

    # What happens.

    def turn(self) -> None:
        """Something happens, and perhaps a process dies of it."""
        acts: dict[Callable[[], None], int] = {
            self.go_on: 9,
            self.sweep: 3,
            self.pass_time: 3,
            self.outside: 4,
            self.by_hand: 3,
        }
        [act] = self.random.choices(list(acts), list(acts.values()))
        act()

    def go_on(self) -> None:
        """A run goes on for some activities, or until it dies."""
        if not self.runs:
            self.now += timedelta(seconds=2 * self.settings.lease_s + 1)
            self.sweep()
            return
        key = self.random.choice(list(self.runs))
        ends = self.random.choice(["complete", "complete", "fail"])
        for _ in range(self.random.randint(1, 3)):
            if key in self.runs and not self.one_activity(key, ends):
                if self.random.random() < 0.5:
                    del self.runs[key]
                return

    def sweep(self) -> None:
        with self.dying("sweep"):
            self.sweep_once()

    def pass_time(self) -> None:
        days = 20 if self.random.random() < 0.1 else 0
        self.now += timedelta(days=days, seconds=self.random.choice([10, 70, 130]))

    def outside(self) -> None:
        """A photo, a recipe, or credit comes, or is taken back."""
        self.number += 1
        ref = f"event-{self.number}"
        name, content = self.random.choice(NAMES), self.random.randint(1, 3)
        credits = self.random.choice([4, 5, 9, -3])
        events: dict[str, Callable[[], object]] = {
            "upload": partial(self.take_in, name, content),
            "recipe": partial(self.take_recipe, self.random.choice(RECIPES), ref),
            "grant": partial(self.give, credits, ref),
        }
        what = self.random.choice(list(events))
        self.send(what, events[what])

    def by_hand(self) -> None:
        """An item is canceled, tried again, or found without its outputs."""
        acts = {"cancel": self.cancel, "retry": self.retry, "reopen": self.reopen}
        what = self.random.choice(list(acts))
        self.send(what, partial(acts[what], ref_of(self.random.choice(self.items()))))

    # Dying.

    @contextmanager
    def dying(self, what: str) -> Iterator[None]:
        """A process may die inside; what it had in memory is gone then."""
        try:
            yield
        except Crash as crash:
            self.crashes[what, str(crash)] += 1
            self.die_soon()

    def die_soon(self) -> None:
        self.store.arm(self.random.randrange(MOST_POINTS))

    def send(self, what: str, event: Callable[[], object]) -> None:
        self.undelivered.append(event)
        with self.dying(what):
            event()
            self.undelivered.remove(event)

    def recover(self) -> None:
        """Nothing dies any more; whatever is left is done, a sweep at a time."""
        self.store.arm(None)
        for _ in range(12):
            while self.undelivered:
                self.undelivered.pop(0)()
            for key in list(self.runs):
                for _ in range(3):
                    if key in self.runs:
                        self.one_activity(key, "complete")
            self.now += timedelta(seconds=2 * self.settings.lease_s + 1)
            self.sweep_once()

    # What is sent.

    def take_in(self, name: str, content: int) -> None:
        drop = understand_drop(f"{TENANT}/{JOB}/{name}")
        source = Source(f"content-{content}", content)
        self.start(self.job, claim_item(self.store, self.job, drop, source, *self.lease))

    def give(self, credits: int, ref: str) -> None:
        with suppress(CreditsRefused):
            grant(self.store, self.settings, TENANT, credits, ref, "", self.now)

    def take_recipe(self, recipe: Recipe, etag: str) -> None:
        job = set_recipe(self.store, HERE, recipe, None, etag, self.now)
        for item in self.items():
            self.start(job, requeue_item(self.store, job, item.item_id, *self.lease))

    def cancel(self, ref: ItemRef) -> None:
        if self.is_current(ref):
            cancel_item(self.store, HERE, ref.item_id, *self.lease)
            settle_credits(self.store, self.settings, ref, self.now)

    def retry(self, ref: ItemRef) -> None:
        with suppress(Conflict):
            if self.is_current(ref):
                self.start(*retry_item(self.store, HERE, ref.item_id, *self.lease))

    def reopen(self, ref: ItemRef) -> None:
        if self.is_current(ref):
            reopen_item(self.store, HERE, ref.item_id, self.now)

    def is_current(self, ref: ItemRef) -> bool:
        item = get_item(self.store, HERE, ref.item_id)
        return item is not None and item.revision == ref.revision

    # The engine.

    def start(self, job: Job, item: Item | None) -> None:
        if item is not None:
            self.start_run(start_of_item(self.settings, job, item))

    def start_run(self, start: Start) -> None:
        if start.orchestration == "process_item":
            work = ProcessItem.parse(start.payload)
            self.runs[work.item.item_id, work.item.revision] = Run(work.item, work.recipe)

    def one_activity(self, key: Key, ends: str) -> bool:
        """False if its process died."""
        run = self.runs[key]
        again = self.random.random() < 0.3
        with self.dying(ends if run.at == "end" else run.at):
            following = self.do(run, ends)
            if again:
                following = self.do(run, ends)
            if following is None:
                del self.runs[key]
            else:
                run.at = following
            return True
        return False

    def do(self, run: Run, ends: str) -> str | None:
        """What an activity does to the store; answers the next one."""
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
        settle_credits(self.store, self.settings, run.ref, self.now)
        return None

    def hold(self, run: Run) -> str | None:
        work = InspectRequest(item=run.ref, raw_path="raw/x", recipe=run.recipe)
        if hold_or_block(self.store, self.settings, work, self.now) is not None:
            return None
        item = get_item(self.real, HERE, run.ref.item_id)
        if item is not None and item.revision == run.ref.revision:
            made = (item.item_id, item.source_etag, run.recipe.digest)
            self.works[item.item_id, item.revision] = made
        return "end"

    def sweep_once(self) -> None:
        for step in credit_steps(self.store, self.settings, self.now):
            step()
        for item in sweeping.items_past_lease(self.store, self.now):
            alive = (item.item_id, item.revision) in self.runs
            act = sweeping.renew if alive else sweeping.restart
            for start in act(self.store, self.settings, item, self.now):
                self.start_run(start)

    # What came of it.

    @property
    def lease(self) -> tuple[datetime, float]:
        return self.now, self.settings.lease_s

    @property
    def job(self) -> Job:
        return job_of(self.real)

    def items(self) -> list[Item]:
        return [Item.parse(d) for d in self.real.page(HERE, "item", 10).documents]

    def made(self) -> set[Work]:
        """The work of every revision that was ever completed."""
        return {
            self.works[item.item_id, completion.revision]
            for item in self.items()
            for completion in item.completions
        }

    def charged(self) -> list[Work]:
        """The work of every charge, by the revision that it names."""
        revisions = {revision_id(hold): hold for hold in holds(self.real)}
        charges = [entry for entry in entries(self.real) if entry.reason is Reason.CAPTURE]
        return [self.work_of(revisions[entry.ref]) for entry in charges]

    def work_of(self, ref: ItemRef) -> Work:
        return self.works[ref.item_id, ref.revision]

    def open_holds(self) -> int:
        return sum(hold.status is HoldStatus.OPEN for hold in holds(self.real))
