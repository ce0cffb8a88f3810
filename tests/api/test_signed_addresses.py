"""Signed addresses at storage: each does the one thing that it was given for, to the one blob.

Left out is a copy within the account, for which Azurite, unlike Azure, asks no right to the source.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import pytest
import requests

from opal.blobs import get_blobs
from tests.api.matrix import everything_of
from tests.api.shop import Json, Shop, ok, reference

PUT = {"x-ms-blob-type": "BlockBlob"}


def send(method: str, url: str, headers: dict[str, str] | None = None) -> requests.Response:
    data = b"mischief" if method == "PUT" else None
    return requests.request(method, url, data=data, headers=headers or {}, timeout=30)


def elsewhere(url: str, path: str, **more: str) -> str:
    """The same signature at another place of the storage account, or with another query."""
    parts = urlsplit(url)
    account = parts.path.split("/")[1]
    query = urlencode({**dict(parse_qsl(parts.query)), **more})
    return urlunsplit((parts.scheme, parts.netloc, quote(f"/{account}/{path}"), query, ""))


def path_of(url: str) -> str:
    """Container and blob that an address is for."""
    return urlsplit(url).path.split("/", 2)[2]


@pytest.fixture
def upload(shop: Shop) -> str:
    """An address to upload to, which was used."""
    url: str = shop.grant(shop.new_job())["upload_url"]
    assert send("PUT", url, PUT).status_code == 201
    return url


@pytest.fixture
def owned(rival: Shop) -> Json:
    """Another tenant's job, with a photo, a result and a package in storage."""
    return rival.finished_job()


@pytest.fixture
def others_blobs(rival: Shop, owned: Json) -> list[str]:
    return [f"{container}/{name}" for container, name, _ in everything_of(rival)[1]]


def test_an_upload_address_replaces_its_own_blob_until_it_ends(upload: str) -> None:
    assert send("PUT", upload, PUT).status_code == 201
    assert get_blobs().read(path_of(upload)) == b"mischief"


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_an_upload_address_neither_reads_nor_deletes(upload: str, method: str) -> None:
    assert send(method, upload).status_code == 403
    assert get_blobs().properties(path_of(upload)) is not None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_an_upload_address_opens_no_other_blob(
    shop: Shop, rival: Shop, upload: str, others_blobs: list[str], method: str
) -> None:
    before = everything_of(rival)
    own = shop.new_job()
    places = [
        *others_blobs,
        shop.grant(own)["raw_blob_path"],
        path_of(upload) + "x",
        path_of(upload).replace("raw/", "outputs/", 1),
        path_of(upload).replace("raw/", "work/", 1),
        f"outputs/{shop.name}/mine.zip",
        f"raw/{rival.name}/mine.jpg",
    ]
    assert len(others_blobs) == 3
    for place in places:
        assert send(method, elsewhere(upload, place), PUT).status_code == 403, place
    assert everything_of(rival) == before


@pytest.mark.parametrize(
    "query",
    [
        {"restype": "container", "comp": "list"},
        {"restype": "container", "comp": "list", "prefix": ""},
        {"restype": "container"},
        {"restype": "container", "comp": "acl"},
    ],
)
def test_an_upload_address_lists_nothing(upload: str, query: dict[str, str]) -> None:
    for place in ("raw", "outputs", path_of(upload)):
        answer = send("GET", elsewhere(upload, place, **query))
        assert answer.status_code == 403, answer.text
        assert b"<Name>" not in answer.content


LATER = (datetime.now(UTC) + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    "change",
    [
        {"sp": "r"},
        {"sp": "racwd"},
        {"se": LATER},
        {"st": "2020-01-01T00:00:00Z"},
        {"sr": "c"},
        {"sv": "2019-02-02"},
        {"sig": "A" * 43 + "="},
        {"sig": ""},
    ],
    ids=str,
)
def test_an_address_that_was_changed_opens_nothing(upload: str, change: dict[str, str]) -> None:
    changed = elsewhere(upload, path_of(upload), **change)
    for method in ("GET", "PUT", "DELETE"):
        assert send(method, changed, PUT).status_code == 403
    assert get_blobs().properties(path_of(upload)) is not None


def test_no_blob_opens_without_a_signature(upload: str, others_blobs: list[str]) -> None:
    bare = upload.partition("?")[0]
    for place in (path_of(upload), *others_blobs):
        for method in ("GET", "PUT", "DELETE"):
            answer = send(method, elsewhere(bare, place), PUT)
            assert answer.status_code in {401, 403, 404}, answer.text
    assert get_blobs().properties(path_of(upload)) is not None


def results(shop: Shop, job: Json) -> list[str]:
    """The addresses of a finished job's only result, and of its package."""
    where = reference(job)
    outputs = ok(shop.get("/v1/jobs/{job_id}/items/{item_id}/outputs".format(**where)))
    package = ok(shop.get("/v1/jobs/{job_id}/package".format(**where)))
    return [outputs["outputs"][0]["url"], package["url"]]


def test_a_download_address_reads_one_blob_and_changes_none(
    shop: Shop, rival: Shop, others_blobs: list[str]
) -> None:
    theirs, own = everything_of(rival), shop.finished_job()
    before = everything_of(shop)
    for url in results(shop, own):
        assert send("GET", url).status_code == 200
        assert send("PUT", url, PUT).status_code == 403
        assert send("DELETE", url).status_code == 403
        assert send("PUT", f"{url}&comp=metadata", {"x-ms-meta-x": "y"}).status_code == 403
        for place in others_blobs:
            assert send("GET", elsewhere(url, place)).status_code == 403
        raw = path_of(results(shop, own)[0]).replace("outputs/", "raw/", 1)
        assert send("GET", elsewhere(url, raw)).status_code == 403
        listing = {"restype": "container", "comp": "list"}
        assert send("GET", elsewhere(url, "outputs", **listing)).status_code == 403
    assert (everything_of(shop), everything_of(rival)) == (before, theirs)
