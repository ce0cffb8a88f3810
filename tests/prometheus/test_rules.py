"""The rules beside the one-machine stack: right by promtool, and about what the app emits."""

import json
import re

import pytest
import yaml

from tests.pages import anchors
from tests.prometheus.promtool import promtool
from tests.prometheus.queries import ROOT, RULES, groupings, queries_of_rules, rules, selectors
from tests.prometheus.vocabulary import emitted, strangers

FOLDER = RULES.parent
TEXT = RULES.read_text("utf-8")
TRIALS = yaml.safe_load((FOLDER / "rules_test.yml").read_text("utf-8"))
OPERATIONS = ROOT / "docs/operations.md"
ALERTS = [rule for rule in rules(TEXT) if "alert" in rule]


def strange(text: str) -> list[str]:
    """What the rules name and the app does not emit."""
    queries = queries_of_rules(text)
    recorded = {rule["record"]: rule["expr"] for rule in rules(text) if "record" in rule}
    return strangers(queries, emitted(), recorded)


def test_prometheus_takes_the_configuration_and_the_rules_it_names():
    answer = promtool(FOLDER, "check", "config", "prometheus.yml")
    assert answer.returncode == 0, answer.stderr
    assert f"{len(rules(TEXT))} rules found" in answer.stdout


def test_the_alerts_fire_when_they_should_and_not_beside_that():
    answer = promtool(FOLDER, "test", "rules", "rules_test.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_alert_is_shown_to_fire_and_to_keep_silent():
    tests = (FOLDER / "rules_test.yml").read_text("utf-8")
    for alert in ALERTS:
        name = alert["alert"]
        assert re.search(rf"alertname: {name}\n\s+eval_time: \w+\n\s+exp_alerts:", tests), name
        assert tests.count(f"{{alertname: {name}, ") >= 3, name


BY_STATUS = 'sum by (status) (increase(opal_items_total{status=~"completed|failed"}'
BROKEN = [
    ("OpalErrorRate", "opal:item_error_ratio:5m > 0.01", "opal:item_error_ratio:5m > 0.1"),
    ("OpalErrorRate", "sum without (code) (opal_item_failures_total)", "opal_item_failures_total"),
    ("OpalErrorRate", BY_STATUS.replace(" by (status) ", ""), BY_STATUS),
    ("OpalErrorRate", 'cause="service"', 'cause=~"service|input"'),
    ("OpalErrorRate", "for: 5m", "for: 1m"),
    ("OpalEndpointDown", "unless", "and"),
    ("OpalEndpointDown", "unavailable|timeout", "unavailable|timeout|busy"),
    ("OpalStandsStill", "offset 10m or vector(0)", "offset 1m or vector(0)"),
    ("OpalDown", ' or absent(up{job="opal"})', ""),
    ("OpalOldestWaiting", "> 900", "> 9000"),
    ("OpalGivenUp", "[1h]", "[1m]"),
]


@pytest.mark.parametrize(("alert", "before", "after"), BROKEN)
def test_a_rule_that_is_broken_is_caught(tmp_path, alert, before, after):
    assert before in TEXT
    about = [trial for trial in TRIALS["tests"] if alert in str(trial)]
    (tmp_path / "rules_test.yml").write_text(json.dumps(TRIALS | {"tests": about}), "utf-8")
    (tmp_path / "rules.yml").write_text(TEXT.replace(before, after), "utf-8")
    answer = promtool(tmp_path, "test", "rules", "rules_test.yml")
    assert answer.returncode != 0
    assert "got:" in answer.stdout + answer.stderr, "it was read, and did other than it should"


def test_the_rules_name_nothing_that_the_app_does_not_emit():
    assert strange(TEXT) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("opal_dead_letters", "opal_dead_letter"),
        ("opal_given_up_total", "opal_given_up"),
        ("sum by (kind)", "sum by (type)"),
        ('status=~"completed|failed"', 'status=~"complete|failed"'),
        ('outcome=~"unavailable|timeout"', 'outcome=~"unavailable|timed_out"'),
        ('stage=~"inspect_photo|', 'stage=~"inspect|'),
        ('route="readyz"', 'path="readyz"'),
        ('job="opal"', 'job="app"'),
        ("cause:opal_item_failures:sum{", "cause:opal_items_failed:sum{"),
    ],
)
def test_a_name_that_the_app_does_not_emit_is_caught(before, after):
    assert before in TEXT
    assert strange(TEXT.replace(before, after))


def test_a_metric_that_the_app_renames_is_caught():
    known = dict(emitted())
    known["opal_oldest_waiting"] = known.pop("opal_oldest_waiting_seconds")
    assert any(
        "opal_oldest_waiting_seconds" in s for s in strangers(queries_of_rules(TEXT), known, {})
    )


def test_the_reader_of_queries_sees_every_name_in_them():
    expr = (
        'sum by (a, le) (rate(one{x="}",y=~"b|c"}[5m] offset 1h)) / on () two:x_5m or three > 1e3'
    )
    found = list(selectors(expr))
    assert [s.metric for s in found] == ["one", "two:x_5m", "three"]
    assert found[0].matchers == (("x", "=", "}"), ("y", "=~", "b|c"))
    assert groupings(expr) == {"a", "le"}


def test_everything_that_the_app_emits_of_its_own_is_known_here():
    """Else a rule about it could not be checked."""
    documented = set(
        re.findall(r"^\| `(opal_\w+)`", (ROOT / "docs/architecture.md").read_text(), re.M)
    )
    shown = {re.sub(r"_(bucket|sum|count|created)$", "", n) for n in emitted() if n[:5] == "opal_"}
    shown = {"opal_store_request_units" if "request_units" in n else n for n in shown}
    assert documented == shown


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_says_how_grave_it_is_and_where_to_read_what_to_do(alert):
    assert alert["labels"]["severity"] in {"warning", "critical"}
    assert alert["annotations"]["summary"]
    [section] = re.findall(r"docs/operations\.md#([a-z-]+)\.$", alert["annotations"]["description"])
    assert section in anchors(OPERATIONS.read_text("utf-8"))
