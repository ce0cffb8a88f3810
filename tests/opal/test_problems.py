"""HTTP answers: RFC 9457 problems that tell the caller enough, and never what is inside."""

import json

import azure.functions as func
import pytest

from opal.errors import DependencyDown, EndpointBusy, InvalidInput, NotFound, OpalError
from opal.problems import answering
from opal.state.contract import Partition
from opal.state.sqlite import SqliteStore

TRACE = "0af7651916cd43dd8448eb211c80319c"


def request(**headers: str) -> func.HttpRequest:
    url = "http://127.0.0.1/v1/jobs/x?code=secret-key"
    return func.HttpRequest(method="GET", url=url, headers=headers, body=b"")


def failing(error: Exception) -> func.HttpResponse:
    def work() -> dict[str, object]:
        raise error

    return answering(request(**{"X-Trace-Id": TRACE}), work)


def test_a_result_is_json_with_the_trace_id_and_is_not_cached():
    answer = answering(request(**{"X-Trace-Id": TRACE}), lambda: {"name": "ä"})
    assert (answer.status_code, json.loads(answer.get_body())) == (200, {"name": "ä"})
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Trace-Id"] == TRACE
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("limit must be 1 to 200", code="request_invalid"), 422),
        (NotFound("No such job.", code="job_missing"), 404),
        (EndpointBusy("The endpoint is busy."), 503),
    ],
)
def test_an_error_is_answered_as_a_problem(error, status):
    answer = failing(error)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["X-Trace-Id"] == TRACE
    assert json.loads(answer.get_body()) == {
        "type": f"urn:opal:error:{error.code}",
        "title": error.message,
        "status": status,
        "code": error.code,
        "retryable": error.retryable,
        "trace_id": TRACE,
    }


def test_a_defect_is_answered_without_its_text(caplog):
    answer = failing(RuntimeError("password=hunter2 at /srv/app.py"))
    body = json.loads(answer.get_body())
    assert (body["status"], body["code"]) == (500, "internal_error")
    assert b"hunter2" not in answer.get_body()
    assert b"app.py" not in answer.get_body()
    assert "hunter2" in caplog.text, "the log has the details"
    assert "secret-key" not in caplog.text, "but not the caller's key"


def test_a_failing_store_is_answered_without_its_internals(tmp_path):
    path = tmp_path / "state.sqlite"
    store = SqliteStore(str(path))
    store._connection().execute("DROP TABLE documents")

    def work() -> dict[str, object]:
        return {"found": store.read(Partition("demo", "x"), "job")}

    answer = answering(request(), work)
    store.close()
    assert answer.status_code == 503
    assert b"documents" not in answer.get_body()


def test_an_error_answers_the_trace_id_that_it_made_when_none_was_given():
    answer = answering(request(), lambda: (_ for _ in ()).throw(DependencyDown("x")))
    assert json.loads(answer.get_body())["trace_id"] == answer.headers["X-Trace-Id"]


def test_an_error_without_a_status_of_its_own_is_a_server_error():
    assert failing(OpalError("x")).status_code == 500
