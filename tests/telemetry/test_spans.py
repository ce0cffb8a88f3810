"""Spans stand in the trace of the work that they are about, whatever runs around them."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags

from opal.errors import EndpointDown, PhotoRejected
from opal.readiness import check_readiness
from opal.starting import Start, start_all
from opal.telemetry import (
    current_trace_id,
    identify,
    observe_activity,
    observe_endpoint_call,
    observe_event,
    observe_request,
    observe_start,
    observe_webhook,
    outgoing_headers,
    traced,
)
from tests.telemetry.recorder import Recorder, trace_id_of

TRACE, OTHER = "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "b7ad6b7169203331"
CHAIR = {"tenant_id": "shop", "job_id": "autumn", "item_id": "chair", "trace_id": TRACE}
TABLE = {**CHAIR, "item_id": "table"}
ROUTE = "v1/jobs/{job_id}"
ALLOWED = {
    *("opal.tenant_id", "opal.job_id", "opal.item_id", "opal.stage", "opal.task"),
    *("opal.outcome", "opal.code"),
    *("http.route", "http.request.method", "http.response.status_code"),
}


@contextmanager
def host(trace_id: str) -> Iterator[None]:
    """The Functions host's span, as its worker makes it current before it calls the app."""
    parent = SpanContext(int(trace_id, 16), 7, is_remote=True, trace_flags=TraceFlags(1))
    with trace.use_span(NonRecordingSpan(parent)):
        yield


def ask(headers: dict[str, str], status: int = 200) -> str:
    with observe_request(ROUTE, "GET", headers) as request:
        request.status = status
        assert current_trace_id() == request.trace_id
        return request.trace_id


# Requests.


def test_a_request_is_a_child_of_its_callers_span(recorder: Recorder) -> None:
    assert ask({"Traceparent": f"00-{TRACE}-{CALLER}-01"}) == TRACE
    span = recorder.span("GET /v1/jobs/{job_id}")
    assert trace_id_of(span) == TRACE
    assert span.parent is not None
    assert trace.format_span_id(span.parent.span_id) == CALLER
    assert span.kind is SpanKind.SERVER


def test_a_request_with_only_a_trace_id_is_in_that_trace(recorder: Recorder) -> None:
    assert ask({"X-Trace-Id": TRACE}) == TRACE
    assert trace_id_of(recorder.span("GET /v1/jobs/{job_id}")) == TRACE


def test_a_request_without_either_begins_a_trace_of_its_own(recorder: Recorder) -> None:
    trace_id = ask({})
    span = recorder.span("GET /v1/jobs/{job_id}")
    assert trace_id_of(span) == trace_id
    assert span.parent is None


def test_a_request_that_the_host_records_already_is_an_inner_span_of_it(
    recorder: Recorder,
) -> None:
    with host(TRACE):
        assert ask({"traceparent": f"00-{TRACE}-{CALLER}-01"}) == TRACE
        assert ask({}) == TRACE
    for span in recorder.spans:
        assert span.parent is not None
        assert (trace_id_of(span), span.parent.span_id) == (TRACE, 7)
        assert span.kind is SpanKind.INTERNAL


def test_a_caller_whose_trace_the_host_did_not_take_keeps_it_and_the_hosts_is_linked(
    recorder: Recorder,
) -> None:
    with host(OTHER):
        assert ask({"X-Trace-Id": TRACE}) == TRACE
    span = recorder.span("GET /v1/jobs/{job_id}")
    assert trace_id_of(span) == TRACE
    assert [trace.format_trace_id(link.context.trace_id) for link in span.links] == [OTHER]


@pytest.mark.parametrize(("status", "wrong"), [(200, False), (404, False), (500, True)])
def test_a_request_carries_its_status_and_only_a_servers_failure_is_an_error(
    recorder: Recorder, status: int, wrong: bool
) -> None:
    ask({}, status)
    span = recorder.span("GET /v1/jobs/{job_id}")
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == status
    assert (span.status.status_code is StatusCode.ERROR) == wrong


def test_a_request_that_breaks_is_a_500(recorder: Recorder) -> None:
    with pytest.raises(LookupError), observe_request(ROUTE, "GET", {}):
        raise LookupError
    attributes = recorder.span("GET /v1/jobs/{job_id}").attributes
    assert attributes is not None
    assert attributes["http.response.status_code"] == 500


def test_who_asked_is_named_once_it_is_known(recorder: Recorder) -> None:
    with observe_request(ROUTE, "GET", {}):
        identify(tenant_id="shop")
    attributes = recorder.span("GET /v1/jobs/{job_id}").attributes
    assert attributes is not None
    assert attributes["opal.tenant_id"] == "shop"


# Activities and what they call.


def test_an_activity_is_in_the_trace_of_its_item_though_nothing_runs_around_it(
    recorder: Recorder,
) -> None:
    with observe_activity("inspect_photo", {"item": CHAIR, "raw_path": "raw/x"}):
        assert current_trace_id() == TRACE
    assert current_trace_id() == ""
    assert trace_id_of(recorder.span("inspect_photo")) == TRACE


def test_the_activities_of_an_item_stand_side_by_side(recorder: Recorder) -> None:
    for item in (CHAIR, CHAIR, TABLE):
        with observe_activity("export_variant", {"item": item}):
            pass
    first, second, other = [span.parent.span_id for span in recorder.spans if span.parent]
    assert first == second != other


def test_an_activity_that_the_host_records_already_is_an_inner_span_of_it(
    recorder: Recorder,
) -> None:
    with host(TRACE), observe_activity("inspect_photo", {"item": CHAIR}):
        pass
    span = recorder.span("inspect_photo")
    assert span.parent is not None
    assert (trace_id_of(span), span.parent.span_id) == (TRACE, 7)
    assert span.kind is SpanKind.INTERNAL


def test_an_activity_that_the_host_runs_in_another_trace_is_linked_to_it(
    recorder: Recorder,
) -> None:
    with host(OTHER), observe_activity("inspect_photo", {"item": CHAIR}):
        pass
    span = recorder.span("inspect_photo")
    assert trace_id_of(span) == TRACE
    assert [trace.format_trace_id(link.context.trace_id) for link in span.links] == [OTHER]


def test_a_call_is_told_the_span_that_makes_it(recorder: Recorder) -> None:
    with (
        observe_activity("segment_product", {"item": CHAIR}),
        observe_endpoint_call("segment", TRACE),
    ):
        headers = outgoing_headers()
    call, activity = recorder.span("score segment"), recorder.span("segment_product")
    assert call.parent is not None
    assert call.parent.span_id == activity.get_span_context().span_id
    assert headers == {
        "X-Trace-Id": TRACE,
        "traceparent": f"00-{TRACE}-{call.get_span_context().span_id:016x}-01",
    }
    assert call.kind is SpanKind.CLIENT


def test_an_instrumented_http_library_is_kept_from_recording_a_call_again() -> None:
    key = contexts._SUPPRESS_HTTP_INSTRUMENTATION_KEY
    with observe_endpoint_call("segment", TRACE):
        assert contexts.get_value(key) is True
    assert contexts.get_value(key) is None


def test_a_webhook_is_in_the_trace_of_its_work(recorder: Recorder) -> None:
    with observe_webhook({"job": CHAIR}) as attempt:
        headers = outgoing_headers()
        attempt.outcome = "timeout"
    span = recorder.span("deliver webhook")
    assert trace_id_of(span) == headers["X-Trace-Id"] == TRACE
    assert span.attributes is not None
    assert span.attributes["opal.outcome"] == "timeout"


def test_work_without_a_span_still_tells_its_trace() -> None:
    with traced(TRACE):
        headers = outgoing_headers()
    assert headers["X-Trace-Id"] == TRACE
    assert headers["traceparent"].startswith(f"00-{TRACE}-")


def test_without_work_nothing_is_told() -> None:
    assert outgoing_headers() == {}


@pytest.mark.parametrize("trace_id", ["", "trace-1", "0" * 32, "A" * 32])
def test_a_trace_id_that_is_none_of_ours_breaks_nothing(recorder: Recorder, trace_id: str) -> None:
    with observe_activity("inspect_photo", {"item": {**CHAIR, "trace_id": trace_id}}):
        assert outgoing_headers()["X-Trace-Id"]
    recorder.span("inspect_photo")


@pytest.mark.usefixtures("app")
def test_a_readiness_check_asks_the_endpoint_within_its_own_span(recorder: Recorder) -> None:
    with observe_request("readyz", "GET", {}) as request:
        assert check_readiness(request.trace_id).status == "ready"
    asked, call = recorder.span("GET /readyz"), recorder.span("score echo")
    assert call.parent is not None
    assert call.parent.span_id == asked.get_span_context().span_id


# Events and starts.


def test_an_event_is_in_the_trace_of_the_photo_that_it_turned_out_to_be_about(
    recorder: Recorder,
) -> None:
    with observe_event("blob") as event:
        assert len(current_trace_id()) == 32
        time.sleep(0.01)
        event.about({"item": CHAIR})
    span = recorder.span("take in blob")
    assert trace_id_of(span) == TRACE
    assert span.attributes is not None
    assert span.attributes["opal.item_id"] == "chair"
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.end_time - span.start_time >= 10_000_000


def test_an_event_about_several_photos_names_what_they_share(recorder: Recorder) -> None:
    with observe_event("blob") as event:
        event.about({"item": CHAIR}, {"item": TABLE})
    attributes = recorder.span("take in blob").attributes
    assert attributes is not None
    assert attributes["opal.job_id"] == "autumn"
    assert "opal.item_id" not in attributes


def test_an_event_about_nothing_has_a_trace_of_its_own(recorder: Recorder) -> None:
    for _ in range(2):
        with observe_event("blob") as event:
            event.about()
    assert len({trace_id_of(span) for span in recorder.spans}) == 2


def test_an_event_that_fails_is_an_error(recorder: Recorder) -> None:
    with pytest.raises(LookupError), observe_event("blob"):
        raise LookupError("chair")
    assert recorder.span("take in blob").status.status_code is StatusCode.ERROR


def test_an_orchestration_is_started_in_the_trace_of_its_item(recorder: Recorder) -> None:
    """The durable client hands the current span on, and the host's own spans follow it."""
    with observe_request(ROUTE, "POST", {}), observe_start("process_item", {"item": CHAIR}):
        here = trace.get_current_span().get_span_context()
    span = recorder.span("start process_item")
    assert (trace_id_of(span), span.get_span_context()) == (TRACE, here)
    assert span.kind is SpanKind.PRODUCER


def test_every_start_is_made_under_its_own_span(recorder: Recorder) -> None:
    seen: list[str] = []

    class Client:
        async def start_new(self, *_: object) -> None:
            seen.append(current_trace_id())

    starts = [
        Start(orchestration="process_item", instance_id="a", payload={"item": CHAIR}),
        Start(
            orchestration="finish_job",
            instance_id="b",
            payload={"job": {**CHAIR, "trace_id": OTHER}},
        ),
    ]
    asyncio.run(start_all(Client(), starts))
    assert seen == [TRACE, OTHER]
    assert [trace_id_of(span) for span in recorder.spans] == seen


# What spans hold.


def test_a_span_tells_an_errors_code_and_none_of_its_words(recorder: Recorder) -> None:
    with pytest.raises(PhotoRejected), observe_activity("inspect_photo", {"item": CHAIR}):
        raise PhotoRejected("my summer photo.jpg is broken", code="photo_broken")
    with pytest.raises(LookupError), observe_activity("inspect_photo", {"item": CHAIR}):
        raise LookupError("my summer photo.jpg")
    assert [span.status.description for span in recorder.spans] == [
        "photo_broken",
        "internal_error",
    ]
    assert "summer" not in "".join(span.to_json() for span in recorder.spans)


def test_spans_have_no_attributes_but_those_of_a_short_list(recorder: Recorder) -> None:
    document = {"item": {**CHAIR, "filename": "my summer photo.jpg"}, "raw_path": "raw/summer"}
    with observe_request(ROUTE, "GET", {"User-Agent": "summer"}):
        identify(tenant_id="shop")
        with observe_start("process_item", document), observe_activity("place", document):
            with pytest.raises(EndpointDown), observe_endpoint_call("place", TRACE):
                raise EndpointDown("summer")
            with observe_webhook(document), observe_event("blob") as event:
                event.about(document)
    assert {name for span in recorder.spans for name in span.attributes or {}} <= ALLOWED
    assert "summer" not in "".join(span.to_json() for span in recorder.spans)


def test_an_id_in_a_span_is_never_longer_than_ids_are(recorder: Recorder) -> None:
    with observe_activity("inspect_photo", {"item": {**CHAIR, "item_id": "x" * 10_000}}):
        pass
    assert len(recorder.span("inspect_photo").to_json()) < 2_000
