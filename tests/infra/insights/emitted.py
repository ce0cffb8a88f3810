"""What the app emits, as a query may name it, and what a query names that the app does not emit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.infra.insights.ingestion import Row
from tests.infra.kusto import Comparison, Query

LABELS = {
    "opal_items_total": {"status": "ITEM_STATUS"},
    "opal_item_failures_total": {"code": "FAILURE_CODE", "cause": "CAUSE"},
    "opal_jobs_created_total": {},
    "opal_job_latency_seconds": {"status": "JOB_STATUS"},
    "opal_stage_seconds": {"stage": "STAGE", "outcome": "STAGE_OUTCOME"},
    "opal_endpoint_calls_total": {"task": "TASK", "outcome": "CALL_OUTCOME"},
    "opal_store_request_units": {"operation": "STORE_OPERATION"},
    "opal_webhook_attempts_total": {"outcome": "WEBHOOK_OUTCOME"},
    "opal_http_request_seconds": {"route": "ROUTE", "method": "METHOD", "status": "HTTP_STATUS"},
    "opal_oldest_waiting_seconds": {},
    "opal_dead_letters": {},
    "opal_given_up_total": {"kind": "GIVEN_UP"},
    "opal_sweeps_total": {"outcome": "SWEEP_OUTCOME"},
}
"""The labels of each metric, and which vocabulary of `opal.telemetry.labels` each takes its words
from. A test holds this to what is emitted."""

ATTRIBUTES = {
    "opal.stage": ("STAGE",),
    "opal.task": ("TASK",),
    "opal.outcome": ("STAGE_OUTCOME", "CALL_OUTCOME", "WEBHOOK_OUTCOME"),
    "opal.code": ("FAILURE_CODE",),
}
"""The attributes of spans whose values are words, and their vocabularies."""


@dataclass(frozen=True)
class Day:
    """The rows of a day, and the words that labels may be."""

    rows: list[Row]
    words: dict[str, list[str]]

    @property
    def names(self) -> set[str]:
        """Of metrics and spans."""
        return {row["Name"] for row in self.rows if "Name" in row}

    def keys(self, metrics: set[str]) -> set[str]:
        """What Properties hold: of these metrics, or of everything that is no metric."""
        return {
            key
            for row in self.rows
            if (row.get("Name") in metrics if metrics else row["Type"] != "AppMetrics")
            for key in row["Properties"]
        }


def unknown(query: Query, day: Day) -> list[str]:
    """The names and values in a query that the app does not emit."""
    metrics = {
        value
        for each in query.compared
        for value in each.values
        if each.column == "Name" and value.startswith("opal_")
    }
    keys = day.keys(metrics)
    problems = [f"{key} is no property" for key in query.keys if key not in keys]
    for each in query.compared:
        problems.extend(_unknown(each, metrics, day))
    return [f"{query.name}: {problem}" for problem in problems]


def _unknown(each: Comparison, metrics: set[str], day: Day) -> Iterator[str]:
    if each.column == "Name":
        known = day.names
        if each.how == "MatchesRegex":
            if not any(re.search(each.values[0], name) for name in known):
                yield f"no name matches {each.values[0]}"
            return
    elif each.key is not None:
        known = _words(each.key, metrics, day)
    else:
        yield f"{each.column} is compared with texts, and nobody knows with which it may be"
        return
    yield from (
        f"{value} is no {each.key or 'name'}" for value in each.values if value not in known
    )


def _words(key: str, metrics: set[str], day: Day) -> set[str]:
    if key in ATTRIBUTES:
        vocabularies = ATTRIBUTES[key]
    else:
        vocabularies = tuple(LABELS[m][key] for m in metrics if key in LABELS.get(m, {}))
    return {word for name in vocabularies for word in day.words[name]}
