"""Names that mean harm: in paths, in ids, in filenames. None leads out of the tenant's own."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from opal.api.operation import Operation
from opal.blobs import get_blobs
from opal.keys import Role
from tests.api.matrix import BODIES, WITH_KEY, everything_of
from tests.api.shop import PHOTO, Json, Shop, ok, problem, reference

NOTHING = {
    **dict.fromkeys(("job_id", "item_id", "profile_id", "endpoint_id"), "0001-x"),
    "delivery_id": "job-x.0",
    "payment_id": "tr_x",
}
WITH_PATH = [operation for operation in WITH_KEY if operation.parameters]
TRICKS = [
    *("..", ".", "%2e%2e", "%2E", "../{id}", "..%2f{id}", "%2e%2e%2f{id}", "./{id}", ".%2f{id}"),
    *("{id}/..", "{id}%2f..", "{id}/", "{id}%2f", "%2f{id}", "{id}%2f{id}", "{id}%5c", "..%5c{id}"),
    *(
        "{id}%00",
        "%00{id}",
        "{id}%0a",
        "{id}%0d%0aX-Evil:1",
        "{id}%20",
        "%20{id}",
        "{id}.",
        "{id}*",
    ),
    *("{id}%3f", "{id}%23", "{id};x=1", "{id}%27%20or%201=1--", "%25{id}", "{id}%252f..", "*", "%"),
    *("{ID}", "%C3%BC", "%F0%9F%92%BE", "%EF%BC%8E%EF%BC%8E", "%e2%80%ae", "%ff", "%c0%ae%c0%ae"),
    *("x" * 121, "x" * 4000, "-", "_", "-{id}", "%7Bjob_id%7D"),
]


def raw(shop: Shop, method: str, target: str, body: Json | None) -> int:
    """The status of a request whose path nobody tidies up on the way."""
    address = urlsplit(shop.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    try:
        data = json.dumps(body).encode() if body is not None else None
        connection.putrequest(method, target, skip_accept_encoding=True)
        connection.putheader("X-API-Key", shop.key[Role.ADMIN])
        connection.putheader("Content-Length", str(len(data or b"")))
        connection.endheaders(data)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def things(shop: Shop) -> dict[str, str]:
    """Things of the tenant that a trick might reach, and must not."""
    ok(shop.post("/v1/brand-profiles", {"id": "nordic", "name": "Nordic"}), 201)
    job = shop.new_job()
    shop.fail(job)
    return {**NOTHING, **reference(job), "profile_id": "nordic"}


@pytest.mark.parametrize("operation", WITH_PATH, ids=lambda operation: operation.id)
def test_a_path_with_a_trick_in_it_leads_nowhere(
    operation: Operation, shop: Shop, things: dict[str, str]
) -> None:
    body = BODIES[operation.id](things) if operation.body else None
    before = everything_of(shop)
    for parameter in operation.parameters:
        for trick in TRICKS:
            own = things[parameter]
            part = trick.replace("{id}", own).replace("{ID}", own.upper())
            path = operation.path.format(**{**things, parameter: part})
            status = raw(shop, operation.method, path, body)
            assert status in {400, 404, 405}, path
    assert everything_of(shop) == before


@pytest.mark.parametrize("field", ["job_id", "item_id"])
@pytest.mark.parametrize("path", ["/v1/uploads/sas", "/v1/uploads/complete"])
def test_an_id_in_a_body_with_a_trick_in_it_leads_nowhere(
    shop: Shop, things: dict[str, str], path: str, field: str
) -> None:
    before = everything_of(shop)
    asked = {name: things[name] for name in ("job_id", "item_id")}
    for trick in (
        "..",
        "../{id}",
        "{id}/..",
        "{id}/",
        "{id}\0",
        "{id}\n",
        "{ID}",
        "",
        "ü",
        "x" * 999,
    ):
        own = things[field]
        wrong = trick.replace("{id}", own).replace("{ID}", own.upper())
        assert problem(shop.post(path, {**asked, field: wrong})) == (422, "request_invalid"), trick
    assert everything_of(shop) == before


STORED = [
    *("mug.jpg", "a..b.jpg", "%2e%2e%2fmug.jpg", "%2f..%2fmug.jpg", "日本.jpg", "ü.jpg"),
    *("😀.jpg", "a b.jpg", "a+b&c=d?e#f.jpg", "100%.jpg", "CON", "NUL.jpg", "aux.h", "COM1.jpg"),
    *(
        "'; drop table documents;--.jpg",
        '"<script>".jpg',
        "-rf.jpg",
        "~",
        "$(id).jpg",
        "a:b|c*.jpg",
    ),
    *("job.json", "job.zip", "Thumbs.db", "u\u0308.jpg", "\u202egpj.exe", "x" * 200, "😀" * 200),
]
REFUSED = [
    *("", ".", "..", "../mug.jpg", "a/b.jpg", "/mug.jpg", "a\\b.jpg", "..\\mug.jpg", ".hidden.jpg"),
    *(
        "mug.jpg.",
        "mug.jpg ",
        " mug.jpg",
        " ",
        "mug\0.jpg",
        "mug\n.jpg",
        "\x1b[2J.jpg",
        "mug\x7f.jpg",
    ),
    *("mug\x85.jpg", "\ue000.jpg", "\ufffe.jpg", "x" * 201, "x" * 1000),
]


@pytest.mark.parametrize("filename", STORED, ids=ascii)
def test_an_unusual_filename_is_stored_under_its_own_item_and_nowhere_else(
    shop: Shop, filename: str
) -> None:
    job = shop.new_job(filename)
    where = "{0}/{job_id}/{item_id}/".format(shop.name, **reference(job))
    grant = shop.grant(job)
    assert grant["raw_blob_path"] == f"raw/{where}{filename}"
    put = requests.put(grant["upload_url"], PHOTO, headers=grant["headers"], timeout=30)
    assert put.status_code == 201, put.text
    assert ok(shop.post("/v1/uploads/complete", reference(job)))["status"] == "queued"
    stored = everything_of(shop)[1]
    assert [(container, name) for container, name, _ in stored] == [("raw", where + filename)]
    assert get_blobs().read(grant["raw_blob_path"]) == PHOTO
    [item] = shop.items(job)
    assert (item["filename"], item["status"]) == (filename, "queued")


@pytest.mark.parametrize("filename", REFUSED, ids=ascii)
def test_a_filename_that_could_mean_another_place_is_refused(shop: Shop, filename: str) -> None:
    answer: Any = shop.post("/v1/jobs", {"items": [{"filename": filename}]})
    assert problem(answer) == (422, "request_invalid")
    assert answer.json()["errors"][0]["field"] == "items.0.filename"
    assert ok(shop.get("/v1/jobs"))["jobs"] == []


def test_a_filename_of_no_characters_at_all_is_malformed(shop: Shop) -> None:
    body = b'{"items": [{"filename": "\\ud83d.jpg"}]}'
    assert problem(shop.ask("POST", "/v1/jobs", data=body)) == (400, "request_malformed")


def test_a_profile_takes_no_id_that_is_a_path(shop: Shop) -> None:
    for id in ("..", "a/b", "a%2fb", "A", "a.b", "a\0", "x" * 64, "", "ü"):
        answer = shop.post("/v1/brand-profiles", {"id": id, "name": "x"})
        assert problem(answer) == (422, "request_invalid"), id
    assert ok(shop.get("/v1/brand-profiles"))["profiles"] == []
