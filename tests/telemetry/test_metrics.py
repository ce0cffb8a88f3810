"""Metrics count what happened, once, under labels of a small vocabulary."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opal.documents import CompleteJob, Failure, Item, ItemRef, JobRef, PackagedJob
from opal.errors import (
    EndpointBusy,
    EndpointDown,
    EndpointError,
    EndpointGarbled,
    EndpointRefused,
    PhotoRejected,
)
from opal.inference import InferenceClient
from opal.job_options import default_recipe
from opal.names import understand_drop
from opal.settings import Settings
from opal.state import StateStore, get_store
from opal.state.canceling import cancel_item, retry_item
from opal.state.charges import record_charge
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.contract import ChangedMeanwhile, Operation, Partition, Stored
from opal.state.counting import CountingStore
from opal.state.jobs import complete_job
from opal.state.progress import fail_item
from opal.state.sqlite import SqliteStore
from opal.state.transition import get_job, partition_of
from opal.telemetry import (
    know_routes,
    labels,
    metrics,
    observe_activity,
    observe_endpoint_call,
    observe_request,
    observe_webhook,
)
from tests.opal.scripted_endpoint import ScriptedEndpoint
from tests.telemetry.fresh_app import fresh_app
from tests.telemetry.recorder import Recorder

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"
DROP = understand_drop("shop/autumn/chair.jpg")
BROKEN = Failure(code="photo_corrupt", message="The photo can't be read.")
FUNCTIONS = fresh_app().get_functions()
ACTIVITIES: dict[str, Callable[..., Any]] = {
    function.get_function_name(): function.get_user_function()
    for function in FUNCTIONS
    if function.get_trigger().type == "activityTrigger"
}
ROUTES = {
    function.get_trigger().route
    for function in FUNCTIONS
    if function.get_trigger().type == "httpTrigger"
}


@pytest.fixture
def counted_store(store: StateStore) -> CountingStore:
    return CountingStore(store)


def claimed(store: StateStore, failure: Failure | None = None) -> Item | None:
    job = ensure_job(store, DROP, default_recipe, TRACE, NOW)
    return claim_item(store, job, DROP, Source("etag", 1000), NOW, 60.0, failure)


def ref_of(item: Item | None) -> ItemRef:
    assert item is not None
    return ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))


# Items and jobs.


@pytest.mark.usefixtures("app")
def test_an_activity_that_is_run_again_counts_its_item_once(recorder: Recorder) -> None:
    request = {
        "item": ref_of(claimed(get_store())).dump(),
        "failure": BROKEN.dump(),
        "stage": "inspect_photo",
    }
    with recorder.counting() as counted:
        for _ in range(3):
            ACTIVITIES["fail_item"](request)
    assert counted("opal_items_total") == {("failed",): 1}
    assert counted("opal_stage_seconds") == {("done", "fail_item"): 3}


def test_every_way_to_an_end_is_counted(recorder: Recorder, counted_store: CountingStore) -> None:
    with recorder.counting() as counted:
        item = claimed(counted_store)
        cancel_item(counted_store, partition_of(DROP), DROP.item_id, NOW, 60.0)
        cancel_item(counted_store, partition_of(DROP), DROP.item_id, NOW, 60.0)
        fail_item(counted_store, ref_of(item), BROKEN, "inspect_photo", NOW, 60.0)
    assert counted("opal_items_total") == {("canceled",): 1}


def test_an_item_that_is_made_again_and_ends_again_is_counted_again(
    recorder: Recorder, counted_store: CountingStore, caplog: pytest.LogCaptureFixture
) -> None:
    with recorder.counting() as counted:
        item = ref_of(claimed(counted_store))
        fail_item(counted_store, item, BROKEN, "inspect_photo", NOW, 60.0)
        _, again = retry_item(counted_store, partition_of(DROP), item.item_id, NOW, 60.0)
        fail_item(counted_store, ref_of(again), BROKEN, "inspect_photo", NOW, 60.0)
    assert counted("opal_items_total") == {("failed",): 2}
    assert caplog.text == ""


def test_an_item_that_is_taken_in_as_failed_is_counted(
    recorder: Recorder, counted_store: CountingStore
) -> None:
    with recorder.counting() as counted:
        claimed(counted_store, BROKEN)
        claimed(counted_store, BROKEN)
    assert counted("opal_items_total") == {("failed",): 1}


class Beaten(SqliteStore):
    """Another writer is always first, once."""

    beaten = False

    def write(self, partition: Partition, operations: Sequence[Operation]) -> list[Stored]:
        if not self.beaten:
            self.beaten = True
            raise ChangedMeanwhile
        return super().write(partition, operations)


def test_a_write_that_lost_its_race_is_not_counted(
    recorder: Recorder, store: StateStore, settings: Settings
) -> None:
    item = ref_of(claimed(store))
    beaten = Beaten(settings.state_path)
    with recorder.counting() as counted:
        fail_item(CountingStore(beaten), item, BROKEN, "inspect_photo", NOW, 60.0)
    beaten.close()
    assert beaten.beaten
    assert counted("opal_items_total") == {("failed",): 1}


def test_a_jobs_latency_runs_from_its_creation_to_its_end_and_is_counted_once(
    recorder: Recorder, store: StateStore
) -> None:
    fail_item(store, ref_of(claimed(store)), BROKEN, "inspect_photo", NOW, 60.0)
    job = get_job(store, partition_of(DROP))
    assert job is not None
    done = CompleteJob(
        job=JobRef(**job.model_dump(include=set(JobRef.model_fields))),
        package=PackagedJob(),
        settled_at=job.updated_at.isoformat(),
    )
    with recorder.counting() as counted:
        assert complete_job(store, done, NOW + timedelta(seconds=42))
        assert not complete_job(store, done, NOW + timedelta(seconds=43))
    assert counted("opal_job_latency_seconds") == {("failed",): 1}


# Stages, calls, requests, webhooks, charges.


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (PhotoRejected("x"), "failed"),
        (EndpointDown("x"), "retryable"),
        (LookupError("x"), "failed"),
    ],
)
def test_a_stage_is_timed_however_it_ends(
    recorder: Recorder, error: Exception, outcome: str
) -> None:
    with (
        recorder.counting() as counted,
        pytest.raises(type(error)),
        observe_activity("inspect_photo", {}),
    ):
        raise error
    assert counted("opal_stage_seconds") == {(outcome, "inspect_photo"): 1}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (EndpointBusy("x"), "busy"),
        (EndpointDown("x"), "unavailable"),
        (EndpointDown("x", code="endpoint_timeout"), "timeout"),
        (EndpointGarbled("x"), "garbled"),
        (EndpointRefused("x", code="what_the_endpoint_says"), "refused"),
        (LookupError("x"), "failed"),
    ],
)
def test_a_call_of_the_endpoint_is_counted_by_what_came_of_it(
    recorder: Recorder, error: Exception, outcome: str
) -> None:
    with (
        recorder.counting() as counted,
        pytest.raises(type(error)),
        observe_endpoint_call("segment", TRACE),
    ):
        raise error
    assert counted("opal_endpoint_calls_total") == {(outcome, "segment"): 1}


def test_the_client_counts_each_of_its_calls(
    recorder: Recorder, endpoint: ScriptedEndpoint, settings: Settings
) -> None:
    client = InferenceClient(settings)
    with recorder.counting() as counted:
        client.ping(TRACE)
        endpoint.says(200, {"output": {}})
        with pytest.raises(EndpointError):
            client.score("place", {}, "http://127.0.0.1/", {}, TRACE)
        endpoint.says(429)
        with pytest.raises(EndpointError):
            client.score("place", {}, "http://127.0.0.1/", {}, TRACE)
    assert counted("opal_endpoint_calls_total") == {
        ("done", "echo"): 1,
        ("garbled", "place"): 1,
        ("busy", "place"): 1,
    }


def test_a_request_is_counted_by_route_method_and_status(recorder: Recorder) -> None:
    know_routes("v1/shelves/{shelf_id}")
    with recorder.counting() as counted:
        for route in ("v1/shelves/{shelf_id}", "v1/shelves/the-users-own"):
            with observe_request(route, "GET", {}) as request:
                request.status = 404
    assert counted("opal_http_request_seconds") == {
        ("GET", "v1/shelves/{shelf_id}", "404"): 1,
        ("GET", "other", "404"): 1,
    }


def test_a_webhook_is_counted_by_what_came_of_it(recorder: Recorder) -> None:
    with recorder.counting() as counted:
        with observe_webhook({}):
            pass
        with observe_webhook({}) as attempt:
            attempt.outcome = "timeout"
    assert counted("opal_webhook_attempts_total") == {("delivered",): 1, ("timeout",): 1}


def test_charges_of_the_store_are_added_up_by_operation(recorder: Recorder) -> None:
    with recorder.counting() as counted:
        record_charge("read", 1.0)
        record_charge("read", 2.5)
        record_charge("write", 10.29)
    assert counted("opal_store_request_units") == {("read",): 3.5, ("write",): 10.29}


# Labels.

VOCABULARIES = {
    name: vocabulary
    for name, vocabulary in vars(labels).items()
    if isinstance(vocabulary, labels.Vocabulary)
}
anything = st.one_of(st.text(), st.integers(), st.none(), st.sampled_from(["shop", TRACE]))


@pytest.mark.parametrize("name", VOCABULARIES)
@given(anything)
def test_a_label_is_a_word_of_its_vocabulary_or_other(name: str, value: object) -> None:
    vocabulary = VOCABULARIES[name]
    assert vocabulary(value) in {*vocabulary, labels.OTHER}


def test_whatever_is_recorded_makes_no_label_of_its_own(recorder: Recorder) -> None:
    """Called as a defect would call them: with what users wrote."""
    wild = "my summer photo.jpg"
    with recorder.counting() as counted:
        metrics.record_item(wild)
        metrics.record_job(wild, 1)
        metrics.record_stage(wild, wild, 1)
        metrics.record_endpoint_call(wild, wild)
        metrics.record_request_units(wild, 1)
        metrics.record_webhook(wild)
        metrics.record_request(wild, wild, 99999, 1)
        metrics.record_failure(wild, wild)
        metrics.record_given_up(wild)
        metrics.record_sweep(wild)
    found = {label for series in counted.after.values() for labels in series for label in labels}
    assert "other" in found
    assert not {wild, "99999"} & found


def test_every_activity_of_the_app_is_a_stage() -> None:
    assert [name for name in ACTIVITIES if labels.STAGE(name) != name] == []


def test_every_route_of_the_app_is_a_label() -> None:
    assert ROUTES
    assert [route for route in ROUTES if labels.ROUTE(route) != route] == []


def test_every_vocabulary_is_small() -> None:
    assert max(len(list(v)) for n, v in VOCABULARIES.items() if n != "HTTP_STATUS") < 100


def test_a_negative_time_is_none(recorder: Recorder) -> None:
    """Clocks of two machines differ."""
    with recorder.counting() as counted:
        metrics.record_job("completed", -3.0)
    assert counted("opal_job_latency_seconds") == {("completed",): 1}
