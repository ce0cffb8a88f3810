"""Looking at jobs, canceling them, and making photos again."""

from pathlib import Path

import pytest

from opal.api.jobs import NewItem, NewJob
from opal.client import OpalClient
from opal.documents import ItemStatus
from tests.api_server import ApiServer
from tests.cli.conftest import Opal
from tests.client.conftest import TENANT
from tests.seller import expire, finish, write_photos


@pytest.fixture
def partial(opal: Opal, client: OpalClient, tmp_path: Path) -> str:
    """A job of three photos, of which the first failed."""
    opal("submit", write_photos(tmp_path / "photos", "a.png", "b [bold].png", "c.png"))
    [job] = client.list_jobs()
    items = [item.item_id for item in client.items(job.job_id)]
    finish(TENANT, job.job_id, *items, failed=items[0])
    return job.job_id


def test_jobs_are_listed_newest_first(opal: Opal, client: OpalClient) -> None:
    order = NewJob(items=(NewItem(filename="a.png"),))
    jobs = [client.create_job(order).job_id for _ in range(3)]
    listed = opal("status").out
    assert [line.split()[0] for line in listed.splitlines()[1:]] == jobs[::-1]
    assert "created, 0 of 1 completed" in listed
    assert len(opal("status", "--limit", 2).out.splitlines()) == 3


def test_no_jobs_are_nothing_to_list(opal: Opal) -> None:
    ran = opal("status")
    assert (ran.status, ran.out, ran.err) == (0, "", "There are no jobs.\n")


def test_a_job_shows_its_photos_and_their_troubles(opal: Opal, partial: str) -> None:
    ran = opal("status", partial)
    assert f"{partial}: partial, 2 of 3 completed, 1 failed" in ran.out
    assert "No product. (no_product_found)" in ran.out
    assert "b [bold].png" in ran.out


def test_what_is_listed_can_be_read_by_programs(opal: Opal, partial: str) -> None:
    assert [job["job_id"] for job in opal("status", "--json").json] == [partial]
    job = opal("status", partial, "--json").json
    assert [item["status"] for item in job["items"]] == ["failed", "completed", "completed"]


def test_a_job_is_canceled(opal: Opal, client: OpalClient, api: ApiServer) -> None:
    job_id = client.create_job(NewJob(items=(NewItem(filename="a.png"),))).job_id
    ran = opal("cancel", job_id)
    assert ran.status == 0
    assert f"{job_id} is being canceled" in ran.out
    assert opal("cancel", job_id, "--json").json["cancel_requested_at"]
    assert {name for name, _ in api.starts} == {"stop_job"}


def test_all_that_failed_is_made_again(opal: Opal, client: OpalClient, partial: str) -> None:
    ran = opal("retry", partial)
    assert (ran.status, ran.out) == (0, f"1 photo of {partial} made again.\n")
    assert next(client.items(partial)).status is ItemStatus.QUEUED
    assert opal("retry", partial, "--json").json == {"retried": [], "refused": {}}


def test_one_photo_is_made_again_or_told_why_not(
    opal: Opal, client: OpalClient, partial: str
) -> None:
    failed, completed, _ = [item.item_id for item in client.items(partial)]
    assert opal("retry", partial, failed).status == 0
    ran = opal("retry", partial, completed)
    assert ran.status == 1
    assert "code item_completed" in ran.err


def test_a_photo_that_never_came_can_not_be_made_again(opal: Opal, client: OpalClient) -> None:
    created = client.create_job(NewJob(items=(NewItem(filename="a.png"),)))
    expire(TENANT, created.job_id, created.items[0].item_id)
    ran = opal("retry", created.job_id)
    assert ran.status == 1
    assert "(upload_missing)" in ran.err
