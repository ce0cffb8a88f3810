"""Alert queries on rows that they must tell of, and on rows that they must not; their rules fit."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.insights.ingestion import Row
from tests.infra.insights.workspace import Workspace
from tests.infra.kusto import Query
from tests.infra.queries.sources import ROOT, bicep, measure_of, rules_of, text_of
from tests.pages import anchors

NOON = "2026-11-21T12:00:00Z"


def metric(name: str, value: float, **labels: str) -> Row:
    point = {"Sum": value, "Min": value, "Max": value, "ItemCount": 1}
    return {
        "Type": "AppMetrics",
        "TimeGenerated": NOON,
        "Name": name,
        "Properties": labels,
        **point,
    }


def span(name: str, milliseconds: float, **properties: str) -> Row:
    head = {"Type": "AppDependencies", "TimeGenerated": NOON, "Name": name}
    return {**head, "DurationMs": milliseconds, "Properties": properties}


def stage(name: str, milliseconds: float, **more: Any) -> Row:
    told = {"opal.stage": name, "opal.outcome": "done", "opal.item_id": "a"}
    return {**span(name, milliseconds, **told), **more}


def ended(completed: float, service: float = 0, sent: float = 0) -> Iterator[Row]:
    """Photos completed; failed because of us; failed because of what was sent."""
    failed = {"service": service, "input": sent}
    yield metric("opal_items_total", completed, status="completed")
    yield metric("opal_items_total", service + sent, status="failed")
    for cause, number in failed.items():
        yield metric("opal_item_failures_total", number, code="other", cause=cause)


def called(**outcomes: float) -> list[Row]:
    return [
        metric("opal_endpoint_calls_total", number, task="segment", outcome=outcome)
        for outcome, number in outcomes.items()
    ]


def waiting(last: str, at: str) -> list[Row]:
    """A photo that was asked about in January, and its last stage."""
    asked = stage("ask_for_review", 1, TimeGenerated="2026-01-01T00:00:00Z")
    return [asked, stage(last, 1, TimeGenerated=at)]


JANUARY = "2026-01-01T00:00:01Z"
MEASURED: list[tuple[str, str, list[Row], list[Any]]] = [
    ("error-rate", "two of a hundred", list(ended(98, service=2)), [2]),
    ("error-rate", "none failed", list(ended(100)), [0]),
    ("error-rate", "bad photos", list(ended(90, sent=10)), [0]),
    ("error-rate", "nothing", [], []),
    ("error-rate", "counters at their start", list(ended(0)), [0]),
    ("stage-latency", "slow", [stage("segment_product", 9000)] * 10, [9]),
    ("stage-latency", "too few to tell", [stage("segment_product", 9000)] * 9, []),
    ("api-latency", "slow", [span("GET /v1/jobs", 3000)] * 20, [3000]),
    ("api-latency", "too few to tell", [span("GET /v1/jobs", 3000)] * 19, []),
    ("oldest-waiting", "long", [metric("opal_oldest_waiting_seconds", 1200)], [20]),
    ("oldest-waiting", "nothing waits", [metric("opal_oldest_waiting_seconds", 0)], [0]),
    ("oldest-waiting", "nothing", [], [None]),
    ("dead-letters", "three", [metric("opal_dead_letters", 3)], [3]),
    ("dead-letters", "none", [metric("opal_dead_letters", 0)], [0]),
    ("endpoint-down", "no answer", called(unavailable=3, done=0), [1]),
    ("endpoint-down", "some answers", called(unavailable=3, done=1), [0]),
    ("endpoint-down", "no calls", [], [0]),
    ("endpoint-busy", "a third", called(busy=10, done=20), [pytest.approx(100 / 3)]),
    ("endpoint-busy", "too few to tell", called(busy=1, done=1), [0]),
    ("endpoint-busy", "no calls", [], [0]),
    ("sweeper-silent", "it runs", [metric("opal_sweeps_total", 4, outcome="done")], [4]),
    ("sweeper-silent", "it only fails", [metric("opal_sweeps_total", 4, outcome="failed")], [0]),
    ("sweeper-silent", "nothing", [], [0]),
    ("no-photos", "some", list(ended(3)), [3]),
    ("no-photos", "nothing", [], [0]),
    ("given-up", "a webhook", [metric("opal_given_up_total", 1, kind="webhook")], [1]),
    ("given-up", "nothing", [], []),
    ("reviews-waiting", "nothing", [], [None]),
    ("reviews-waiting", "decided", waiting("place_product", NOON), [None]),
]


@pytest.mark.parametrize(("name", "case", "rows", "values"), MEASURED)
def test_an_alert_measures_what_it_is_about(
    name: str, case: str, rows: list[Row], values: list[Any]
) -> None:
    found = Workspace(rows).ask(text_of(f"alert-{name}.kql"))
    assert [row[measure_of(f"alert-{name}.kql")] for row in found] == values, case


def test_a_review_is_measured_from_when_it_was_asked_for() -> None:
    rows = waiting("settle_review", JANUARY)
    [row] = Workspace(rows).ask(text_of("alert-reviews-waiting.kql"))
    assert row["hours"] > 24


def test_each_rule_measures_and_splits_by_columns_that_its_query_has(
    queries: dict[str, Query],
) -> None:
    for name, query in queries.items():
        if name.startswith("alert-"):
            rules = rules_of(name)
            assert rules, f"{name} is in no rule"
            for rule in rules:
                split = re.findall(r"name: '(\w+)'", rule["dimensions"])
                assert {measure_of(name), *split} <= set(query.columns)


def test_each_rule_says_what_to_do_and_where_it_is_written() -> None:
    descriptions = re.findall(r"description: '(.+)'", bicep("alerts").split("var always")[1])
    shown = [text for text in descriptions if "${" not in text]
    assert len(shown) >= 17
    assert [d for d in shown if not re.search(r"\. docs/operations\.md#[a-z-]+$", d)] == []


def test_each_section_that_an_alert_names_is_in_the_runbook() -> None:
    runbook = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    named = re.findall(r"docs/operations\.md#([a-z-]+)", bicep("alerts") + bicep("budget"))
    assert set(named) <= anchors(runbook)
