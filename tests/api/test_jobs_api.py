"""Jobs over HTTP: created once, listed without gaps, canceled, and made again."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from opal.state import get_store
from opal.state.transition import get_job
from tests.api import factory
from tests.api.shop import Json, Shop, ok, problem, reference
from tests.api_server import ApiServer

KEY = "Idempotency-Key"


def order(*filenames: str, **fields: Any) -> Json:
    return {"items": [{"filename": name} for name in filenames], **fields}


def test_a_created_job_is_accepted_and_says_where_it_is(shop: Shop) -> None:
    answer = shop.post("/v1/jobs", order("mug.jpg", "cup.jpg"))
    job = ok(answer, 202)
    assert answer.headers["Location"] == f"/v1/jobs/{job['job_id']}"
    assert answer.headers["Retry-After"] == "2"
    assert (job["tenant_id"], job["status"]) == (shop.name, "created")
    assert [item["filename"] for item in job["items"]] == ["mug.jpg", "cup.jpg"]
    shown = ok(shop.get(answer.headers["Location"]))
    assert [item["item_id"] for item in shown["items"]] == [i["item_id"] for i in job["items"]]
    assert (shown["counters"]["total"], shown["counters"]["created"]) == (2, 2)
    assert shown["trace_id"] == job["trace_id"] == answer.headers["X-Trace-Id"]


def test_a_request_without_idempotency_key_is_always_another_job(shop: Shop) -> None:
    assert shop.new_job()["job_id"] != shop.new_job()["job_id"]


def test_the_same_request_under_the_same_key_is_the_same_job(shop: Shop) -> None:
    def ask(body: str) -> Json:
        return ok(shop.ask("POST", "/v1/jobs", data=body, headers={KEY: "spring"}), 202)

    first = ask(json.dumps(order("mug.jpg", options={"scenes": ["white"]})))
    again = ask(json.dumps(order("mug.jpg", options={"scenes": ["white"]}), indent=3))
    spelt = ask(
        '{"options": {"upscale": null, "scenes": ["whit\\u0065"]}, "budget": null,'
        f' "tenant_id": "{shop.name}", "items": [{{"filename": "mug.jpg"}}]}}'
    )
    assert first == again == spelt
    assert len(ok(shop.get("/v1/jobs"))["jobs"]) == 1


@pytest.mark.parametrize(
    "other",
    [order("cup.jpg"), order("mug.jpg", "mug.jpg"), order("mug.jpg", budget=5)],
)
def test_another_request_under_the_same_key_is_refused(shop: Shop, other: Json) -> None:
    ok(shop.post("/v1/jobs", order("mug.jpg"), headers={KEY: "spring"}), 202)
    answer = shop.post("/v1/jobs", other, headers={KEY: "spring"})
    assert problem(answer) == (422, "idempotency_key_reused")
    assert len(ok(shop.get("/v1/jobs"))["jobs"]) == 1


def test_a_repeated_request_answers_the_job_as_it_is_by_now(shop: Shop) -> None:
    def ask() -> Json:
        return ok(shop.post("/v1/jobs", order("mug.jpg"), headers={KEY: "spring"}), 202)

    job = ask()
    ok(shop.post(f"/v1/jobs/{job['job_id']}/cancel"), 202)
    assert ask() == {**job, "status": "processing"}


@pytest.mark.parametrize("photos", [1, 250])
def test_ten_equal_requests_at_once_are_one_job(shop: Shop, photos: int) -> None:
    """250 photos take several transactions, which may interleave."""
    asked = order(*(f"{number}.jpg" for number in range(photos)))
    together = threading.Barrier(10)

    def ask() -> Json:
        together.wait()
        return ok(shop.post("/v1/jobs", asked, headers={KEY: "spring"}), 202)

    with ThreadPoolExecutor(10) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(10)]]
    assert all(answer == answers[0] for answer in answers)
    [job] = ok(shop.get("/v1/jobs"))["jobs"]
    assert job["counters"]["total"] == job["counters"]["created"] == photos
    assert len(shop.items(job, limit=200)) == min(photos, 200)


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256])
def test_an_idempotency_key_that_is_none_is_malformed(shop: Shop, key: str) -> None:
    answer = shop.post("/v1/jobs", order("mug.jpg"), headers={KEY: key.encode()})
    assert problem(answer) == (400, "request_malformed")


def test_a_job_has_at_most_a_thousand_items_and_all_of_them(shop: Shop) -> None:
    names = [f"{number:04}.jpg" for number in range(1001)]
    answer = shop.post("/v1/jobs", order(*names))
    assert problem(answer) == (422, "request_invalid")
    assert answer.json()["errors"][0]["field"] == "items"
    job = shop.new_job(*names[:1000])
    seen, continuation = [], None
    while continuation is not None or not seen:
        page = shop.job(job["job_id"], limit=200, continuation=continuation)
        seen += [item["filename"] for item in page["items"]]
        continuation = page["continuation"]
    assert seen == names[:1000]


def test_jobs_are_listed_newest_first_page_by_page_while_more_are_added(shop: Shop) -> None:
    made = [shop.new_job()["job_id"] for _ in range(25)]
    seen, continuation, added = [], None, 0
    while continuation is not None or not seen:
        page = ok(shop.get("/v1/jobs", params={"limit": 4, "continuation": continuation}))
        seen += [job["job_id"] for job in page["jobs"]]
        continuation = page["continuation"]
        shop.new_job()
        added += 1
    assert added > 5
    assert seen == made[::-1]


def test_jobs_are_listed_by_status(shop: Shop) -> None:
    waiting = [shop.new_job()["job_id"] for _ in range(3)]
    done = shop.finished_job()["job_id"]

    def listed(status: str) -> list[str]:
        page = ok(shop.get("/v1/jobs", params={"status": status}))
        return [job["job_id"] for job in page["jobs"]]

    assert (listed("created"), listed("completed")) == (waiting[::-1], [done])
    assert listed("failed") == []


def test_a_jobs_items_are_paged_by_status(shop: Shop) -> None:
    job = shop.new_job(*(f"{number}.jpg" for number in range(5)))
    for number in (1, 3, 4):
        shop.upload(job, number)
    first = shop.job(job["job_id"], status="queued", limit=2)
    second = shop.job(job["job_id"], status="queued", continuation=first["continuation"])
    names = [item["filename"] for item in [*first["items"], *second["items"]]]
    assert (names, second["continuation"]) == (["1.jpg", "3.jpg", "4.jpg"], None)


def test_a_job_asks_to_come_back_until_it_has_ended(shop: Shop) -> None:
    job = shop.finished_job()
    assert "Retry-After" not in shop.get(f"/v1/jobs/{job['job_id']}").headers
    open_one = shop.new_job()
    assert shop.get(f"/v1/jobs/{open_one['job_id']}").headers["Retry-After"] == "2"


def test_canceling_starts_the_stop_and_keeps_what_is_done(server: ApiServer, shop: Shop) -> None:
    job = shop.new_job("mug.jpg", "cup.jpg")
    shop.complete(job, 0)
    answer = shop.post(f"/v1/jobs/{job['job_id']}/cancel")
    assert ok(answer, 202)["cancel_requested_at"] is not None
    assert answer.headers["Location"] == f"/v1/jobs/{job['job_id']}"
    assert server.starts[-1][0] == "stop_job"
    stored = get_job(get_store(), shop.partition(job))
    assert stored is not None
    factory.run("cancel_items", {**stored.model_dump(include={"tenant_id", "job_id", "trace_id"})})
    factory.finish_job(shop.partition(job))
    assert shop.job(job["job_id"])["status"] == "canceled"
    assert [item["status"] for item in shop.items(job)] == ["completed", "canceled"]
    again = shop.post(f"/v1/jobs/{job['job_id']}/cancel")
    assert (ok(again, 202)["status"], server.starts[-1][0]) == ("canceled", "stop_job")


def test_a_job_that_has_ended_is_not_canceled(shop: Shop) -> None:
    job = shop.finished_job()
    answer = shop.post(f"/v1/jobs/{job['job_id']}/cancel")
    assert problem(answer) == (409, "job_final")
    assert shop.job(job["job_id"])["status"] == "completed"


def retry(shop: Shop, job: Json) -> Any:
    return shop.post("/v1/jobs/{job_id}/items/{item_id}/retry".format(**reference(job)))


def test_a_failed_item_is_made_again_as_a_new_revision(server: ApiServer, shop: Shop) -> None:
    job = shop.new_job()
    shop.fail(job)
    factory.finish_job(shop.partition(job))
    assert shop.job(job["job_id"])["status"] == "failed"
    answer = retry(shop, job)
    assert ok(answer, 202) == {**reference(job), "status": "queued", "revision": 2}
    assert server.starts[-1][0] == "process_item"
    assert server.starts[-1][1].endswith("-r2")
    assert (shop.job(job["job_id"])["status"], shop.items(job)[0]["error"]) == ("processing", None)


def test_only_what_has_ended_badly_is_made_again(shop: Shop) -> None:
    job = shop.new_job()
    assert problem(retry(shop, job)) == (409, "item_not_final")
    shop.upload(job)
    assert problem(retry(shop, job)) == (409, "item_not_final")
    shop.complete(job)
    assert problem(retry(shop, job)) == (409, "item_completed")


def test_an_unknown_profile_is_not_found_and_makes_no_job(shop: Shop) -> None:
    answer = shop.post("/v1/jobs", order("mug.jpg", brand_profile_id="summer"))
    assert problem(answer) == (404, "profile_missing")
    assert ok(shop.get("/v1/jobs"))["jobs"] == []


def test_a_scene_from_a_prompt_is_refused_by_naming_the_scenes_there_are(shop: Shop) -> None:
    options = {"scenes": [{"prompt": "a marble table"}]}
    answer = shop.post("/v1/jobs", order("mug.jpg", options=options))
    assert problem(answer) == (422, "engine_unavailable")
    assert "white, studio" in answer.json()["title"]
    assert ok(shop.get("/v1/jobs"))["jobs"] == []


def test_where_nothing_is_billed_jobs_need_no_credit_and_none_is_sold(shop: Shop) -> None:
    estimate = ok(shop.get("/v1/estimate", params={"photos": 1000}))
    assert (estimate["billing_enabled"], estimate["affordable"]) == (False, True)
    assert (estimate["available"], estimate["total"] > 0) == (0, True)
    answer = shop.post("/v1/billing/payments", {"package": "small"})
    assert problem(answer) == (409, "payments_not_configured")


@pytest.mark.parametrize(
    "limit", ["", "0", "201", "-1", "1.5", "ten", " 5", "1_0", "9" * 5000, "²"]
)
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/jobs/job-x"])
def test_a_limit_that_is_not_1_to_200_is_refused(shop: Shop, path: str, limit: str) -> None:
    answer = shop.get(path, params={"limit": limit})
    assert problem(answer) == (422, "request_invalid")
    assert answer.json()["errors"][0]["field"] == "limit"
