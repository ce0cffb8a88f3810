"""A real Prometheus beside the running stack: it understands every query, and finds the names."""

import json
from collections.abc import Iterator

import pytest

from benchmarks.photos import plain_photo
from tests.prometheus.queries import (
    DASHBOARD,
    RULES,
    groupings,
    queries_of_dashboard,
    queries_of_rules,
    selectors,
)
from tests.prometheus.server import Prometheus, running_prometheus
from tests.system.conftest import Opal

ONE_EXPORT = json.dumps({"scenes": ["white"], "exports": ["web_thumb"]}).encode()
QUERIES = queries_of_rules(RULES.read_text("utf-8")) | queries_of_dashboard(
    DASHBOARD.read_text("utf-8"), interval="5s"
)
ELSEWHERE = {
    "opal_store_request_units_total",  # Cosmos DB alone charges them
    "opal_webhook_attempts_total",  # nobody has an endpoint here
    "ALERTS",  # none fires
}
SEEN = (
    "up offset 5s",
    "rate(opal_job_latency_seconds_count[1m])",
    'increase(opal_sweeps_total{outcome="done"}[1m]) > 0',
    "opal_oldest_waiting_seconds",
    "opal:item_error_ratio:5m",
    "stage:opal_stage_seconds:p95_10m",
    "opal:http_request_seconds:p95_10m",
    'increase(opal_items_total{status="completed"}[1m]) > 0',
)
"""What there is once all has been scraped twice: a rise is between two values."""


@pytest.fixture(scope="module")
def prometheus(opal: Opal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It has seen a photo made from beginning to end, and some sweeps."""
    target = opal.stack.config.host_url.removeprefix("http://")
    with running_prometheus(tmp_path_factory.mktemp("prometheus"), target) as server:
        server.until(lambda: server.values("up == 1"))
        opal.drop("watched", "job.json", ONE_EXPORT)
        opal.drop("watched", "box.jpg", plain_photo(777))
        opal.wait("watched", total=1)
        opal.ask("GET", "/readyz")
        for expr in SEEN:
            server.until(lambda expr=expr: server.values(expr))  # type: ignore[misc]
        yield server


def emitted(prometheus: Prometheus) -> dict[str, set[str]]:
    """The labels of every series that was scraped or recorded, by its name."""
    found: dict[str, set[str]] = {}
    for series in prometheus.ask("series", **{"match[]": '{__name__=~".+"}'}):
        found.setdefault(series.pop("__name__"), set()).update(series)
    return found


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_is_understood(prometheus: Prometheus, name: str) -> None:
    prometheus.values(QUERIES[name])


def test_every_name_and_label_in_the_queries_is_one_that_was_scraped(
    prometheus: Prometheus,
) -> None:
    scraped = emitted(prometheus)
    for name, expr in QUERIES.items():
        used = [selector for selector in selectors(expr) if selector.metric not in ELSEWHERE]
        for selector in used:
            assert selector.metric in scraped, name
            asked = {matcher.label for matcher in selector.matchers}
            assert asked <= scraped[selector.metric], name
        if len(used) == len(list(selectors(expr))):
            labels = set.union(*(scraped[selector.metric] for selector in used))
            assert groupings(expr) <= labels, name


def test_what_the_dashboard_shows_of_a_photo_is_there(prometheus: Prometheus) -> None:
    """A ratio whose two sides have different labels would find nothing."""
    empty = {name for name, expr in QUERIES.items() if not prometheus.values(expr)}
    alerts = {name for name in QUERIES if name.startswith("Opal")}
    assert empty - alerts <= {
        "Alerts",
        "Failures by code A",
        "Request units A",
        "Webhook attempts A",
    }


def test_all_is_well_with_a_stack_that_is_well(prometheus: Prometheus) -> None:
    def unwell() -> list[str]:
        groups = prometheus.ask("rules")["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        assert {rule["health"] for rule in found} == {"ok"}
        return [rule["name"] for rule in found if rule.get("state", "inactive") != "inactive"]

    prometheus.until(lambda: unwell() == [])
