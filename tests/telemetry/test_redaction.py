"""Secrets never stay in a text, wherever they stand in it; the rest of it does."""

import base64
import json
import string
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from opal.telemetry import redact
from opal.telemetry.redaction import REDACTED, know_secrets

WORDS = string.ascii_letters + string.digits
URL_SAFE = WORDS + "-_"
signatures = st.binary(min_size=32, max_size=32).map(lambda b: base64.b64encode(b).decode())
tokens = st.text(URL_SAFE, min_size=43, max_size=43)
hex16 = st.text("0123456789abcdef", min_size=16, max_size=16)

SHAPES = {
    "signed url": signatures.map(
        lambda s: (f"https://a.blob.core.windows.net/raw/x?sp=r&sig={quote(s, safe='')}", s)
    ),
    "signed url, not quoted": signatures.map(lambda s: (f"http://127.0.0.1/x?sig={s}&se=1", s)),
    "signed url inside a url": signatures.map(
        lambda s: (quote(f"https://a/x?sig={quote(s, safe='')}&sp=r", safe=""), s)
    ),
    "api key": st.tuples(hex16, tokens).map(lambda k: (f"opal.shop.{k[0]}.{k[1]}", k[1])),
    "webhook secret": signatures.map(lambda s: (f"whsec_{s}", s)),
    "account key": signatures.map(
        lambda s: (f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={s};", s)
    ),
    "cosmos key": signatures.map(lambda s: (f"AccountEndpoint=https://a/;AccountKey={s};", s)),
    "live payment key": st.text(WORDS, min_size=30, max_size=30).map(lambda s: (f"live_{s}", s)),
    "test payment key": st.text(WORDS, min_size=30, max_size=30).map(lambda s: (f"test_{s}", s)),
    "bearer token": tokens.map(lambda t: (f"Bearer {t}", t)),
    "header in a dict": tokens.map(lambda t: (repr({"Authorization": f"Bearer {t}"}), t)),
    "header in JSON": tokens.map(lambda t: (json.dumps({"X-API-Key": t}), t)),
    "header in a pair": tokens.map(lambda t: (repr(("X-API-Key", t)), t)),
    "header in bytes": tokens.map(lambda t: (repr({b"X-API-Key": t.encode()}), t)),
    "header of a request": tokens.map(lambda t: (f"x-api-key: {t}\r\nHost: a", t)),
    "basic authorization": tokens.map(lambda t: (f"Authorization: Basic {t}\r\nHost: a", t)),
    "unusual authorization": tokens.map(lambda t: (f"authorization: Own id={t}", t)),
    "cookie": tokens.map(lambda t: (repr({"Set-Cookie": f"session={t}"}), t)),
    "account key in JSON": signatures.map(lambda s: (json.dumps({"accountKey": s}), s)),
    "shared key": signatures.map(lambda s: (f"Authorization: SharedKey account:{s}", s)),
    "function key": tokens.map(lambda t: (f"https://a/api/x?code={t}&y=1", t)),
    "password in a url": tokens.map(lambda t: (f"https://user:{t}@example.com/x", t)),
    "json web token": st.tuples(tokens, tokens).map(lambda t: (f"eyJ{t[0]}.{t[1]}.sig", t[1])),
}


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
def test_a_secret_in_any_position_never_stays(shape, data):
    planted, secret = data.draw(SHAPES[shape])
    before, after = data.draw(st.text(max_size=40)), data.draw(st.text(max_size=40))
    assume(secret not in before + after)
    clean = redact(f"{before}{planted}{after}")
    assert secret not in clean
    assert quote(secret, safe="") not in clean
    assert REDACTED in clean


@given(st.lists(st.sampled_from(list(SHAPES)), min_size=2, max_size=4), st.data())
def test_several_secrets_in_one_text_all_go(shapes, data):
    drawn = [data.draw(SHAPES[shape]) for shape in shapes]
    clean = redact(" and ".join(planted for planted, _ in drawn))
    assert not [secret for _, secret in drawn if secret in clean]


@given(st.text())
@example("sig=[redacted]&se=1")
def test_a_clean_text_stays_clean(text):
    once = redact(text)
    assert redact(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "inspect_photo took 41.5 ms",
        "segment_product: The endpoint answered 503. (endpoint_unavailable)",
        "restarting shop/autumn/chair-1f2e3d4c",
        "opal.state.claims and opal.api.serving.serve went well",
        "http://127.0.0.1:7071/v1/jobs/autumn?tenant=shop&limit=50",
        'File "opal/state/sqlite.py", line 120, in write',
        "test_a_secret_in_any_position_never_stays",
        "the key is missing; a password is needed",
        "trace 0af7651916cd43dd8448eb211c80319c, sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(text) == text


def test_what_was_there_can_still_be_told():
    assert redact("GET /raw/x?sp=r&sig=abc%2B&se=1") == f"GET /raw/x?sp=r&sig={REDACTED}&se=1"


@pytest.fixture
def no_values():
    yield
    know_secrets({})


@pytest.mark.usefixtures("no_values")
def test_each_of_several_keys_in_one_setting_is_known():
    know_secrets({"OPAL_SECRET_KEYS": "first-of-two,second-of-two"})
    assert redact("a first-of-two, b second-of-two") == f"a {REDACTED}, b {REDACTED}"


@pytest.mark.usefixtures("no_values")
@given(st.text(min_size=8, max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_a_secret_without_a_shape_is_known_by_its_value(secret, before, after):
    know_secrets({"OPAL_ENDPOINT_KEY": secret})
    for written in (secret, quote(secret, safe=""), json.dumps(secret), repr(secret)):
        bare = written.strip("\"'")
        assume(bare and bare not in before + after + REDACTED)
        assert bare not in redact(f"{before}{written}{after}")


@pytest.mark.usefixtures("no_values")
def test_an_account_key_is_known_from_any_connection_string():
    know_secrets({"AzureWebJobsStorage": "AccountName=a;AccountKey=c2VjcmV0IGtleQ==;Suffix=b"})
    assert redact("the key c2VjcmV0IGtleQ== was wrong") == f"the key {REDACTED} was wrong"


@pytest.mark.usefixtures("no_values")
def test_settings_that_are_not_secret_and_short_values_stay():
    know_secrets({"OPAL_DEFAULT_TENANT": "some-tenant", "OPAL_ENDPOINT_KEY": "short"})
    assert redact("some-tenant, in short") == "some-tenant, in short"
