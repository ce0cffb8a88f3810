"""Keys on requests: one valid key opens, anything else is the same refusal everywhere."""

import base64
import http.client
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from opal.api.operation import Operation
from opal.keys import Role, create_key, list_keys, revoke_key
from opal.state import get_store
from tests.api.matrix import BODIES, WITH_KEY, seen
from tests.api.shop import Json, Shop, ok, problem

Given = dict[str, object]
MADE_UP = {
    **dict.fromkeys(("job_id", "item_id", "profile_id", "endpoint_id"), "0001-x"),
    "delivery_id": "job-x.0",
    "payment_id": "tr_x",
}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def revoked(shop: Shop) -> str:
    key, text = create_key(get_store(), shop.name, Role.ADMIN, "old", datetime.now(UTC))
    revoke_key(get_store(), shop.name, key.key_id, datetime.now(UTC))
    return text


def parts(shop: Shop) -> list[str]:
    return shop.key[Role.ADMIN].split(".")


REFUSED: dict[str, Callable[[Shop], Given]] = {
    "none": lambda _: {},
    "empty": lambda _: {"headers": {"X-API-Key": ""}},
    "no key at all": lambda _: {"headers": {"X-API-Key": "secret"}},
    "cut short": lambda shop: {"headers": {"X-API-Key": shop.key[Role.ADMIN][:-1]}},
    "lengthened": lambda shop: {"headers": {"X-API-Key": shop.key[Role.ADMIN] + "x"}},
    "in capitals": lambda shop: {"headers": {"X-API-Key": shop.key[Role.ADMIN].upper()}},
    "a wrong secret": lambda shop: {
        "headers": {"X-API-Key": ".".join([*parts(shop)[:3], "x" * 43])}
    },
    "an unknown id": lambda shop: {
        "headers": {"X-API-Key": ".".join(["opal", shop.name, "0" * 16, parts(shop)[3]])}
    },
    "another tenant's name": lambda shop: {
        "headers": {"X-API-Key": ".".join(["opal", "nobody", *parts(shop)[2:]])}
    },
    "the operator's tenant": lambda shop: {
        "headers": {"X-API-Key": ".".join(["opal", "_unassigned", *parts(shop)[2:]])}
    },
    "two ids of one tenant mixed": lambda shop: {
        "headers": {"X-API-Key": ".".join([*parts(shop)[:3], shop.key[Role.READ].split(".")[3]])}
    },
    "revoked": lambda shop: {"headers": {"X-API-Key": revoked(shop)}},
    "two different keys": lambda shop: {
        "headers": {
            "X-API-Key": shop.key[Role.ADMIN],
            "Authorization": f"Bearer {shop.key[Role.READ]}",
        }
    },
    "a valid and a wrong one": lambda shop: {
        "headers": {"X-API-Key": shop.key[Role.ADMIN], "Authorization": "Bearer wrong"}
    },
    "as basic authentication": lambda shop: {
        "headers": {"Authorization": basic("opal", shop.key[Role.ADMIN])}
    },
    "without a scheme": lambda shop: {"headers": {"Authorization": shop.key[Role.ADMIN]}},
    "in the query": lambda shop: {
        "params": dict.fromkeys(("code", "key", "api_key", "X-API-Key"), shop.key[Role.ADMIN])
    },
    "in a cookie": lambda shop: {"headers": {"Cookie": f"X-API-Key={shop.key[Role.ADMIN]}"}},
    "as the functions host's key": lambda shop: {
        "headers": {"x-functions-key": shop.key[Role.ADMIN]}
    },
}


@pytest.mark.parametrize("operation", WITH_KEY, ids=lambda operation: operation.id)
def test_whatever_is_no_valid_key_is_the_same_refusal(operation: Operation, shop: Shop) -> None:
    body: Json | None = BODIES[operation.id](MADE_UP) if operation.body else None
    path = shop.url + operation.path.format(**MADE_UP)
    answers = {
        name: shop.connection.request(operation.method, path, json=body, timeout=30, **given(shop))
        for name, given in REFUSED.items()
    }
    for name, answer in answers.items():
        assert problem(answer) == (401, "key_invalid"), name
        assert seen(answer) == seen(answers["none"]), name
    assert answers["none"].headers["WWW-Authenticate"] == 'Bearer realm="opal"'


@pytest.mark.parametrize(
    "headers",
    [
        lambda key: {"X-API-Key": key},
        lambda key: {"x-api-key": f"{key}  "},
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {"Authorization": f"bearer   {key}"},
        lambda key: {"X-API-Key": key, "Authorization": f"Bearer {key}"},
        lambda key: {"X-API-Key": key, "Authorization": "Basic b3BhbDp4"},
    ],
)
def test_one_valid_key_opens_however_it_is_sent(
    shop: Shop, headers: Callable[[str], dict[str, str]]
) -> None:
    sent = headers(shop.key[Role.READ])
    ok(shop.connection.get(f"{shop.url}/v1/jobs", headers=sent, timeout=30))


def test_two_keys_in_one_header_are_none_whichever_comes_first(shop: Shop) -> None:
    address = urlsplit(shop.url)
    keys = [shop.key[Role.READ], shop.key[Role.ADMIN]]
    for given in (keys, keys[::-1], [keys[0], ""], [keys[0], "wrong"]):
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        connection.putrequest("GET", "/v1/jobs")
        for key in given:
            connection.putheader("X-API-Key", key)
        connection.endheaders()
        assert connection.getresponse().status == 401
        connection.close()


def test_a_key_is_refused_from_the_request_after_its_revocation_and_others_stay(
    shop: Shop,
) -> None:
    ok(shop.get("/v1/jobs", role=Role.READ))
    [reader] = [k for k in list_keys(get_store(), shop.name) if k.role is Role.READ]
    revoke_key(get_store(), shop.name, reader.key_id, datetime.now(UTC))
    assert problem(shop.get("/v1/jobs", role=Role.READ)) == (401, "key_invalid")
    ok(shop.get("/v1/jobs", role=Role.WRITE))


def test_what_is_open_is_open_with_a_wrong_key_too(shop: Shop) -> None:
    for path in ("/healthz", "/readyz", "/v1/errors", "/openapi.json", "/docs"):
        assert shop.get(path, headers={"X-API-Key": "wrong"}).status_code == 200
