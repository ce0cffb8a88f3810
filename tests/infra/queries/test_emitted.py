"""Queries name only metrics, spans, properties and words that the app really emits."""

import json
from collections.abc import Callable

import pytest

from tests.infra.insights.emitted import LABELS, Day, unknown
from tests.infra.kusto import Query
from tests.infra.queries.mistakes import FOREIGN


def test_each_metric_has_the_labels_and_words_that_are_written_down(day: Day) -> None:
    emitted = [row for row in day.rows if row.get("Name", "").startswith("opal_")]
    assert {row["Name"] for row in emitted} == set(LABELS)
    assert [row for row in emitted if row["Properties"].keys() != LABELS[row["Name"]].keys()] == []
    foreign = [
        (row["Name"], label, word)
        for row in emitted
        for label, word in row["Properties"].items()
        if word not in {*day.words[LABELS[row["Name"]][label]], "other"}
    ]
    assert foreign == []


def test_queries_name_only_what_the_app_emits(queries: dict[str, Query], day: Day) -> None:
    assert [problem for query in queries.values() for problem in unknown(query, day)] == []


@pytest.mark.parametrize(("name", "right", "wrong"), FOREIGN)
def test_a_name_that_the_app_does_not_emit_is_caught(
    name: str, right: str, wrong: str, broken: Callable[..., Query], day: Day
) -> None:
    query = broken(name, right, wrong)
    assert query.diagnostics == []
    assert unknown(query, day) != []


@pytest.mark.parametrize(
    ("right", "wrong", "affected"),
    [
        ("opal_dead_letters", "opal_lost_events", {"dead-letters.kql", "alert-dead-letters.kql"}),
        ("take in missed blob", "take in late blob", {"missed-events.kql"}),
        ("opal.task", "task_name", {"endpoint-latency.kql"}),
        ('"GIVEN_UP": ["item", "webhook"]', '"GIVEN_UP": ["item", "call"]', {"webhooks.kql"}),
    ],
)
def test_a_name_that_changes_in_the_app_is_caught(
    right: str, wrong: str, affected: set[str], queries: dict[str, Query], day: Day
) -> None:
    text = json.dumps(vars(day))
    assert right in text
    changed = Day(**json.loads(text.replace(right, wrong)))
    assert {name for name, query in queries.items() if unknown(query, changed)} == affected


def test_a_call_that_a_span_of_ours_records_is_recorded_once(day: Day) -> None:
    """On Azure the host's spans stand above ours: none of ours is a request of its own."""
    assert {row["Type"] for row in day.rows if "Id" in row} == {"AppDependencies"}
    calls = [row for row in day.rows if row.get("DependencyType", "").upper() == "HTTP"]
    assert calls == []
