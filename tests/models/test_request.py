"""A request is checked field by field, and its URLs against the allow-list."""

import json

import pytest

from models.allowlist import AllowList
from models.contract import MAX_BODY_BYTES, parse_body, parse_request, trace_id_of
from models.errors import EndpointError
from models.service import TASKS
from models.settings import load_settings

GOOD = {
    "task": "segment",
    "inputs": {"photo": "https://a.blob.core.windows.net/raw/x?sig=1"},
    "output_url": "https://a.blob.core.windows.net/work/y?sig=1",
    "params": {},
    "trace_id": "abc",
}


def refusal(call, *arguments) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        call(*arguments)
    return caught.value


def test_a_good_request_becomes_a_document():
    request = parse_request(GOOD, TASKS, "abc")
    assert (request.task, request.trace_id) == ("segment", "abc")
    assert request.inputs == GOOD["inputs"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"task": "paint"}, "task"),
        ({"task": None}, "task"),
        ({"task": ["segment"]}, "task"),
        ({"inputs": None}, "inputs"),
        ({"inputs": []}, "inputs"),
        ({"inputs": {}}, "inputs.photo"),
        ({"inputs": {"photo": 3}}, "inputs.photo"),
        ({"inputs": {"photo": ""}}, "inputs.photo"),
        ({"inputs": {"photo": "https://x", "mask": "https://x"}}, "inputs.mask"),
        ({"output_url": None}, "output_url"),
        ({"params": None}, "params"),
        ({"params": [1]}, "params"),
        ({"model": "x"}, "model"),
    ],
)
def test_a_wrong_field_is_named(change, field):
    error = refusal(parse_request, {**GOOD, **change}, TASKS, "")
    assert (error.status, error.code) == (400, "request_invalid")
    assert error.message.startswith(field + " ")


@pytest.mark.parametrize("body", [b"", b"not json", b"[1]", b'"x"', b"\xff\xfe", b"[" * 60000])
def test_a_body_that_is_no_object_is_refused(body):
    assert refusal(parse_body, body).message.startswith("body")


def test_a_huge_body_is_refused():
    assert refusal(parse_body, b" " * (MAX_BODY_BYTES + 1)).status == 413


def test_a_trace_id_is_made_safe_for_logs():
    assert trace_id_of({"trace_id": "a\nb\x1b[31m"}) == "ab[31m"
    assert trace_id_of({"trace_id": 7}) == ""
    assert trace_id_of({}, "from-header") == "from-header"
    assert len(trace_id_of({"trace_id": "x" * 1000})) == 128


ALLOWED = AllowList.parse(
    "*.blob.core.windows.net, files.example.com,files.example.com:8443,"
    "127.0.0.1:10000,localhost:10000,[::1]:10000"
)


@pytest.mark.parametrize(
    "url",
    [
        "https://acc.blob.core.windows.net/c/b?sig=x",
        "https://ACC.Blob.Core.Windows.Net/c/b",
        "https://acc.z5.blob.core.windows.net/c",
        "https://acc.blob.core.windows.net:443/c",
        "https://files.example.com/x",
        "https://files.example.com:8443/x",
        "http://127.0.0.1:10000/devstoreaccount1/c/b",
        "http://localhost:10000/x",
        "http://[::1]:10000/x",
        "https://127.0.0.1:10000/x",
    ],
)
def test_listed_hosts_are_allowed(url):
    ALLOWED.check("output_url", url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/x",
        "https://blob.core.windows.net/x",
        "https://evilblob.core.windows.net/x",
        "https://acc.blob.core.windows.net.evil.com/x",
        "https://acc.blob.core.windows.net:8443/x",
        "https://files.example.com:9999/x",
        "http://files.example.com/x",
        "http://acc.blob.core.windows.net/x",
        "http://127.0.0.1:10001/x",
        "http://127.0.0.1/x",
        "http://169.254.169.254/metadata/identity",
        "https://user:pass@acc.blob.core.windows.net/x",
        "https://acc.blob.core.windows.net@evil.com/x",
        "https://@acc.blob.core.windows.net/x",
        "ftp://files.example.com/x",
        "file:///etc/passwd",
        "//files.example.com/x",
        "/etc/passwd",
    ],
)
def test_other_urls_are_not(url):
    error = refusal(ALLOWED.check, "inputs.photo", url)
    assert (error.status, error.code) == (400, "url_not_allowed")
    assert error.message.startswith("inputs.photo")


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example.com\\@evil.com/x",
        "https://files.example.com/a b",
        "https://files.example.com/\r\nX: y",
        "https://[::1/x",
        "https://files.example.com:99999/x",
        "https://files.example.com:port/x",
        "https://fílés.example.com/x",
    ],
)
def test_malformed_urls_are_invalid(url):
    assert refusal(ALLOWED.check, "output_url", url).code == "request_invalid"


def test_an_empty_allow_list_allows_nothing():
    assert refusal(AllowList.parse("").check, "output_url", GOOD["output_url"]).status == 400


def test_settings_have_defaults_beside_the_hosts():
    settings = load_settings({"OPAL_ALLOWED_HOSTS": "a.example"})
    assert settings.max_input_bytes == 200_000_000
    assert settings.transfer_timeout_s == 60


def test_every_wrong_setting_is_named_at_once():
    wrong = {"OPAL_MAX_INPUT_BYTES": "many", "OPAL_TRANSFER_TIMEOUT_S": "-1"}
    with pytest.raises(ValueError) as caught:
        load_settings(wrong)
    for name in ("OPAL_ALLOWED_HOSTS", *wrong):
        assert name in str(caught.value)


def test_a_refusal_is_a_json_document():
    document = EndpointError(400, "request_invalid", "task is wrong").as_document()
    assert json.dumps(document)
    assert document == {
        "code": "request_invalid",
        "message": "task is wrong",
        "retryable": False,
    }
