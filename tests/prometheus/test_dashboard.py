"""The dashboard: what Grafana's own documents allow, tidy, and about what the app emits."""

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.prometheus.promtool import promtool
from tests.prometheus.queries import (
    DASHBOARD,
    RULES,
    panels,
    queries_of_dashboard,
    rules,
    selectors,
)
from tests.prometheus.vocabulary import emitted, strangers

TEXT = DASHBOARD.read_text("utf-8")
BOARD: dict[str, Any] = json.loads(TEXT)
PANELS = panels(BOARD)
RECORDED = {r["record"]: r["expr"] for r in rules(RULES.read_text("utf-8")) if "record" in r}
UNITS = {"none", "short", "s", "percentunit", "reqps", "bytes"}
COLUMNS = 24
OF_THE_SOURCE = {"/annotations/list[0]/titleFormat"}
"""What Prometheus' own editor adds to an annotation, and Grafana's document leaves open."""


def lost(ours: object, theirs: object, path: str = "") -> Iterator[str]:
    """Where a document of ours says what is not in theirs."""
    if isinstance(ours, dict):
        for name, value in ours.items():
            if not isinstance(theirs, dict) or name not in theirs:
                yield f"{path}/{name}"
            else:
                yield from lost(value, theirs[name], f"{path}/{name}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from lost(mine, other, f"{path}[{number}]")
    elif ours != theirs:
        yield path


def unknown_to_grafana(text: str) -> set[str]:
    """What is gone when Grafana's documents have read the dashboard and written it again."""
    plugins.register_default_plugins()
    read = Dashboard.from_json(json.loads(text))
    return set(lost(json.loads(text), json.loads(JSONEncoder().encode(read)))) - OF_THE_SOURCE


def strange(text: str) -> list[str]:
    return strangers(queries_of_dashboard(text), emitted(), RECORDED)


def test_every_word_of_it_is_one_that_grafana_knows():
    assert unknown_to_grafana(TEXT) == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"fieldConfig"', '"fieldsConfig"'),
        ('"legendFormat"', '"legend_format"'),
        ('"thresholdsStyle"', '"thresholdStyle"'),
        ('"templating"', '"variables"'),
    ],
)
def test_a_word_that_grafana_does_not_know_is_caught(before, after):
    assert unknown_to_grafana(TEXT.replace(before, after))


def test_it_can_be_imported_into_any_grafana_with_any_prometheus():
    assert BOARD["schemaVersion"] == 38
    assert "id" not in BOARD
    assert BOARD["uid"]
    [source] = [v for v in BOARD["templating"]["list"] if v["type"] == "datasource"]
    assert source["query"] == "prometheus"
    ours = {"type": "prometheus", "uid": f"${{{source['name']}}}"}
    asking = [*PANELS, *(t for p in PANELS for t in p["targets"]), *BOARD["annotations"]["list"]]
    assert all(each["datasource"] == ours for each in asking)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_and_in_what_unit(panel):
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    refs = [target["refId"] for target in panel["targets"]]
    assert refs
    assert len(set(refs)) == len(refs)


def test_no_two_panels_have_one_number_or_one_title():
    ids = [panel["id"] for panel in BOARD["panels"]]
    titles = [panel["title"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    assert len(set(titles)) == len(titles)


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    at = panel["gridPos"]
    return {
        (x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    }


def test_panels_lie_beside_each_other_and_leave_no_gap():
    for one, other in combinations(BOARD["panels"], 2):
        assert not cells(one) & cells(other), (one["title"], other["title"])
    covered = set().union(*map(cells, BOARD["panels"]))
    height = 1 + max(y for _, y in covered)
    assert covered == {(x, y) for x in range(COLUMNS) for y in range(height)}


def test_it_shows_all_that_the_alerts_are_about():
    shown = {s.metric for q in queries_of_dashboard(TEXT).values() for s in selectors(q)}
    alerts = {s.metric for r in rules(RULES.read_text("utf-8")) for s in selectors(r["expr"])}
    about = {metric.removesuffix("_count") for metric in alerts if metric.startswith("opal_")}
    assert {m for m in about if not any(name.startswith(m) for name in shown)} == set()


FAILURES = 'opal_item_failures_total{instance="a", code="item_stuck", cause="service"}'


@pytest.mark.parametrize(
    ("up", "failures", "shown"),
    [
        ("1x10", "_x6 1x5", 1),
        ("1x10", "4x5 6x5", 2),
        ("1x10", "9x5 0x5", None),
        ("_x6 1x5", "_x6 900x5", None),
    ],
    ids=["its first", "two more", "a restart", "what was before Prometheus"],
)
def test_a_failure_is_shown_from_the_first_of_its_kind(tmp_path, up, failures, shown):
    """An increase would show it from the second on."""
    expr = queries_of_dashboard(TEXT)["Failures by code A"]
    found = [{"labels": '{cause="service", code="item_stuck"}', "value": shown}]
    test = {
        "interval": "1m",
        "input_series": [
            {"series": 'up{instance="a"}', "values": up},
            {"series": FAILURES, "values": failures},
        ],
        "promql_expr_test": [
            {"expr": expr, "eval_time": "6m", "exp_samples": found if shown else []}
        ],
    }
    (tmp_path / "test.yml").write_text(json.dumps({"tests": [test]}), "utf-8")
    answer = promtool(tmp_path, "test", "rules", "test.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_its_queries_name_nothing_that_the_app_does_not_emit():
    assert strange(TEXT) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("opal_jobs_created_total", "opal_jobs_total"),
        ("opal_http_request_seconds_bucket", "opal_http_requests_seconds_bucket"),
        ("sum by (cause, code)", "sum by (cause, error)"),
        ('status=\\"completed\\"', 'status=\\"complete\\"'),
        ('outcome=\\"done\\"', 'outcome=\\"ok\\"'),
        ("opal:item_error_ratio:5m", "opal:item_error_rate:5m"),
    ],
)
def test_a_name_that_the_app_does_not_emit_is_caught(before, after):
    assert before in TEXT
    assert strange(TEXT.replace(before, after))


def test_a_variable_that_is_not_there_is_caught():
    with pytest.raises(ValueError, match="a variable"):
        queries_of_dashboard(TEXT.replace("$machine_hour", "$machine_price"))
