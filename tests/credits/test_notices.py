"""Mollie's notices come as a form or as JSON, and anybody can send one."""

import json

import pytest

from opal.credits.notices import payment_id_of
from opal.errors import RequestMalformed


@pytest.mark.parametrize(
    "body",
    [
        b"id=tr_7UhSN1zuXS",
        b"a=b&id=tr_7UhSN1zuXS",
        b'{"id": "tr_7UhSN1zuXS"}',
        b' {"id":"tr_7UhSN1zuXS"}\n',
    ],
)
def test_a_notice_names_its_payment(body):
    assert payment_id_of(body) == "tr_7UhSN1zuXS"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"id=",
        b"payment=tr_1",
        b"{}",
        b'{"id": null}',
        b'{"id": ""}',
        b"{broken",
        b"[]",
        b"\xff",
    ],
)
def test_a_notice_without_a_payment_is_malformed(body):
    with pytest.raises(RequestMalformed) as caught:
        payment_id_of(body)
    assert (caught.value.http_status, caught.value.code) == (400, "payment_id_missing")


@pytest.mark.parametrize(
    "id", ["1", "tr_", "ord_1234", "tr_1/../2", "tr_1?x=y", "tr_1\n", "tr_" + "x" * 65, "tr_ü"]
)
def test_what_is_no_payments_id_is_not_asked_about(id):

    with pytest.raises(RequestMalformed) as caught:
        payment_id_of(json.dumps({"id": id}).encode())
    assert caught.value.code == "payment_id_invalid"


@pytest.mark.parametrize("id", [7, ["tr_1"], {"a": 1}, True])
def test_an_id_that_is_no_text_is_invalid(id):

    with pytest.raises(RequestMalformed) as caught:
        payment_id_of(json.dumps({"id": id}).encode())
    assert caught.value.code == "payment_id_invalid"
