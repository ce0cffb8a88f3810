"""Queries are run over a day of the app, and answer what happened in it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.insights.day import TRACE
from tests.infra.insights.ingestion import Row

Ask = Callable[..., list[Row]]


def by(rows: list[Row], *columns: str) -> dict[Any, Any]:
    """The last column by the one before it, or by all others."""
    *keys, value = columns
    return {
        row[keys[0]] if len(keys) == 1 else tuple(row[k] for k in keys): row[value] for row in rows
    }


def test_jobs_and_photos_are_counted_by_how_they_ended(ask: Ask) -> None:
    jobs = by(ask("jobs-by-status"), "status", "jobs")
    assert (jobs["completed"], jobs["failed"]) == (2, 2)
    assert jobs["made"] >= 6
    assert (
        by([row for row in ask("items-per-hour") if row["items"]], "status", "items")["completed"]
        == 2
    )


def test_failures_are_told_apart_by_whose_they_are(ask: Ask) -> None:
    found = by(ask("failures-by-code"), "code", "cause", "items")
    assert found[("photo_not_an_image", "input")] == 1
    assert found[("endpoint_refused", "service")] >= 1
    failed = by(ask("failed-photos"), "code", "stage")
    assert failed["photo_not_an_image"] == "inspect_photo"
    assert failed["endpoint_refused"] == "segment_product"
    assert ask("error-rate")[0]["error_percent"] > 0


def test_stages_are_timed(ask: Ask) -> None:
    stages = {row["stage"]: row for row in ask("stage-latency")}
    assert stages["export_variant"]["runs"] == 2
    assert all(0 <= row["p50"] <= row["p95"] <= row["p99"] < 60 for row in stages.values())


def test_calls_of_the_endpoint_are_counted_and_timed(ask: Ask) -> None:
    calls = by(ask("endpoint-calls"), "task", "outcome", "calls")
    assert calls[("segment", "busy")] == 1
    assert calls[("segment", "refused")] >= 1
    assert by(ask("endpoint-latency"), "task", "calls")["segment"] == calls[("segment", "done")]
    assert sum(row["busy"] for row in ask("endpoint-busy")) == 1


def test_requests_to_the_api_are_counted_and_timed(ask: Ask) -> None:
    assert by(ask("api-latency"), "operation", "requests")["POST /v1/jobs"] == 5
    assert by(ask("api-requests"), "route", "status", "requests")[("v1/jobs", "202")] == 5


def test_a_photos_story_begins_with_the_request_and_ends_with_its_job(ask: Ask) -> None:
    story = [row["what"] for row in ask("photo-story", 'trace = ""', f'trace = "{TRACE}"')]
    assert (story[0], story[-1]) == ("POST /v1/jobs", "complete_job")
    assert {"inspect_photo", "score segment", "export_variant", "complete_item"} <= set(story)


def test_without_a_trace_id_there_is_no_story(ask: Ask) -> None:
    assert ask("photo-story") == []


def test_what_waits_is_seen(ask: Ask) -> None:
    [review] = ask("reviews-waiting")
    assert review["item"].startswith("0001-chair")
    # As if an hour had passed: what showed a sign lately is left out.
    stuck = by(ask("items-stuck", "ago(15m)", "now() + 1h"), "item", "last_step")
    assert stuck[review["item"]] in {"ask_for_review", "settle_review"}
    assert [row["minutes"] < 5 for row in ask("oldest-waiting")] == [True]


def test_photos_without_an_event_and_the_sweeper_that_finds_them_are_seen(ask: Ask) -> None:
    found = ask("missed-events")
    assert (sum(row["named"] for row in found), sum(row["missed"] for row in found)) == (6, 1)
    assert by(ask("sweeper"), "outcome", "sweeps")["done"] == 1
    assert [row["dead_letters"] for row in ask("dead-letters")] == [0]


def test_costs_are_those_of_the_prices_given(ask: Ask) -> None:
    name = "cost-per-1000-photos"
    assert [row["cost"] for row in ask(name)] == [0, 0, 0]
    priced = ask(name, "million_request_units_price = 0.0", "million_request_units_price = 0.25")
    store = next(row for row in priced if row["part"].startswith("State store"))
    assert store["cost"] == pytest.approx(6 * 0.25 / 1e6)
    assert store["cost_per_1000_photos"] == pytest.approx(store["cost"] * 1000 / store["photos"])


def test_the_rest_is_answered_too(ask: Ask) -> None:
    assert by(ask("webhooks"), "outcome", "attempts") == {"timeout": 1, "given up": 0}
    assert by(ask("store-charge"), "operation", "request_units_per_second") == {"read": 0.1}
    assert ask("store-down") == []
    assert ask("given-up") == []
