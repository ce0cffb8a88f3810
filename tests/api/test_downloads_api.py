"""Results: signed addresses of what was made, which read it and nothing else, and end."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from opal.api.downloading import item_outputs
from opal.blobs import get_blobs
from opal.settings import get_settings
from opal.state import get_store
from tests.api.factory import PICTURE
from tests.api.shop import Json, Shop, ok, problem, reference


def outputs_path(job: Json) -> str:
    return "/v1/jobs/{job_id}/items/{item_id}/outputs".format(**reference(job))


def package_path(job: Json) -> str:
    return f"/v1/jobs/{job['job_id']}/package"


def test_an_item_has_no_results_before_it_is_completed(shop: Shop) -> None:
    answer = ok(shop.get(outputs_path(shop.new_job())))
    assert (answer["status"], answer["outputs"], answer["filename"]) == ("created", [], "mug.jpg")


def test_the_address_of_a_result_reads_it(shop: Shop) -> None:
    job = shop.new_job()
    shop.complete(job)
    [output] = ok(shop.get(outputs_path(job)))["outputs"]
    read = requests.get(output["url"], timeout=30)
    assert (read.status_code, read.content) == (200, PICTURE)
    assert output["bytes"] == len(PICTURE)


def test_the_package_is_a_zip_of_all_results(shop: Shop) -> None:
    job = shop.finished_job("mug.jpg", "cup.jpg")
    read = requests.get(ok(shop.get(package_path(job)))["url"], timeout=30)
    with zipfile.ZipFile(io.BytesIO(read.content)) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [PICTURE, PICTURE]


def test_there_is_no_package_before_the_job_is_done(shop: Shop) -> None:
    job = shop.new_job("mug.jpg", "cup.jpg")
    shop.complete(job, 0)
    answer = shop.get(package_path(job))
    assert problem(answer) == (409, "package_not_ready")
    assert "processing" in answer.json()["title"]


def test_a_job_or_item_that_is_not_there_has_no_results(shop: Shop) -> None:
    job = shop.new_job()
    job_id, item_id = reference(job).values()
    assert problem(shop.get("/v1/jobs/job-x/package")) == (404, "job_missing")
    assert problem(shop.get(f"/v1/jobs/job-x/items/{item_id}/outputs")) == (404, "item_missing")
    assert problem(shop.get(f"/v1/jobs/{job_id}/items/x/outputs")) == (404, "item_missing")


def test_addresses_say_when_they_end_and_that_is_the_setting(shop: Shop) -> None:
    job = shop.finished_job()
    begun = datetime.now(UTC)
    for answer, url in both(shop, job):
        ends = datetime.fromisoformat(answer["expires_at"])
        [signed] = parse_qs(urlsplit(url).query)["se"]
        lifetime_s = get_settings().download_lifetime_s
        assert abs((datetime.fromisoformat(signed) - ends).total_seconds()) <= 1
        assert abs((ends - begun).total_seconds() - lifetime_s) < 5


def test_an_address_reads_no_longer_than_it_says(shop: Shop) -> None:
    job = shop.new_job()
    shop.complete(job)
    where = {"tenant_id": shop.name, **reference(job), "now": datetime.now(UTC)}

    def status(lifetime_s: int) -> int:
        settings = get_settings().model_copy(update={"download_lifetime_s": lifetime_s})
        [output] = item_outputs(get_store(), get_blobs(), settings, **where).outputs
        return requests.get(output.url, timeout=30).status_code

    # One that ended five seconds ago, because nobody wants to wait for one to end.
    assert (status(60), status(-5)) == (200, 403)


def both(shop: Shop, job: Json) -> list[tuple[Any, str]]:
    """The two answers that have an address, with that address."""
    outputs, package = ok(shop.get(outputs_path(job))), ok(shop.get(package_path(job)))
    return [(outputs, outputs["outputs"][0]["url"]), (package, package["url"])]
