"""Uploads: an address for one photo, and its word that it is there, which starts it once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests

from opal.blobs import etag_of, get_blobs
from opal.intake import take_in
from opal.names import instance_id_of
from opal.settings import get_settings
from opal.state import get_store
from opal.state.claims import Source
from tests.api import factory
from tests.api.shop import PHOTO, Json, Shop, ok, problem, reference
from tests.api_server import ApiServer


def starts_of(server: ApiServer, job: Json, number: int = 0) -> list[str]:
    """The orchestrations that were started for an item."""
    where = (job["tenant_id"], job["job_id"], job["items"][number]["item_id"])
    any_revision = instance_id_of(*where, 0).removesuffix("0")
    return [id for _, id in server.starts if id.startswith(any_revision)]


def arrive(shop: Shop, job: Json) -> list[object]:
    """Take the photo in as storage's event does; what that leads to."""
    path = shop.grant(job)["raw_blob_path"]
    properties = get_blobs().properties(path)
    assert properties is not None
    source = Source(etag_of(properties), properties.size)
    name = path.removeprefix("raw/")
    now = datetime.now(UTC)
    return list(take_in(get_store(), get_blobs(), get_settings(), name, source, now))


def test_a_grant_says_how_to_upload_and_until_when(shop: Shop) -> None:
    job = shop.new_job()
    grant = shop.grant(job)
    path = "raw/{0}/{job_id}/{item_id}/mug.jpg".format(shop.name, **reference(job))
    assert (grant["method"], grant["raw_blob_path"]) == ("PUT", path)
    assert grant["headers"] == {"x-ms-blob-type": "BlockBlob"}
    assert grant["max_bytes"] == get_settings().max_photo_bytes
    left = datetime.fromisoformat(grant["expires_at"]) - datetime.now(UTC)
    assert abs(left.total_seconds() - get_settings().sas_lifetime_s) < 5


def test_the_type_of_a_photo_comes_from_the_request_or_else_from_the_job(shop: Shop) -> None:
    items = [{"filename": "mug.heic", "content_type": "image/heic"}]
    job = ok(shop.post("/v1/jobs", {"items": items}), 202)
    asked = {**reference(job), "content_type": "image/png"}
    assert shop.grant(job)["headers"]["Content-Type"] == "image/heic"
    assert ok(shop.post("/v1/uploads/sas", asked))["headers"]["Content-Type"] == "image/png"


def test_a_photo_that_is_uploaded_and_completed_is_queued_and_started(
    server: ApiServer, shop: Shop
) -> None:
    job = shop.new_job()
    assert ok(shop.upload(job)) == {"ok": True, "status": "queued"}
    [item] = shop.items(job)
    assert (item["status"], item["source_bytes"]) == ("queued", len(PHOTO))
    assert len(starts_of(server, job)) == 1
    assert get_blobs().read(item["raw_path"]) == PHOTO


def test_completing_twice_starts_once(server: ApiServer, shop: Shop) -> None:
    job = shop.new_job()
    shop.upload(job)
    again = shop.post("/v1/uploads/complete", reference(job))
    assert ok(again) == {"ok": True, "status": "queued"}
    assert len(starts_of(server, job)) == 1


def test_event_and_word_at_once_start_once(server: ApiServer, shop: Shop) -> None:
    for _ in range(5):
        job = shop.new_job()
        grant = shop.grant(job)
        requests.put(grant["upload_url"], PHOTO, headers=grant["headers"], timeout=30)
        with ThreadPoolExecutor(8) as pool:
            words = [
                pool.submit(shop.post, "/v1/uploads/complete", reference(job)) for _ in range(4)
            ]
            events = [pool.submit(arrive, shop, job) for _ in range(4)]
        assert {ok(word.result())["status"] for word in words} == {"queued"}
        by_event = sum(len(event.result()) for event in events)
        assert len(starts_of(server, job)) + by_event == 1


def test_completing_before_the_upload_is_refused_and_starts_nothing(
    server: ApiServer, shop: Shop
) -> None:
    job = shop.new_job()
    answer = shop.post("/v1/uploads/complete", reference(job))
    assert problem(answer) == (404, "blob_missing")
    assert shop.items(job)[0]["status"] == "created"
    assert starts_of(server, job) == []


def test_another_photo_for_the_same_item_is_a_new_revision(server: ApiServer, shop: Shop) -> None:
    job = shop.new_job()
    shop.upload(job)
    ok(shop.upload(job, photo=b"a better photo"))
    [item] = shop.items(job)
    assert (item["revision"], item["status"]) == (2, "queued")
    assert [start[-3:] for start in starts_of(server, job)] == ["-r1", "-r2"]


def test_items_of_one_filename_have_blobs_of_their_own(shop: Shop) -> None:
    job = shop.new_job("mug.jpg", "mug.jpg")
    for number, photo in enumerate((b"the first", b"the second")):
        ok(shop.upload(job, number, photo))
    stored = [get_blobs().read(item["raw_path"]) for item in shop.items(job)]
    assert stored == [b"the first", b"the second"]


@pytest.mark.parametrize("path", ["/v1/uploads/sas", "/v1/uploads/complete"])
@pytest.mark.parametrize(
    "wrong", [{"job_id": "job-x"}, {"item_id": "0001-x"}, {"filename": "cup.jpg"}]
)
def test_uploads_are_for_announced_items_alone(shop: Shop, path: str, wrong: Json) -> None:
    asked = {**reference(shop.new_job()), **wrong}
    assert problem(shop.post(path, asked)) == (404, "item_missing")


def test_an_item_that_has_ended_well_takes_no_other_photo(shop: Shop) -> None:
    job = shop.new_job()
    shop.complete(job)
    answer = shop.post("/v1/uploads/sas", reference(job))
    assert problem(answer) == (409, "item_final")


def test_a_failed_item_takes_a_better_photo(shop: Shop) -> None:
    job = shop.new_job()
    shop.fail(job)
    ok(shop.upload(job, photo=b"a better photo"))
    assert shop.items(job)[0]["status"] == "queued"
    factory.complete_item(shop.partition(job), reference(job)["item_id"])
    factory.finish_job(shop.partition(job))
    assert shop.job(job["job_id"])["status"] == "completed"


def test_a_photo_of_a_canceled_job_starts_nothing(server: ApiServer, shop: Shop) -> None:
    job = shop.new_job()
    grant = shop.grant(job)
    ok(shop.post(f"/v1/jobs/{job['job_id']}/cancel"), 202)
    requests.put(grant["upload_url"], PHOTO, headers=grant["headers"], timeout=30)
    ok(shop.post("/v1/uploads/complete", reference(job)))
    assert starts_of(server, job) == []
