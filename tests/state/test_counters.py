"""Whatever happens in whatever order, a job's counters equal a recount of its items."""

import contextlib
from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from opal.documents import (
    JOB_FINAL,
    CompleteItem,
    CompleteJob,
    Counters,
    Failure,
    InspectedPhoto,
    Item,
    ItemRef,
    ItemStatus,
    Job,
    JobRef,
    JobStatus,
    PackagedJob,
    Stage,
    StageCounts,
)
from opal.errors import Conflict, RunEnded
from opal.job_options import read_job_options, resolve
from opal.names import understand_drop
from opal.state.canceling import cancel_item, request_cancel, retry_item
from opal.state.claims import (
    Source,
    claim_item,
    ensure_job,
    record_ignored,
    reopen_item,
    requeue_item,
)
from opal.state.contract import Partition
from opal.state.jobs import complete_job, set_recipe, settle_job
from opal.state.progress import begin_item, complete_item, fail_item, renew_item
from opal.state.sqlite import SqliteStore
from opal.state.stages import enter_stage
from opal.state.transition import get_job

HERE = Partition("demo", "summer")
LEASE, SETTLE = 60.0, 15.0
RECIPES = [resolve(read_job_options(text)) for text in (b"{}", b'{"scenes": ["studio"]}')]
BROKEN = Failure(code="photo_corrupt", message="The photo can't be read.")
BAD_RECIPE = Failure(code="recipe_invalid", message="scenes.0: no scene")

names = st.sampled_from(["a.jpg", "b.jpg", "c.jpg"])
repeats = st.integers(1, 2)
"""Everything may be delivered twice."""
lag = st.sampled_from([0, 0, 0, 1, 2])
"""How many revisions a run is behind its item."""


class JobLife(RuleBasedStateMachine):
    """All that can happen to a job of three photos, in any order, some of it twice."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SqliteStore(":memory:")
        self.now = datetime(2026, 6, 1, 12, tzinfo=UTC)
        self.etags = 0
        self.settlements = [""]

    def teardown(self) -> None:
        self.store.close()

    @initialize()
    def make_job(self) -> None:
        drop = understand_drop("demo/summer/a.jpg")
        ensure_job(self.store, drop, lambda: RECIPES[0], "trace", self.now)

    @rule(seconds=st.sampled_from([1, 20, 100]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(name=names, content=st.integers(1, 3), times=repeats)
    def claim(self, name: str, content: int, times: int) -> None:
        drop = understand_drop(f"demo/summer/{name}")
        source = Source(f"content-{content}", content)
        started = [
            claim_item(self.store, self.job(), drop, source, self.now, LEASE) for _ in range(times)
        ]
        assert started[1:] in ([], [None])

    @rule(name=names, behind=lag, times=repeats)
    def begin(self, name: str, behind: int, times: int) -> None:
        for ref in self.refs(name, behind) * times:
            begin_item(self.store, ref, self.now, LEASE)

    @rule(name=names, behind=lag, times=repeats)
    def complete(self, name: str, behind: int, times: int) -> None:
        for ref in self.refs(name, behind) * times:
            done = CompleteItem(item=ref, photo=InspectedPhoto(), stages={}, outputs=())
            outcome = complete_item(self.store, done, self.now, LEASE)
            assert outcome.superseded or outcome.job_settled == self.job().counters.settled

    @rule(name=names, behind=lag, times=repeats)
    def fail(self, name: str, behind: int, times: int) -> None:
        for ref in self.refs(name, behind) * times:
            outcome = fail_item(self.store, ref, BROKEN, "inspect_photo", self.now, LEASE)
            assert outcome.superseded == (behind > 0)

    @rule(name=names, behind=lag, stage=st.sampled_from(Stage), times=repeats)
    def enter(self, name: str, behind: int, stage: Stage, times: int) -> None:
        for ref in self.refs(name, behind) * times:
            with contextlib.suppress(RunEnded):
                enter_stage(self.store, ref, stage, self.now, LEASE)

    @rule(name=names, times=repeats)
    def cancel_one(self, name: str, times: int) -> None:
        for ref in self.refs(name, 0) * times:
            cancel_item(self.store, HERE, ref.item_id, self.now, LEASE)

    @rule(times=repeats)
    def cancel_all(self, times: int) -> None:
        """The job is canceled; a crash may keep some items from it until the next time."""
        for _ in range(times):
            with contextlib.suppress(Conflict):
                request_cancel(self.store, HERE, self.now)
                for item in self.items():
                    cancel_item(self.store, HERE, item.item_id, self.now, LEASE)

    @rule(name=names, times=repeats)
    def retry(self, name: str, times: int) -> None:
        for ref in self.refs(name, 0) * times:
            with contextlib.suppress(Conflict):
                retry_item(self.store, HERE, ref.item_id, self.now, LEASE)

    @rule(recipe=st.sampled_from([*RECIPES, None]), fit=names)
    def change_recipe(self, recipe: object, fit: str) -> None:
        """A job.json comes; a crash may keep some items from being fitted to it."""
        self.etags += 1
        failure = None if recipe else BAD_RECIPE
        job = set_recipe(self.store, HERE, recipe, failure, f"v{self.etags}", self.now)
        for item in self.items():
            if item.filename <= fit:
                requeue_item(self.store, job, item.item_id, self.now, LEASE)

    @rule(times=repeats)
    def fit_all_to_recipe(self, times: int) -> None:
        for item in self.items() * times:
            requeue_item(self.store, self.job(), item.item_id, self.now, LEASE)

    @rule(name=names, times=repeats)
    def reopen(self, name: str, times: int) -> None:
        for ref in self.refs(name, 0) * times:
            reopen_item(self.store, HERE, ref.item_id, self.now)

    @rule(name=names, restart=st.booleans())
    def renew(self, name: str, restart: bool) -> None:
        for item in self.items():
            if item.filename == name:
                renew_item(self.store, item, self.now, LEASE, restart=restart)

    @rule(name=st.sampled_from(["x.txt", "y.txt"]))
    def ignore(self, name: str) -> None:
        record_ignored(self.store, understand_drop(f"demo/summer/{name}"), self.now)

    @rule(fail_first=st.booleans())
    def finish_all(self, fail_first: bool) -> None:
        """Everything under way ends, and the job with it."""
        if fail_first:
            self.fail("a.jpg", 0, 1)
        for name in ("a.jpg", "b.jpg", "c.jpg"):
            self.complete(name, 0, 1)
        self.time_passes(20)
        self.settle()
        self.close(0, 1)
        assert not self.items() or self.job().status in JOB_FINAL

    @rule()
    def settle(self) -> None:
        settlement = settle_job(self.store, HERE, self.now, SETTLE)
        if settlement.verdict == "finish":
            self.settlements.append(settlement.settled_at)

    @rule(which=st.integers(0, 2), times=repeats)
    def close(self, which: int, times: int) -> None:
        settled_at = self.settlements[-1 - which % len(self.settlements)]
        ref = JobRef(tenant_id="demo", job_id="summer", trace_id="trace")
        done = CompleteJob(job=ref, package=PackagedJob(), settled_at=settled_at)
        for _ in range(times):
            complete_job(self.store, done, self.now)

    @invariant()
    def counters_equal_a_recount(self) -> None:
        items = self.items()
        counted = Counter(item.status.value for item in items)
        ignored = len(self.store.page(HERE, "ignored", 10).documents)
        assert self.job().counters == Counters(total=len(items), ignored=ignored, **counted)

    @invariant()
    def stage_counts_equal_a_recount(self) -> None:
        counted = Counter(item.stage.value for item in self.items() if item.stage)
        assert self.job().stages == StageCounts(**counted)

    @invariant()
    def only_what_is_processed_is_at_a_stage(self) -> None:
        for item in self.items():
            assert (item.stage is not None) == (item.status is ItemStatus.PROCESSING)

    @invariant()
    def only_what_is_queued_or_processing_waits(self) -> None:
        owed = {ItemStatus.QUEUED, ItemStatus.PROCESSING}
        for item in self.items():
            assert (item.waiting_since is not None) == (item.status in owed)

    @invariant()
    def a_closed_job_has_nothing_under_way(self) -> None:
        job = self.job()
        if job.status in JOB_FINAL and job.error is None:
            assert job.counters.settled
            assert (job.status is JobStatus.COMPLETED) == all(
                item.status is ItemStatus.COMPLETED for item in self.items()
            )

    @invariant()
    def an_open_job_has_no_end(self) -> None:
        job = self.job()
        assert (job.completed_at is None) == (job.status not in JOB_FINAL)

    def job(self) -> Job:
        job = get_job(self.store, HERE)
        return job if job else self.make_first()

    def make_first(self) -> Job:
        drop = understand_drop("demo/summer/a.jpg")
        return ensure_job(self.store, drop, lambda: RECIPES[0], "trace", self.now)

    def items(self) -> list[Item]:
        return [Item.parse(d) for d in self.store.page(HERE, "item", 10).documents]

    def refs(self, name: str, behind: int) -> list[ItemRef]:
        """The item's run, or one of an earlier revision; none if there is no such item."""
        return [
            ItemRef(
                **item.model_dump(include=set(ItemRef.model_fields) - {"revision"}),
                revision=item.revision - behind,
            )
            for item in self.items()
            if item.filename == name and item.revision > behind
        ]


JobLife.TestCase.settings = settings(max_examples=120, stateful_step_count=40)
TestJobLife = JobLife.TestCase
