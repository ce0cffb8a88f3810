"""Trace ids: taken from the caller when they are well formed, made when not, on every line."""

import logging
import threading

import pytest

from opal.telemetry import (
    TraceFilter,
    current_trace_id,
    identify,
    new_trace_id,
    trace_id_of,
    traced,
)
from opal.telemetry.work import current_work, work_of

ID = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": f"00-{ID}-b7ad6b7169203331-01"},
        {"Traceparent": f" 00-{ID}-b7ad6b7169203331-00 "},
        {"X-Trace-Id": ID},
        {"x-trace-id": ID.upper()},
        {"traceparent": f"00-{ID}-b7ad6b7169203331-01", "X-Trace-Id": "f" * 32},
        {"traceparent": "rubbish", "X-Trace-Id": ID},
    ],
)
def test_a_callers_trace_id_is_taken(headers):
    assert trace_id_of(headers) == ID


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"},
        {"traceparent": f"00-{ID[:31]}-b7ad6b7169203331-01"},
        {"traceparent": f"00-{ID}-b7ad6b7169203331"},
        {"X-Trace-Id": "not-hex"},
        {"X-Trace-Id": ID + "0"},
        {"X-Trace-Id": f"{ID}\r\nSet-Cookie: a=b"},
        {"X-Trace-Id": "٠" * 32},
    ],
)
def test_a_malformed_trace_id_is_replaced_by_a_fresh_one(headers):
    made = trace_id_of(headers)
    assert made not in str(headers)
    assert len(made) == 32
    assert int(made, 16) > 0


def test_fresh_trace_ids_differ():
    assert len({new_trace_id() for _ in range(100)}) == 100


def test_work_inside_has_the_trace_id_and_work_after_has_not():
    with traced("outer"):
        with traced("inner"):
            assert current_trace_id() == "inner"
        assert current_trace_id() == "outer"
    assert current_trace_id() == ""


def test_a_trace_id_stays_in_its_thread():
    seen: list[str] = []
    with traced("mine"):
        thread = threading.Thread(target=lambda: seen.append(current_trace_id()))
        thread.start()
        thread.join()
    assert seen == [""]


def test_what_is_known_of_the_work_does_not_outlive_it():
    with traced(ID, {"tenant_id": "shop"}):
        with traced(ID):
            identify(job_id="autumn")
            assert current_work().ids == {"job_id": "autumn"}
        assert current_work().ids == {"tenant_id": "shop"}
    assert not current_work().ids


CHAIR = {"trace_id": ID, "tenant_id": "shop", "job_id": "autumn", "item_id": "chair"}


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ({"item": CHAIR, "raw_path": "raw/x"}, {"tenant_id", "job_id", "item_id"}),
        (CHAIR, {"tenant_id", "job_id", "item_id"}),
        ({"job": {**CHAIR, "item_id": None}}, {"tenant_id", "job_id"}),
    ],
)
def test_a_message_tells_whose_work_it_is(message, ids):
    work = work_of(message)
    assert work.trace_id == ID
    assert set(work.ids) == ids


@pytest.mark.parametrize("message", [None, [], "item", {}, {"item": None}, {"trace_id": 7}])
def test_a_message_that_tells_nothing_is_about_no_work(message):
    assert work_of(message).trace_id == ""


def test_the_filter_puts_the_trace_id_on_every_record():
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "text", (), None)
    with traced(ID):
        assert TraceFilter().filter(record)
    assert record.trace_id == ID
