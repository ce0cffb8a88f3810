"""Brand profiles over HTTP: what jobs get that name them, and keep."""

from typing import Any

import pytest

from opal.state import get_store
from opal.state.transition import get_job
from tests.api.shop import Json, Shop, ok, problem

PATH = "/v1/brand-profiles"
NORDIC = {"id": "nordic", "name": "Nordic", "scenes": ["white"], "palette": ["#AABBCC"]}


def created(shop: Shop, **fields: Any) -> Json:
    return ok(shop.post(PATH, {**NORDIC, **fields}), 201)


def scenes_of(shop: Shop, job: Json) -> list[str]:
    scenes: list[str] = shop.job(job["job_id"])["scenes"]
    return scenes


def test_a_created_profile_says_where_it_is_and_which_version(shop: Shop) -> None:
    answer = shop.post(PATH, NORDIC)
    profile = ok(answer, 201)
    assert answer.headers["Location"] == f"{PATH}/nordic"
    read = shop.get(answer.headers["Location"])
    assert ok(read) == profile
    assert read.headers["ETag"] == answer.headers["ETag"]
    assert (profile["scenes"], profile["palette"]) == (["white"], ["#aabbcc"])


def test_a_profile_without_an_id_gets_one_of_its_name(shop: Shop) -> None:
    assert ok(shop.post(PATH, {"name": "Käthe & Söhne"}), 201)["id"] == "kathe-sohne"
    answer = shop.post(PATH, {"name": "日本"})
    assert problem(answer) == (422, "request_invalid")


def test_a_profile_that_is_there_is_not_created_again(shop: Shop) -> None:
    created(shop)
    assert problem(shop.post(PATH, {**NORDIC, "name": "Other"})) == (409, "profile_exists")
    assert ok(shop.get(f"{PATH}/nordic"))["name"] == "Nordic"


def test_profiles_are_listed_in_pages(shop: Shop) -> None:
    for name in "edcba":
        created(shop, id=name)
    first = ok(shop.get(PATH, params={"limit": 3}))
    second = ok(shop.get(PATH, params={"limit": 3, "continuation": first["continuation"]}))
    names = [profile["id"] for page in (first, second) for profile in page["profiles"]]
    assert (names, second["continuation"]) == (list("abcde"), None)


def test_a_profile_is_replaced_whole(shop: Shop) -> None:
    created(shop, product_category="mugs")
    answer = shop.put(f"{PATH}/nordic", {"name": "Nordic II"})
    replaced = ok(answer)
    assert (replaced["scenes"], replaced["product_category"]) == ([], None)
    assert ok(shop.get(f"{PATH}/nordic")) == replaced


def test_a_profile_that_is_not_there_is_not_replaced(shop: Shop) -> None:
    assert problem(shop.put(f"{PATH}/nordic", {"name": "x"})) == (404, "profile_missing")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_change_for_another_version_is_refused(shop: Shop, method: str) -> None:
    created(shop)
    old = shop.get(f"{PATH}/nordic").headers["ETag"]
    fresh = shop.put(f"{PATH}/nordic", {"name": "Nordic II"}).headers["ETag"]

    def change(etag: str) -> Any:
        body = {"name": "Nordic III"} if method == "PUT" else None
        return shop.ask(method, f"{PATH}/nordic", json=body, headers={"If-Match": etag})

    assert problem(change(old)) == (412, "profile_changed")
    assert ok(shop.get(f"{PATH}/nordic"))["name"] == "Nordic II"
    assert change(fresh).status_code in {200, 204}


def test_any_version_is_meant_by_a_star(shop: Shop) -> None:
    created(shop)
    ok(shop.put(f"{PATH}/nordic", {"name": "Nordic II"}, headers={"If-Match": "*"}))


def test_a_removed_profile_is_gone_and_removed_again_without_complaint(shop: Shop) -> None:
    created(shop)
    for _ in range(2):
        assert shop.delete(f"{PATH}/nordic").status_code == 204
    assert problem(shop.get(f"{PATH}/nordic")) == (404, "profile_missing")
    assert ok(shop.get(PATH))["profiles"] == []


def test_a_job_gets_what_its_profile_says_and_its_own_options_go_first(shop: Shop) -> None:
    created(shop)
    by_profile = shop.new_job(brand_profile_id="nordic")
    own = shop.new_job(brand_profile_id="nordic", options={"scenes": ["studio"]})
    assert (scenes_of(shop, by_profile), scenes_of(shop, own)) == (["white"], ["studio"])
    job = get_job(get_store(), shop.partition(own))
    assert job is not None
    assert job.recipe.scenes[0].background == "#aabbcc"


def test_the_default_profile_is_for_jobs_that_name_none(shop: Shop) -> None:
    created(shop, id="default", scenes=["studio"])
    assert scenes_of(shop, shop.new_job()) == ["studio"]


def test_a_profile_that_changes_or_goes_changes_no_job_that_is_there(shop: Shop) -> None:
    created(shop)
    job = shop.new_job(brand_profile_id="nordic")
    ok(shop.put(f"{PATH}/nordic", {"name": "Nordic", "scenes": ["studio"]}))
    assert scenes_of(shop, job) == ["white"]
    shop.delete(f"{PATH}/nordic")
    ok(shop.upload(job))
    assert scenes_of(shop, job) == ["white"]


def test_a_repeated_request_is_the_same_job_though_its_profile_is_gone(shop: Shop) -> None:
    created(shop)
    order = {"items": [{"filename": "mug.jpg"}], "brand_profile_id": "nordic"}
    key = {"Idempotency-Key": "spring"}
    first = ok(shop.post("/v1/jobs", order, headers=key), 202)
    shop.delete(f"{PATH}/nordic")
    assert ok(shop.post("/v1/jobs", order, headers=key), 202) == first


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scenes": ["beach"]}, "scenes.0"),
        ({"exports": ["fax"]}, "exports.0"),
        ({"palette": ["red"]}, "palette.0"),
        ({"padding": {"top": 0.5}}, "padding.top"),
        ({"flags": {"upscale": "yes"}}, "flags.upscale"),
        ({"name": " "}, "name"),
        ({"id": "Nordic"}, "id"),
    ],
)
def test_a_profile_with_a_wrong_field_is_refused_by_its_name(
    shop: Shop, wrong: Json, field: str
) -> None:
    answer = shop.post(PATH, {**NORDIC, **wrong})
    assert problem(answer) == (422, "request_invalid")
    assert answer.json()["errors"][0]["field"] == field
    assert ok(shop.get(PATH))["profiles"] == []
