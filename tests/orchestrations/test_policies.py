"""Retry with backoff, alone and in parallel."""

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import azure.durable_functions as df
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opal.documents import Failure, RetryPolicy
from opal.errors import DependencyDown, EndpointBusy, PhotoRejected
from orchestrations.policies import CallFailed, backoff_s, call_with_backoff, gather
from tests.orchestrations.orchestrator_world import Engine, World

Context = df.DurableOrchestrationContext
QUICK = RetryPolicy(attempts=4, first_s=0.02, factor=2, cap_s=0.05)

policies = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 50),
    first_s=st.floats(0.001, 600),
    factor=st.floats(1, 10),
    cap_s=st.floats(0.001, 3600),
)
attempts = st.integers(1, 50)
pauses = st.none() | st.floats(0, 1e6)


def share(seed: str) -> float:
    """The jitter's share of 1, from the seed."""
    return int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16) / 2**32


@pytest.mark.parametrize(
    ("attempt", "full"), [(1, 2.0), (2, 6.0), (3, 18.0), (4, 54.0), (5, 60.0), (50, 60.0)]
)
def test_the_wait_grows_by_the_factor_up_to_the_cap(attempt: int, full: float) -> None:
    policy = RetryPolicy(first_s=2, factor=3, cap_s=60)
    wait = backoff_s(policy, attempt, None, "seed")
    assert wait == pytest.approx(full * (0.75 + 0.25 * share("seed")))


@given(policies, attempts, pauses, st.text())
def test_the_same_wait_comes_out_of_the_same_seed(
    policy: RetryPolicy, attempt: int, asked: float | None, seed: str
) -> None:
    first = backoff_s(policy, attempt, asked, seed)
    assert first == backoff_s(policy, attempt, asked, seed)


@given(policies, attempts, st.text())
def test_jitter_takes_at_most_a_quarter_off_the_exponential_wait(
    policy: RetryPolicy, attempt: int, seed: str
) -> None:
    full = min(policy.cap_s, policy.first_s * policy.factor ** (attempt - 1))
    assert 0.75 * full <= backoff_s(policy, attempt, None, seed) <= full


@given(policies, attempts, st.floats(0, 1e6), st.text())
@example(RetryPolicy(cap_s=60), 1, 600.0, "")
@example(RetryPolicy(cap_s=60), 1, 601.0, "")
def test_a_pause_that_was_asked_for_is_kept_up_to_ten_times_the_cap(
    policy: RetryPolicy, attempt: int, asked: float, seed: str
) -> None:
    wait = backoff_s(policy, attempt, asked, seed)
    assert wait >= min(asked, 10 * policy.cap_s)
    assert wait <= max(policy.cap_s, min(asked, 10 * policy.cap_s))


def test_different_seeds_spread_over_the_whole_jitter() -> None:
    policy = RetryPolicy(first_s=1, cap_s=1)
    waits = [backoff_s(policy, 1, None, f"item-{number}") for number in range(400)]
    quarters = {int((wait - 0.75) / 0.0625) for wait in waits}
    assert quarters == {0, 1, 2, 3}


class Flaky:
    """An activity that fails as told, and then answers how often it was called."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self, _: Any) -> Any:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return {"calls": self.calls}


def calling(world: World, policy: RetryPolicy) -> None:
    """An orchestrator that calls `work`, and answers its result or its failure."""

    @world.orchestrator
    def call(context: Context) -> Any:
        begun = context.current_utc_datetime
        try:
            answer = yield from call_with_backoff(context, "work", {"n": 1}, policy)
        except CallFailed as failed:
            answer = {"activity": failed.activity, "failure": failed.failure.dump()}
        return answer | {
            "begun": begun.isoformat(),
            "over": context.current_utc_datetime.isoformat(),
        }


def seconds(answer: dict[str, str]) -> float:
    begun, over = (datetime.fromisoformat(answer[key]) for key in ("begun", "over"))
    return (over - begun).total_seconds()


def test_a_call_that_heals_answers_after_as_many_attempts_as_it_took(
    engine: Engine, world: World
) -> None:
    work = Flaky(EndpointBusy("busy"), DependencyDown("down"))
    world.activity(work, "work")
    calling(world, QUICK)
    assert engine.run(world, "call").value["calls"] == 3
    assert world.named("work") == [{"n": 1}] * 3


def test_a_failure_that_can_not_heal_is_not_tried_again(engine: Engine, world: World) -> None:
    work = Flaky(PhotoRejected("No.", code="photo_too_small"))
    world.activity(work, "work")
    calling(world, QUICK)
    answer = engine.run(world, "call").value
    assert (work.calls, answer["activity"]) == (1, "work")
    assert answer["failure"]["code"] == "photo_too_small"


def test_a_call_fails_with_its_last_failure_when_its_attempts_are_used_up(
    engine: Engine, world: World
) -> None:
    work = Flaky(*[EndpointBusy(f"busy {number}") for number in range(1, 9)])
    world.activity(work, "work")
    calling(world, QUICK)
    answer = engine.run(world, "call").value
    assert work.calls == QUICK.attempts
    assert answer["failure"]["message"] == f"busy {QUICK.attempts}"


def test_one_attempt_means_no_retry(engine: Engine, world: World) -> None:
    work = Flaky(EndpointBusy("busy"))
    world.activity(work, "work")
    calling(world, QUICK.model_copy(update={"attempts": 1}))
    engine.run(world, "call")
    assert work.calls == 1


def test_an_error_of_the_host_is_tried_again(engine: Engine, world: World) -> None:
    work = Flaky(SystemError("worker exited with code 137"))
    world.activity(work, "work")
    calling(world, QUICK)
    assert engine.run(world, "call").value["calls"] == 2


def test_a_retry_waits_as_the_policy_says(engine: Engine, world: World) -> None:
    world.activity(Flaky(EndpointBusy("busy"), EndpointBusy("busy")), "work")
    policy = RetryPolicy(attempts=4, first_s=0.1, factor=2, cap_s=9)
    calling(world, policy)
    waited = seconds(engine.run(world, "call", instance_id="item").value)
    planned = sum(backoff_s(policy, n, None, f"item/work/{n}") for n in (1, 2))
    assert planned - 0.001 <= waited < planned + 5


def test_a_retry_waits_as_long_as_the_endpoint_asked(engine: Engine, world: World) -> None:
    world.activity(Flaky(EndpointBusy("busy", retry_after_s=0.4)), "work")
    calling(world, QUICK)
    assert 0.4 <= seconds(engine.run(world, "call").value) < 5


def test_a_pause_beyond_ten_times_the_cap_is_cut(engine: Engine, world: World) -> None:
    world.activity(Flaky(EndpointBusy("busy", retry_after_s=3600)), "work")
    calling(world, QUICK)
    assert 0.5 <= seconds(engine.run(world, "call").value) < 5


def gathering(world: World, names: list[str], policy: RetryPolicy = QUICK) -> None:
    """An orchestrator that gathers calls, and answers results, or the failure's activity."""

    @world.orchestrator
    def all_of_them(context: Context) -> Any:
        calls = [
            call_with_backoff(context, name, {"n": number}, policy)
            for number, name in enumerate(names)
        ]
        try:
            return (yield from gather(context, calls))
        except CallFailed as failed:
            return f"{failed.activity}: {failed.failure.code}"


def naming(name: str) -> Callable[[Any], Any]:
    return lambda payload: {"by": name, **payload}


def test_gather_answers_in_the_order_of_its_calls(engine: Engine, world: World) -> None:
    gate = threading.Event()
    world.activity(naming("late"), "late", gate=gate)
    world.activity(lambda payload: gate.set() or {"by": "opener", **payload}, "opener")
    gathering(world, ["late", "opener"])
    answers = engine.run(world, "all_of_them").value
    assert answers == [{"by": "late", "n": 0}, {"by": "opener", "n": 1}]


def test_gather_of_nothing_answers_nothing(engine: Engine, world: World) -> None:
    world.activity(naming("first"), "first")

    @world.orchestrator
    def none_of_them(context: Context) -> Any:
        first = yield from call_with_backoff(context, "first", {}, QUICK)
        return [first, (yield from gather(context, []))]

    assert engine.run(world, "none_of_them").value == [{"by": "first"}, []]


def test_gather_starts_all_its_calls_before_it_waits(engine: Engine, world: World) -> None:
    gate = threading.Event()
    world.activity(naming("a"), "a", gate=gate)
    world.activity(naming("b"), "b", gate=gate)
    world.activity(lambda payload: gate.set() or payload, "c")
    gathering(world, ["a", "b", "c"])
    assert len(engine.run(world, "all_of_them").value) == 3


def test_later_steps_of_gathered_calls_run_side_by_side(engine: Engine, world: World) -> None:
    gate = threading.Event()
    world.activity(naming("begin"), "begin")
    world.activity(naming("patient"), "patient", gate=gate)
    world.activity(lambda payload: gate.set() or {"by": "opener", **payload}, "opener")

    def two_steps(context: Context, second: str) -> Any:
        yield from call_with_backoff(context, "begin", {}, QUICK)
        return (yield from call_with_backoff(context, second, {}, QUICK))["by"]

    @world.orchestrator
    def pipelines(context: Context) -> Any:
        calls = [two_steps(context, "patient"), two_steps(context, "opener")]
        return (yield from gather(context, calls))

    assert engine.run(world, "pipelines").value == ["patient", "opener"]


def test_retries_of_gathered_calls_run_side_by_side(engine: Engine, world: World) -> None:
    gate = threading.Event()
    opener = Flaky(EndpointBusy("busy"))
    world.activity(Flaky(EndpointBusy("busy")), "patient", gate=gate, free=1)
    world.activity(lambda _: opener(None) and gate.set(), "opener")
    gathering(world, ["patient", "opener"])
    assert engine.run(world, "all_of_them").value == [{"calls": 2}, None]


def test_gather_raises_the_first_failure_by_order_once_every_call_is_over(
    engine: Engine, world: World
) -> None:
    gate = threading.Event()
    finished: list[str] = []

    def fine(payload: Any) -> Any:
        finished.append("fine")
        return payload

    def slow_failure(_: Any) -> None:
        raise PhotoRejected("slow", code="slow_code")

    def quick_failure(_: Any) -> None:
        gate.set()
        raise PhotoRejected("quick", code="quick_code")

    world.activity(fine, "fine", gate=gate)
    world.activity(slow_failure, gate=gate)
    world.activity(quick_failure)
    gathering(world, ["fine", "slow_failure", "quick_failure"])
    assert engine.run(world, "all_of_them").value == "slow_failure: slow_code"
    assert finished == ["fine"]


def test_branches_of_gather_are_retried_each_for_itself(engine: Engine, world: World) -> None:
    one = Flaky(EndpointBusy("busy"), EndpointBusy("busy"))
    two = Flaky(EndpointBusy("busy"))
    world.activity(one, "one")
    world.activity(two, "two")
    world.activity(naming("three"), "three")
    gathering(world, ["one", "two", "three"])
    answers = engine.run(world, "all_of_them").value
    assert answers == [{"calls": 3}, {"calls": 2}, {"by": "three", "n": 2}]
    assert len(world.named("three")) == 1


def test_a_branch_that_gives_up_does_not_stop_the_retries_of_another(
    engine: Engine, world: World
) -> None:
    world.activity(Flaky(PhotoRejected("no", code="final")), "hopeless")
    healing = Flaky(EndpointBusy("busy"), EndpointBusy("busy"))
    world.activity(healing, "healing")
    gathering(world, ["hopeless", "healing"])
    assert engine.run(world, "all_of_them").value == "hopeless: final"
    assert healing.calls == 3


def test_a_call_failed_carries_its_failure_in_its_own_text() -> None:
    failure = Failure(code="photo_too_small", message="Too small.")
    assert Failure.from_text(str(CallFailed("inspect_photo", failure))) == failure
