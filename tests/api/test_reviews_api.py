"""Reviews over HTTP: what a person is shown, decides, and what that leads to."""

from typing import Any

import pytest
import requests

from opal.documents import ItemRef, event_of_review
from opal.keys import Role
from opal.names import instance_id_of
from opal.recipe import Recipe
from opal.state import get_store
from opal.state.canceling import cancel_item
from opal.state.progress import begin_item
from opal.state.transition import get_item, get_job
from tests.api import factory
from tests.api.shop import PHOTO, Json, Shop, ok, problem
from tests.api_server import ApiServer


@pytest.fixture
def doubtful(shop: Shop) -> Json:
    """A job whose only photo waits for a person."""
    job = shop.new_job()
    shop.ask_for_review(job)
    return job


def address(job: Json) -> str:
    return f"/v1/jobs/{job['job_id']}/items/{job['items'][0]['item_id']}/review"


def decide(shop: Shop, job: Json, decision: str, **fields: Any) -> requests.Response:
    return shop.post(address(job), {"decision": decision, **fields})


def instance(shop: Shop, job: Json, revision: int = 1) -> str:
    return instance_id_of(shop.name, job["job_id"], job["items"][0]["item_id"], revision)


def recipe_of(shop: Shop, job: Json) -> Recipe:
    partition = shop.partition(job)
    item = get_item(get_store(), partition, job["items"][0]["item_id"])
    stored = get_job(get_store(), partition)
    assert item is not None
    assert stored is not None
    return item.recipe_in(stored)


def test_a_person_is_shown_why_until_when_and_the_pictures(shop: Shop, doubtful: Json) -> None:
    shown = ok(shop.get(address(doubtful)))
    review = shown["review"]
    assert (shown["status"], review["about"], review["decision"]) == ("review", "cutout", None)
    assert review["reasons"] == ["confidence 0.7 is below 0.8"]
    assert review["deadline"] > review["asked_at"]
    [picture] = shown["pictures"]
    assert picture["name"] == "cutout"
    assert requests.get(picture["url"], timeout=30).content == factory.PICTURE
    assert requests.get(shown["photo_url"], timeout=30).content == PHOTO


def test_a_job_shows_what_waits_in_it(shop: Shop, doubtful: Json) -> None:
    job = shop.job(doubtful["job_id"], status="review")
    [item] = job["items"]
    assert job["counters"]["review"] == 1
    assert (item["status"], item["progress"]) == ("review", 0.4)
    assert item["review"]["reasons"] == ["confidence 0.7 is below 0.8"]


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_decision_is_stored_and_wakes_the_run_that_waits_for_it(
    shop: Shop, doubtful: Json, server: ApiServer, decision: str
) -> None:
    answer = decide(shop, doubtful, decision, note="  As it should be. ")
    decided = ok(answer, 202)
    assert answer.headers["Location"] == f"/v1/jobs/{doubtful['job_id']}"
    assert (decided["status"], decided["revision"]) == ("review", 1)
    assert decided["review"]["decision"]["verdict"] == decision
    assert decided["review"]["decision"]["note"] == "As it should be."
    event = event_of_review(decided["review"]["review_id"])
    assert (instance(shop, doubtful), event) in server.events


def test_the_same_decision_again_is_the_same_answer_and_another_is_refused(
    shop: Shop, doubtful: Json
) -> None:
    review_id = ok(shop.get(address(doubtful)))["review"]["review_id"]
    first = ok(decide(shop, doubtful, "approve", review_id=review_id), 202)
    assert ok(decide(shop, doubtful, "approve", review_id=review_id), 202) == first
    assert problem(decide(shop, doubtful, "reject")) == (409, "review_decided")
    assert problem(decide(shop, doubtful, "approve", review_id="0" * 16)) == (
        *(409, "item_not_in_review"),
    )


def test_a_run_that_is_gone_is_started_again_with_the_decision(
    shop: Shop, doubtful: Json, server: ApiServer
) -> None:
    server.starts.clear()
    ok(decide(shop, doubtful, "approve"), 202)
    assert server.starts == [("process_item", instance(shop, doubtful))]


def test_a_photo_is_made_otherwise_as_a_new_revision(
    shop: Shop, doubtful: Json, server: ApiServer
) -> None:
    options = {
        "padding": {"left": 0.2},
        "upscale": False,
        "shadow": {"direction": 90.0},
        "lighting": "golden",
        "gate": "off",
        "segment": {"refine": False},
    }
    decided = ok(decide(shop, doubtful, "retry", options=options), 202)
    assert (decided["status"], decided["revision"]) == ("queued", 2)
    recipe = recipe_of(shop, doubtful)
    assert (recipe.placement.padding.left, recipe.upscale, recipe.refine) == (0.2, False, False)
    assert recipe.gate.review.min_confidence is None
    assert {scene.shadow.direction for scene in recipe.scenes} == {90.0}  # type: ignore[union-attr]
    assert {scene.lighting for scene in recipe.scenes} == {"golden"}
    assert [scene.name for scene in recipe.scenes] == shop.job(doubtful["job_id"])["scenes"]
    assert ("process_item", instance(shop, doubtful, revision=2)) in server.starts
    assert instance(shop, doubtful) in {id for id, _ in server.events}
    assert ok(decide(shop, doubtful, "retry", options=options), 202) == decided
    assert problem(decide(shop, doubtful, "retry", options={"upscale": False})) == (
        *(409, "review_decided"),
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"decision": "approve", "options": {"upscale": False}}, "review_options_unused"),
        ({"decision": "perhaps"}, "request_invalid"),
        ({}, "request_invalid"),
        ({"decision": "retry", "options": {"scenes": ["white"]}}, "request_invalid"),
        (
            {"decision": "retry", "options": {"gate": {"review": {"max_holes": "3"}}}},
            "request_invalid",
        ),
        ({"decision": "reject", "note": "x" * 501}, "request_invalid"),
    ],
)
def test_what_is_no_decision_changes_nothing(
    shop: Shop, doubtful: Json, body: Json, code: str
) -> None:
    assert problem(shop.post(address(doubtful), body)) == (422, code)
    assert ok(shop.get(address(doubtful)))["review"]["decision"] is None


def test_a_photo_that_nobody_was_asked_about_has_no_review(shop: Shop) -> None:
    job = shop.new_job()
    ok(shop.upload(job))
    assert problem(shop.get(address(job))) == (404, "review_missing")
    assert problem(decide(shop, job, "approve")) == (409, "item_not_in_review")


def test_a_photo_that_is_not_there_is_not_found(shop: Shop, doubtful: Json) -> None:
    path = f"/v1/jobs/{doubtful['job_id']}/items/nothing-1/review"
    assert problem(shop.get(path)) == (404, "item_missing")
    assert problem(shop.post(path, {"decision": "approve"})) == (404, "item_missing")


def test_a_canceled_photo_takes_no_decision(shop: Shop, doubtful: Json) -> None:
    item_id = doubtful["items"][0]["item_id"]
    item = get_item(get_store(), shop.partition(doubtful), item_id)
    assert item is not None
    cancel_item(get_store(), shop.partition(doubtful), item_id, item.updated_at, 60)
    assert problem(decide(shop, doubtful, "approve")) == (409, "item_not_in_review")


def test_a_decision_counts_while_the_run_begins_anew(shop: Shop, doubtful: Json) -> None:
    item = get_item(get_store(), shop.partition(doubtful), doubtful["items"][0]["item_id"])
    assert item is not None
    begin_item(get_store(), ItemRef.of(item), item.updated_at, 60)
    assert ok(decide(shop, doubtful, "approve"), 202)["status"] == "processing"


def test_readers_look_and_do_not_decide(shop: Shop, doubtful: Json) -> None:
    ok(shop.get(address(doubtful), role=Role.READ))
    answer = shop.post(address(doubtful), {"decision": "approve"}, role=Role.READ)
    assert problem(answer) == (403, "role_insufficient")
