"""What the client asks again, how it understands a refusal, and what it keeps to itself."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from opal.api.jobs import NewItem, NewJob
from opal.client import AnswerInvalid, ApiError, OpalClient, Unreachable
from opal.client.retrying import Patience
from tests.api_server import ApiServer
from tests.client.scripted_api import Scripted, ScriptedApi
from tests.conftest import free_port

KEY = "opal.shop.0123456789abcdef." + "s" * 43
ORDER = NewJob(items=(NewItem(filename="mug.png"),))
CREATED = Scripted(
    202,
    {
        "job_id": "job-1",
        "tenant_id": "shop",
        "status": "created",
        "trace_id": "t",
        "items": [{"item_id": "0001-mug", "filename": "mug.png"}],
    },
)
NO_ERRORS = Scripted(200, {"errors": []})
Scripting = Callable[..., tuple[OpalClient, ScriptedApi]]


def busy(seconds: int) -> Scripted:
    problem = {"code": "rate_limited", "title": "Slow down.", "status": 429, "retryable": True}
    return Scripted(429, problem, {"Retry-After": str(seconds)})


@pytest.fixture
def scripting() -> Iterator[Scripting]:
    """A client and the scripted server that it talks to."""
    opened: list[OpalClient | ScriptedApi] = []

    def start(
        *script: Scripted, retries: int = 3, timeout_s: float = 5
    ) -> tuple[OpalClient, ScriptedApi]:
        api = ScriptedApi(*script)
        patience = Patience(retries=retries, backoff_s=0.01)
        client = OpalClient(api.url, KEY, timeout_s=(2, timeout_s), patience=patience)
        opened.extend([client, api])
        return client, api

    yield start
    for one in opened:
        one.close()


def test_a_busy_server_is_asked_again_when_it_says(scripting: Scripting) -> None:
    client, api = scripting(busy(1), NO_ERRORS)
    assert client.errors() == ()
    first, second = api.seen
    assert 1.0 <= second.at - first.at < 2.5


def test_a_server_can_not_make_the_client_wait_for_longer_than_it_has_patience() -> None:
    api = ScriptedApi(busy(3600), NO_ERRORS)
    patience = Patience(longest_wait_s=1)
    with OpalClient(api.url, KEY, patience=patience) as client:
        assert client.errors() == ()
    api.close()


@pytest.mark.parametrize("status", [429, 502, 503, 504, None])
def test_what_passes_is_asked_again(scripting: Scripting, status: int | None) -> None:
    client, api = scripting(Scripted(status), NO_ERRORS)
    assert client.errors() == ()
    assert len(api.seen) == 2


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 500])
def test_what_does_not_pass_is_not_asked_again(scripting: Scripting, status: int) -> None:
    client, api = scripting(Scripted(status))
    with pytest.raises(ApiError) as caught:
        client.errors()
    assert caught.value.status == status
    assert len(api.seen) == 1


def test_the_client_gives_up_in_the_end_and_says_what_it_was_told(scripting: Scripting) -> None:
    client, api = scripting(busy(0), retries=2)
    with pytest.raises(ApiError) as caught:
        client.errors()
    assert (caught.value.code, caught.value.retryable) == ("rate_limited", True)
    assert len(api.seen) == 3


def test_a_job_without_idempotency_key_is_not_ordered_twice(scripting: Scripting) -> None:
    for trouble in (Scripted(None), Scripted(503, {}, {"Retry-After": "0"}), Scripted(502)):
        client, api = scripting(trouble, CREATED)
        with pytest.raises((ApiError, Unreachable)):
            client.create_job(ORDER)
        assert len(api.seen) == 1


def test_a_job_without_idempotency_key_is_ordered_again_when_it_was_not_taken(
    scripting: Scripting,
) -> None:
    client, api = scripting(busy(0), CREATED)
    assert client.create_job(ORDER).job_id == "job-1"
    assert len(api.seen) == 2


def test_a_job_under_an_idempotency_key_is_ordered_until_there_is_an_answer(
    scripting: Scripting,
) -> None:
    client, api = scripting(Scripted(None), Scripted(503), CREATED)
    assert client.create_job(ORDER, "spring-2026").job_id == "job-1"
    assert {seen.headers["idempotency-key"] for seen in api.seen} == {"spring-2026"}
    assert len({seen.body for seen in api.seen}) == 1
    assert len(api.seen) == 3


def test_a_silent_server_is_unreachable(scripting: Scripting) -> None:
    client, api = scripting(Scripted(pause_s=1.0), retries=1, timeout_s=0.2)
    with pytest.raises(Unreachable, match=re.escape(api.url)):
        client.errors()
    assert len(api.seen) == 2


def test_a_server_that_is_not_there_yet_is_tried_again() -> None:
    patience = Patience(retries=2, backoff_s=0.2)
    with OpalClient(f"http://127.0.0.1:{free_port()}", KEY, patience=patience) as client:
        began = datetime.now(UTC)
        with pytest.raises(Unreachable) as caught:
            client.errors()
    assert (datetime.now(UTC) - began).total_seconds() >= 0.4
    assert caught.value.retryable


def test_a_problem_becomes_an_error_with_all_that_it_says(scripting: Scripting) -> None:
    problem = {
        "type": "urn:opal:error:request_invalid",
        "title": "photos: too many",
        "status": 422,
        "code": "request_invalid",
        "retryable": False,
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "errors": [{"field": "photos", "message": "too many"}],
    }
    client, _ = scripting(Scripted(422, problem, {"Content-Type": "application/problem+json"}))
    with pytest.raises(ApiError) as caught:
        client.errors()
    error = caught.value
    assert (error.status, error.code, error.message) == (422, "request_invalid", problem["title"])
    assert error.trace_id == problem["trace_id"]
    assert error.errors == ({"field": "photos", "message": "too many"},)


def test_a_refusal_that_is_no_problem_document_still_has_a_code(scripting: Scripting) -> None:
    page = Scripted(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"})
    client, _ = scripting(page, retries=0)
    with pytest.raises(ApiError) as caught:
        client.errors()
    assert (caught.value.code, caught.value.retryable) == ("http_502", True)


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", {"hello": "world"}, b"", [1]])
def test_an_answer_of_something_else_is_not_taken_for_one(
    scripting: Scripting, body: object
) -> None:
    client, _ = scripting(Scripted(200, body))
    with pytest.raises(AnswerInvalid):
        client.errors()


def test_the_key_does_not_follow_a_redirect(scripting: Scripting) -> None:
    _, elsewhere = scripting(NO_ERRORS)
    client, _ = scripting(Scripted(307, {}, {"Location": elsewhere.url}))
    with pytest.raises(ApiError, match="elsewhere"):
        client.errors()
    assert elsewhere.seen == []


def test_every_request_is_signed_and_has_a_trace_of_its_own(scripting: Scripting) -> None:
    client, api = scripting(NO_ERRORS)
    client.errors()
    client.errors()
    assert {seen.headers["x-api-key"] for seen in api.seen} == {KEY}
    traces = [seen.headers["traceparent"] for seen in api.seen]
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", trace) for trace in traces)
    assert len(set(traces)) == 2


def test_names_are_sent_as_utf_8_because_escapes_would_triple_them(scripting: Scripting) -> None:
    client, api = scripting(CREATED)
    client.create_job(NewJob(items=(NewItem(filename="花瓶.jpg"),)))
    assert "花瓶.jpg".encode() in api.seen[0].body
    assert json.loads(api.seen[0].body)["items"] == [{"filename": "花瓶.jpg"}]


def test_what_stands_in_a_path_can_not_leave_it(scripting: Scripting) -> None:
    client, api = scripting(Scripted(404))
    with pytest.raises(ApiError):
        client.get_job("../errors?x=")
    assert api.seen[0].path.startswith("/v1/jobs/..%2Ferrors%3Fx%3D?")


def test_neither_client_nor_errors_show_the_key(scripting: Scripting) -> None:
    client, _ = scripting(Scripted(401))
    with pytest.raises(ApiError) as caught:
        client.errors()
    assert "s" * 43 not in f"{client!r} {client} {caught.value!r}"


def test_a_wrong_key_is_told_by_its_code(api: ApiServer) -> None:
    with OpalClient(api.url, KEY) as client, pytest.raises(ApiError) as caught:
        next(client.list_jobs())
    assert (caught.value.status, caught.value.code) == (401, "key_invalid")
    assert re.fullmatch(r"[0-9a-f]{32}", caught.value.trace_id)


def test_the_client_is_imported_without_the_sdks_of_azure() -> None:
    code = (
        "import sys, opal.client\n"
        "print(sorted({n.split('.')[0] for n in sys.modules} & {'azure', 'grpc', 'numpy', 'rich'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout.strip() == "[]"
