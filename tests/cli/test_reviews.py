"""Photos that wait for a person: listed, looked at, decided."""

from pathlib import Path

import pytest

from opal.client import OpalClient
from opal.documents import ItemStatus
from opal.state import get_store
from opal.state.contract import Partition
from opal.state.transition import get_item, get_job
from tests.api import factory
from tests.cli.conftest import Opal
from tests.client.conftest import TENANT
from tests.seller import finish, write_photos


@pytest.fixture
def waiting(opal: Opal, client: OpalClient, tmp_path: Path) -> tuple[str, str]:
    """A job of two photos, of which one waits for a person and the other is completed."""
    opal("submit", write_photos(tmp_path / "photos", "a.png", "b.png"))
    [job] = client.list_jobs()
    first, second = [item.item_id for item in client.items(job.job_id)]
    factory.ask_for_review(Partition(TENANT, job.job_id), first)
    factory.complete_item(Partition(TENANT, job.job_id), second)
    return job.job_id, first


def test_what_waits_is_listed_with_its_reasons(opal: Opal, waiting: tuple[str, str]) -> None:
    job_id, item_id = waiting
    ran = opal("reviews", job_id)
    assert ran.status == 0
    [_, row] = ran.out.splitlines()
    assert row.startswith(f"{item_id}  a.png  cutout")
    assert row.endswith("confidence 0.7 is below 0.8")
    [item] = opal("reviews", job_id, "--json").json
    assert item["review"]["decision"] is None


def test_a_photo_that_waits_shows_where_to_look(opal: Opal, waiting: tuple[str, str]) -> None:
    ran = opal("review", *waiting)
    assert "a.png, review, about its cutout" in ran.out
    assert "\ncutout  http" in ran.out
    assert "\nphoto  http" in ran.out
    assert opal("review", *waiting, "--json").json["pictures"][0]["name"] == "cutout"


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_photo_is_decided_with_a_note(
    opal: Opal, client: OpalClient, waiting: tuple[str, str], decision: str
) -> None:
    ran = opal("review", *waiting, decision, "--note", "As it should be.")
    assert (ran.status, ran.out) == (0, f"{waiting[1]}: {decision}, review\n")
    decided = client.review(*waiting).review.decision
    assert decided is not None
    assert (decided.verdict, decided.note) == (decision, "As it should be.")
    assert opal("review", *waiting, decision).status == 0
    other = {"approve": "reject", "reject": "approve"}[decision]
    ran = opal("review", *waiting, other)
    assert ran.status == 1
    assert "code review_decided" in ran.err
    assert f"{decision} by person: As it should be." in opal("review", *waiting).out


def test_a_photo_is_made_again_with_options(
    opal: Opal, client: OpalClient, waiting: tuple[str, str]
) -> None:
    options = ("padding.left=0.2", "shadow=false", "segment.refine=false", "gate=off")
    given = [part for option in options for part in ("--option", option)]
    assert opal("review", *waiting, "retry", *given).status == 0
    item = get_item(get_store(), Partition(TENANT, waiting[0]), waiting[1])
    job = get_job(get_store(), Partition(TENANT, waiting[0]))
    assert item is not None
    assert job is not None
    recipe = item.recipe_in(job)
    assert (recipe.placement.padding.left, recipe.refine) == (0.2, False)
    assert {scene.shadow for scene in recipe.scenes} == {False}
    assert recipe.gate.judge({"confidence": 0.0}).verdict == "accept"
    assert next(client.items(waiting[0])).status is ItemStatus.QUEUED


@pytest.mark.parametrize(
    ("option", "named"),
    [
        *(("padding=much", "padding"), ("padding.lft=0.1", "padding.lft"), ("gate=on", "gate")),
        *(("scenes=white", "scenes"), ("upscale", "NAME=VALUE")),
    ],
)
def test_a_wrong_option_is_named_and_nothing_is_decided(
    opal: Opal, client: OpalClient, waiting: tuple[str, str], option: str, named: str
) -> None:
    ran = opal("review", *waiting, "retry", "--option", option)
    assert ran.status == 2
    assert named in ran.err
    assert client.review(*waiting).review.decision is None


def test_watching_ends_when_nothing_moves_but_what_waits_for_a_person(
    opal: Opal, waiting: tuple[str, str], tmp_path: Path
) -> None:
    ran = opal("submit", tmp_path / "photos", "--out", tmp_path / "out")
    assert ran.status == 4
    assert f"{waiting[0]}: 1 photo of 2 waiting for a person" in ran.err
    assert f"python -m opal reviews {waiting[0]}" in ran.err
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 1


def test_a_job_shows_how_many_wait_and_why(opal: Opal, waiting: tuple[str, str]) -> None:
    ran = opal("status", waiting[0])
    assert "1 of 2 completed, 1 in review" in ran.out
    assert "confidence 0.7 is below 0.8" in ran.out


def test_a_job_in_which_nothing_waits_says_so(
    opal: Opal, client: OpalClient, tmp_path: Path
) -> None:
    opal("submit", write_photos(tmp_path / "photos", "a.png"))
    [job] = client.list_jobs()
    [item] = client.items(job.job_id)
    assert opal("reviews", job.job_id).err == "No photo waits for a person.\n"
    finish(TENANT, job.job_id, item.item_id)
    ran = opal("review", job.job_id, item.item_id, "approve")
    assert ran.status == 1
    assert "code review_missing" in ran.err
