"""The endpoint's client: every answer that a real socket can give is judged."""

import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from opal.errors import (
    EndpointBusy,
    EndpointDown,
    EndpointError,
    EndpointGarbled,
    EndpointRefused,
)
from opal.inference import InferenceClient
from opal.settings import Settings

OUTPUT = {"width": 4, "height": 3, "bytes": 7, "sha256": "ab"}
GOOD = {
    "output": OUTPUT,
    "model": {"name": "m", "version": "1", "sha256": "cd"},
    "quality": {"alpha_mean": 0.5, "product_box": [0, 0, 4, 3]},
    "timings_ms": {"total": 3.5},
}
TRACE = "0af7651916cd43dd8448eb211c80319c"


def score(inference: InferenceClient) -> object:
    inputs = {"photo": "http://127.0.0.1/read"}
    return inference.score("segment", inputs, "http://127.0.0.1/write", {"a": 1}, TRACE)


def failure_of(inference: InferenceClient, kind: type[EndpointError]) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        score(inference)
    assert type(caught.value) is kind
    return caught.value


def settings_for(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update=changes)


# What is asked.


def test_the_request_is_the_contracts(endpoint, inference):
    endpoint.says(200, GOOD)
    score(inference)
    assert endpoint.requests == [
        {
            "task": "segment",
            "inputs": {"photo": "http://127.0.0.1/read"},
            "output_url": "http://127.0.0.1/write",
            "params": {"a": 1},
            "trace_id": TRACE,
        }
    ]


def test_the_key_and_the_trace_id_are_sent_as_headers(endpoint, inference):
    endpoint.says(200, GOOD)
    score(inference)
    assert endpoint.headers[0]["Authorization"] == "Bearer the-key"
    assert endpoint.headers[0]["X-Trace-Id"] == TRACE


def test_a_netrc_entry_does_not_take_the_keys_place(endpoint, inference, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    endpoint.says(200, GOOD)
    score(inference)
    assert endpoint.headers[0]["Authorization"] == "Bearer the-key"


# Good answers.


def test_a_good_answer_is_read(endpoint, inference):
    endpoint.says(200, GOOD)
    assert score(inference).dump() == GOOD


def test_fields_of_a_newer_endpoint_are_ignored(endpoint, inference):
    endpoint.says(200, {**GOOD, "new": 1, "output": {**OUTPUT, "new": 1}})
    assert score(inference).dump() == GOOD


def test_the_echo_comes_back(endpoint, inference):
    inference.ping(TRACE)
    assert endpoint.requests[0]["task"] == "echo"


@pytest.mark.parametrize("body", [{"message": "other"}, {}, GOOD])
def test_another_echo_is_garbled(endpoint, inference, body):
    endpoint.says(200, body)
    with pytest.raises(EndpointGarbled):
        inference.ping(TRACE)


# Answers that break the contract: a proxy may have cut them short, so they may heal.


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"output": ', b"\xff\xfe\x00", b"[]", b"null"])
def test_an_answer_that_is_not_a_json_object_is_garbled(endpoint, inference, body):
    endpoint.says(200, body)
    error = failure_of(inference, EndpointGarbled)
    assert error.retryable
    assert error.code == "endpoint_answer_invalid"


@pytest.mark.parametrize("missing", list(GOOD))
def test_an_answer_that_lacks_a_part_is_garbled(endpoint, inference, missing):
    endpoint.says(200, {name: part for name, part in GOOD.items() if name != missing})
    assert failure_of(inference, EndpointGarbled).retryable


@pytest.mark.parametrize("missing", list(OUTPUT))
def test_an_output_that_lacks_a_part_is_garbled(endpoint, inference, missing):
    output = {name: part for name, part in OUTPUT.items() if name != missing}
    endpoint.says(200, {**GOOD, "output": output})
    assert failure_of(inference, EndpointGarbled).retryable


@pytest.mark.parametrize("status", [201, 202, 204])
def test_a_success_that_is_not_200_is_no_answer(endpoint, inference, status):
    endpoint.says(status, b"")
    failure_of(inference, EndpointRefused)


def test_an_answer_cut_off_in_its_middle_may_heal(endpoint, inference):
    endpoint.says(200, b'{"output"', headers={"Content-Length": "1000"})
    assert failure_of(inference, EndpointDown).retryable


# Refusals.


def test_429_is_busy(endpoint, inference):
    endpoint.says(429)
    error = failure_of(inference, EndpointBusy)
    assert error.retryable
    assert error.retry_after_s is None


def test_a_retry_after_in_seconds_is_kept(endpoint, inference):
    endpoint.says(429, headers={"Retry-After": "17"})
    assert failure_of(inference, EndpointBusy).retry_after_s == 17


def test_a_retry_after_as_a_date_is_turned_into_seconds(endpoint, inference):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    endpoint.says(429, headers={"Retry-After": date})
    assert 80 <= failure_of(inference, EndpointBusy).retry_after_s <= 90


def test_a_retry_after_that_has_passed_is_no_wait(endpoint, inference):
    endpoint.says(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert failure_of(inference, EndpointDown).retry_after_s == 0


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "\xb2", "Wed, 99 Foo 2015"])
def test_a_retry_after_that_says_nothing_is_none(endpoint, inference, value):
    endpoint.says(429, headers={"Retry-After": value})
    assert failure_of(inference, EndpointBusy).retry_after_s is None


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
def test_failures_that_may_pass_are_tried_again(endpoint, inference, status):
    endpoint.says(status, b"internal details")
    error = failure_of(inference, EndpointDown)
    assert error.retryable
    assert "internal details" not in error.message


@pytest.mark.parametrize(
    "header", ["ms-azureml-model-error-statuscode", "azureml-model-error-statuscode"]
)
@pytest.mark.parametrize(
    ("wrapped", "kind"),
    [("429", EndpointBusy), ("503", EndpointDown), ("500", EndpointDown), ("400", EndpointRefused)],
)
def test_424_is_what_it_wraps(endpoint, inference, header, wrapped, kind):
    endpoint.says(424, headers={header: wrapped})
    failure_of(inference, kind)


@pytest.mark.parametrize("wrapped", ["", "none", "\xb2"])
def test_424_that_wraps_nothing_is_final(endpoint, inference, wrapped):
    endpoint.says(424, headers={"ms-azureml-model-error-statuscode": wrapped})
    failure_of(inference, EndpointRefused)


def test_424_that_wraps_a_refusal_keeps_the_models_own_code(endpoint, inference):
    body = {"error": {"code": "no_product", "message": "nothing was found on the photo"}}
    endpoint.says(424, body, headers={"ms-azureml-model-error-statuscode": "422"})
    assert failure_of(inference, EndpointRefused).code == "no_product"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_other_refusals_are_final(endpoint, inference, status):
    endpoint.says(status, b"")
    error = failure_of(inference, EndpointRefused)
    assert (error.code, error.retryable) == ("endpoint_refused", False)
    assert str(status) in error.message


def test_the_endpoints_own_code_and_message_pass_through(endpoint, inference):
    endpoint.says(400, {"error": {"code": "input_unreadable", "message": "photo is gone"}})
    error = failure_of(inference, EndpointRefused)
    assert (error.code, error.message) == ("input_unreadable", "photo is gone")


@pytest.mark.parametrize(
    "body", [{"error": "text"}, {"error": None}, {"error": {"code": None}}, [1], {"detail": "x"}]
)
def test_a_refusal_of_another_form_has_our_own_code(endpoint, inference, body):
    endpoint.says(400, body)
    assert failure_of(inference, EndpointRefused).code == "endpoint_refused"


def test_a_long_message_is_cut(endpoint, inference):
    endpoint.says(400, {"error": {"code": "x", "message": "y" * 100_000}})
    assert len(failure_of(inference, EndpointRefused).message) <= 500


# No answer.


def test_an_endpoint_that_does_not_answer_in_time_may_heal(endpoint, settings):
    released = threading.Event()

    def hang(_: object) -> tuple[int, dict[str, str], bytes]:
        released.wait(10)
        return 200, {}, b"{}"

    endpoint.script = hang
    client = InferenceClient(settings_for(settings, endpoint_timeout_s=0.2))
    started = time.monotonic()
    error = failure_of(client, EndpointDown)
    released.set()
    assert time.monotonic() - started < 5
    assert (error.code, error.retryable) == ("endpoint_timeout", True)


def test_an_endpoint_that_is_not_there_may_heal(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/score"
        client = InferenceClient(settings_for(settings, endpoint_url=url))
        error = failure_of(client, EndpointDown)
    assert (error.code, error.retryable) == ("endpoint_unavailable", True)
    assert "127.0.0.1" not in error.message


def test_a_connection_that_breaks_may_heal(endpoint, inference):
    def hang_up(_: object) -> tuple[int, dict[str, str], bytes]:
        raise ConnectionAbortedError

    endpoint.script = hang_up
    assert failure_of(inference, EndpointDown).retryable


def test_one_client_serves_many_threads(endpoint, inference):
    endpoint.says(200, GOOD)
    threads = [threading.Thread(target=score, args=(inference,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(endpoint.requests) == 8
