"""What all operations have in common: the form of answers and problems, ids, limits, refusals."""

import json
import logging
import re
from pathlib import Path

import azure.functions as func
import pytest

from opal.api.serving import Answer, Work, serve
from opal.api.system import HEALTHZ
from opal.errors import DependencyDown, EndpointBusy, OpalError
from opal.state.contract import Partition
from opal.state.sqlite import SqliteStore
from opal.telemetry import TraceFilter
from tests.api.shop import Shop, ok, problem

TRACE = "0af7651916cd43dd8448eb211c80319c"
LIMIT = 40
HEX = re.compile(r"[0-9a-f]{32}")


@pytest.fixture(scope="module")
def overrides() -> dict[str, str]:
    return {"OPAL_RATE_LIMIT": str(LIMIT)}


def serving(work: Work) -> func.HttpResponse:
    """The answer of an operation that does this, asked with a key in the wrong place."""
    url = "http://127.0.0.1/healthz?code=the-callers-key"
    headers = {"X-Trace-Id": TRACE}
    return serve(HEALTHZ, func.HttpRequest("GET", url, headers=headers, body=b""), work)


def failing(error: Exception) -> func.HttpResponse:
    def work(call: object) -> Answer:
        raise error

    return serving(work)


def test_every_answer_may_not_be_cached_nor_guessed_at(shop: Shop) -> None:
    answers = [
        *(shop.get("/v1/jobs"), shop.get("/v1/jobs/x"), shop.delete("/v1/brand-profiles/x")),
        *(shop.get("/healthz"), shop.get("/openapi.json"), shop.get("/docs")),
        shop.get("/v1/jobs", headers={"X-API-Key": "wrong"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 204, 200, 200, 200, 401]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_problem_has_the_members_of_rfc_9457_and_a_code(shop: Shop) -> None:
    answer = shop.get("/v1/jobs/x", headers={"X-Trace-Id": TRACE})
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "urn:opal:error:job_missing",
        "title": "No such job.",
        "status": 404,
        "code": "job_missing",
        "retryable": False,
        "trace_id": TRACE,
    }


@pytest.mark.parametrize("given", ["a", "order-17:3.2_x", "x" * 128])
def test_a_request_id_comes_back(shop: Shop, given: str) -> None:
    for path in ("/v1/jobs", "/v1/jobs/x"):
        assert shop.get(path, headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>", "ä", "a;b", "a\tb"])
def test_a_request_id_that_is_none_is_replaced(shop: Shop, given: str) -> None:
    answer = shop.get("/v1/jobs", headers={"X-Request-Id": given.encode()})
    assert HEX.fullmatch(answer.headers["X-Request-Id"])


def test_the_callers_trace_is_gone_on_with(shop: Shop) -> None:
    parent = f"00-{TRACE}-00f067aa0ba902b7-01"
    answer = shop.get("/v1/jobs", headers={"traceparent": parent, "X-Trace-Id": "1" * 32})
    assert answer.headers["X-Trace-Id"] == TRACE
    version, trace_id, span_id, _ = answer.headers["traceparent"].split("-")
    assert (version, trace_id) == ("00", TRACE)
    assert re.fullmatch("(?!0{16})[0-9a-f]{16}", span_id)


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Trace-Id": "x"}, {"traceparent": "00-" + "0" * 32 + "-00f067aa0ba902b7-01"}],
)
def test_a_request_without_a_usable_trace_begins_one(shop: Shop, headers: dict[str, str]) -> None:
    first, second = (shop.get("/v1/jobs/x", headers=headers) for _ in range(2))
    assert HEX.fullmatch(first.headers["X-Trace-Id"])
    assert first.headers["X-Trace-Id"] != second.headers["X-Trace-Id"]
    assert first.json()["trace_id"] == first.headers["X-Trace-Id"]
    assert first.headers["X-Trace-Id"] in first.headers["traceparent"]


def test_answers_say_what_is_left_of_the_minute_until_it_is_used_up(
    shop: Shop, rival: Shop
) -> None:
    answers = []
    # Twice the limit and more: the minute may end, and begin anew, while this runs.
    for _ in range(2 * LIMIT + 2):
        answers.append(shop.get("/v1/jobs"))
        if answers[-1].status_code == 429:
            break
    refused = answers[-1]
    assert problem(refused) == (429, "rate_limited")
    assert refused.json()["retryable"] is True
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit"].startswith('"tenant";r=0;t=')
    assert answers[0].headers["RateLimit-Policy"] == f'"tenant";q={LIMIT};w=60'
    assert re.fullmatch(rf'"tenant";r={LIMIT - 1};t=\d+', answers[0].headers["RateLimit"])
    ok(rival.get("/v1/jobs"))
    ok(shop.get("/healthz"))


def test_a_request_without_a_valid_key_counts_for_nobody(shop: Shop) -> None:
    guess = f"opal.{shop.name}.{'0' * 16}.{'x' * 43}"
    for _ in range(5):
        answer = shop.get("/v1/jobs", headers={"X-API-Key": guess})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="opal"'
        assert "RateLimit" not in answer.headers
    assert f"r={LIMIT - 1};" in shop.get("/v1/jobs").headers["RateLimit"]


def test_a_body_of_more_than_a_mebibyte_is_too_large(shop: Shop) -> None:
    order = json.dumps({"items": [{"filename": "mug.jpg"}]}).encode()
    fits = shop.ask("POST", "/v1/jobs", data=order.ljust(1024 * 1024))
    assert ok(fits, 202)
    larger = shop.ask("POST", "/v1/jobs", data=order.ljust(1024 * 1024 + 1))
    assert problem(larger) == (413, "request_too_large")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"items", b"\xff\xfe", '{"items": []}'.encode("utf-16"), b"[" * 100_000),
        *(b'{"items": [{"filename": "\\ud800"}]}', b'{"budget": ' + b"9" * 5000 + b"}"),
        *(b'\xef\xbb\xbf{"items": []}', b'{"items": []} []'),
    ],
)
def test_a_body_that_is_no_json_is_malformed(shop: Shop, body: bytes) -> None:
    answer = shop.ask("POST", "/v1/jobs", data=body)
    assert problem(answer) == (400, "request_malformed")
    assert "errors" not in answer.json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"items": [{"filename": 5}]}, "items.0.filename"),
        ({"items": [{"filename": "a.jpg"}], "budget": "5"}, "budget"),
        ({"items": [{"filename": "a.jpg"}], "options": {"upscale": 1}}, "options.upscale"),
        ({"items": {"filename": "a.jpg"}}, "items"),
        ({"items": [{"filename": "a.jpg"}], "colour": "red"}, "colour"),
        ({"items": [{"filename": "a.jpg", "path": "x"}]}, "items.0.path"),
        ({"items": [{"filename": "a.jpg"}], "options": {"scene": ["white"]}}, "options.scene"),
        ({}, "items"),
    ],
)
def test_a_field_that_is_wrong_or_unknown_is_named(shop: Shop, body: object, field: str) -> None:
    answer = shop.post("/v1/jobs", body)
    assert problem(answer) == (422, "request_invalid")
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert answer.json()["title"] == f"{field}: {error['message']}"


@pytest.mark.parametrize("body", [[], "items", 5, None])
def test_a_body_that_is_no_object_is_invalid(shop: Shop, body: object) -> None:
    answer = shop.ask("POST", "/v1/jobs", data=json.dumps(body))
    assert problem(answer) == (422, "request_invalid")
    assert answer.json()["title"].startswith("body: ")


def test_at_most_twenty_wrong_fields_are_named_and_no_values(shop: Shop) -> None:
    answer = shop.post("/v1/jobs", {"items": [{"filename": "/hunter2/"}] * 900})
    assert len(answer.json()["errors"]) == 20
    assert "hunter2" not in answer.text


def test_a_query_parameter_given_twice_is_refused(shop: Shop) -> None:
    answer = shop.get("/v1/jobs", params=[("limit", "5"), ("limit", "6")])
    assert problem(answer) == (422, "request_invalid")
    assert answer.json()["title"] == "limit: given twice"


def test_an_unknown_query_parameter_changes_nothing(shop: Shop) -> None:
    assert ok(shop.get("/v1/jobs?page=3&tenant=rival"))["jobs"] == []


def test_an_answer_without_a_body_has_none(shop: Shop) -> None:
    answer = shop.delete("/v1/brand-profiles/x")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(("error", "status"), [(EndpointBusy("x"), 503), (OpalError("x"), 500)])
def test_an_error_has_its_own_status_or_is_a_server_error(error: OpalError, status: int) -> None:
    answer = failing(error)
    assert answer.status_code == status
    assert json.loads(answer.get_body())["code"] == error.code


def test_an_error_that_says_when_to_come_back_is_answered_so() -> None:
    answer = failing(DependencyDown("x", retry_after_s=2.5))
    assert answer.headers["Retry-After"] == "3"


def test_a_defect_is_answered_without_its_text_and_logged_with_the_trace_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.handler.addFilter(TraceFilter())
    answer = failing(RuntimeError("a wheel came off at /srv/app.py"))
    body = answer.get_body()
    assert (answer.status_code, json.loads(body)["code"]) == (500, "internal_error")
    assert b"wheel" not in body
    assert b"app.py" not in body
    [record] = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert vars(record)["trace_id"] == json.loads(body)["trace_id"] == TRACE
    assert "a wheel came off" in caplog.text, "the log has the details"
    assert "the-callers-key" not in caplog.text, "but not the caller's key"


def test_a_failing_store_is_answered_without_its_internals(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "state.sqlite"))
    store._connection().execute("DROP TABLE documents")
    answer = serving(lambda _: Answer({"found": store.read(Partition("demo", "x"), "job")}))
    store.close()
    assert (answer.status_code, json.loads(answer.get_body())["retryable"]) == (503, True)
    assert b"documents" not in answer.get_body()


def test_the_manual_is_a_page_that_loads_nothing(shop: Shop) -> None:
    page = shop.get("/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not re.search(r"<script|src=|@import|url\(|<link", page.text)
    for path in ok(shop.get("/openapi.json"))["paths"]:
        assert path in page.text
