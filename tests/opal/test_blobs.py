"""Blobs on a real storage server: contents, listings, and URLs that reach no further."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from opal.blobs import Blobs
from opal.errors import DependencyDown, NotFound

ODD_NAME = "raw/demo/süß & 50%2F #1?/mug (1)+2.jpg"
PUT = {"x-ms-blob-type": "BlockBlob"}


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=10)


def put(url: str, data: bytes = b"new") -> requests.Response:
    return requests.put(url, data, headers=PUT, timeout=10)


def test_a_blob_reads_back_with_its_type_and_metadata(blobs):
    blobs.write("work/demo/a.png", b"bytes", "image/png", {"sha256": "ab"})
    assert blobs.read("work/demo/a.png") == b"bytes"
    properties = blobs.properties("work/demo/a.png")
    assert properties.size == 5
    assert properties.metadata == {"sha256": "ab"}
    assert properties.content_settings.content_type == "image/png"


def test_writing_again_replaces_contents_and_metadata(blobs):
    blobs.write("work/a", b"old", "text/plain", {"old": "1"})
    before = blobs.properties("work/a").etag
    blobs.write("work/a", b"new", "text/plain")
    after = blobs.properties("work/a")
    assert blobs.read("work/a") == b"new"
    assert not after.metadata
    assert after.etag != before


def test_names_with_signs_that_urls_use_are_kept(blobs):
    blobs.write(ODD_NAME, b"odd", "image/jpeg")
    assert blobs.read(ODD_NAME) == b"odd"
    assert blobs.list_names("raw", "demo/") == [ODD_NAME.removeprefix("raw/")]


def test_a_stream_is_written_and_read_in_pieces(blobs):
    pieces = [bytes([i]) * 3_000_000 for i in range(4)]
    blobs.write("outputs/big", iter(pieces), "application/zip")
    read = list(blobs.chunks("outputs/big"))
    assert b"".join(read) == b"".join(pieces)
    assert max(map(len, read)) <= 4 * 1024 * 1024


def test_a_stream_that_breaks_leaves_what_was_there(blobs):
    def breaking():
        yield b"x" * 9_000_000
        raise NotFound("gone")

    blobs.write("outputs/a.zip", b"old", "application/zip")
    with pytest.raises(NotFound, match="gone"):
        blobs.write("outputs/a.zip", breaking(), "application/zip")
    assert blobs.read("outputs/a.zip") == b"old"


def test_a_blob_that_is_not_there_is_not_found(blobs):
    assert blobs.properties("raw/none") is None
    with pytest.raises(NotFound) as caught:
        blobs.read("raw/none")
    assert caught.value.code == "blob_missing"
    with pytest.raises(NotFound):
        list(blobs.chunks("raw/none"))


def test_deleting_is_repeatable(blobs):
    blobs.write("work/a", b"", "text/plain")
    blobs.delete("work/a")
    blobs.delete("work/a")
    assert blobs.properties("work/a") is None


def test_containers_are_made_once_and_then_left_alone(blobs):
    blobs.write("raw/a", b"kept", "text/plain")
    blobs.ensure_containers(["raw", "work"])
    assert blobs.read("raw/a") == b"kept"


def test_a_listing_is_of_one_prefix_and_one_container(blobs):
    for path in ("outputs/demo/a/1", "outputs/demo/a/2", "outputs/demo/ab/3", "work/demo/a/4"):
        blobs.write(path, b"", "text/plain")
    assert blobs.list_names("outputs", "demo/a/") == ["demo/a/1", "demo/a/2"]


def test_pages_follow_each_other_to_the_end(blobs):
    for number in range(7):
        blobs.write(f"raw/demo/{number}", b"", "text/plain")
    seen, continuation, sizes = [], None, []
    while True:
        found, continuation = blobs.page("raw", continuation, 3)
        sizes.append(len(found))
        seen += [blob.name for blob in found]
        if continuation is None:
            break
    assert seen == [f"demo/{number}" for number in range(7)]
    assert max(sizes) == 3


def test_an_empty_container_is_one_empty_page(blobs):
    assert blobs.page("raw", None, 3) == ([], None)


def test_storage_that_does_not_answer_is_a_dependency_that_is_down(settings):
    account = settings.storage_connection.split("BlobEndpoint")[0]
    nowhere = f"{account}BlobEndpoint=http://127.0.0.1:9/x;"
    down = Blobs(settings.model_copy(update={"storage_connection": nowhere}))
    down._service._config.retry_policy.total_retries = 0
    with pytest.raises(DependencyDown):
        down.ping()


def test_storage_that_answers_is_pinged(blobs):
    blobs.ping()


# Signed URLs.


def test_a_read_url_reads_its_blob(blobs):
    blobs.write(ODD_NAME, b"odd", "image/jpeg")
    assert get(blobs.read_url(ODD_NAME)).content == b"odd"


def test_a_read_url_cannot_write_or_delete(blobs):
    blobs.write("raw/a", b"old", "text/plain")
    url = blobs.read_url("raw/a")
    assert put(url).status_code == 403
    assert requests.delete(url, timeout=10).status_code == 403
    assert blobs.read("raw/a") == b"old"


def test_a_write_url_creates_and_replaces_its_blob(blobs):
    url = blobs.write_url("work/a b%.png")
    assert put(url, b"one").status_code == 201
    assert put(url, b"two").status_code == 201
    assert blobs.read("work/a b%.png") == b"two"


def test_a_write_url_cannot_read_or_delete(blobs):
    blobs.write("work/a", b"secret", "text/plain")
    url = blobs.write_url("work/a")
    assert get(url).status_code == 403
    assert requests.delete(url, timeout=10).status_code == 403
    assert blobs.read("work/a") == b"secret"


@pytest.mark.parametrize("other", ["work/demo/b", "work/rival/a", "raw/demo/a"])
def test_no_url_reaches_another_blob(blobs, other):
    blobs.write("work/demo/a", b"mine", "text/plain")
    blobs.write(other, b"theirs", "text/plain")
    read = blobs.read_url("work/demo/a").replace("work/demo/a", other)
    write = blobs.write_url("work/demo/a").replace("work/demo/a", other)
    assert get(read).status_code == 403
    assert put(write).status_code == 403
    assert blobs.read(other) == b"theirs"


def test_no_url_lists_a_container(blobs):
    base, _, signature = blobs.read_url("work/demo/a").partition("?")
    container = base.removesuffix("/demo/a")
    assert get(f"{container}?restype=container&comp=list&{signature}").status_code == 403


def test_an_expired_url_is_refused(blobs, settings):
    blobs.write("raw/a", b"old", "text/plain")
    expired = Blobs(settings.model_copy(update={"sas_lifetime_s": -1}))
    assert get(expired.read_url("raw/a")).status_code == 403
    assert put(expired.write_url("raw/a")).status_code == 403


def test_a_url_begins_early_enough_for_clocks_that_differ_and_ends_as_set(blobs, settings):
    query = parse_qs(urlsplit(blobs.read_url("raw/a")).query)
    begins, ends = (datetime.fromisoformat(query[name][0]) for name in ("st", "se"))
    now = datetime.now(UTC)
    assert 5 * 60 <= (now - begins).total_seconds() <= 15 * 60
    assert abs((ends - now).total_seconds() - settings.sas_lifetime_s) < 10
