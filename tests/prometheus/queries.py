"""The queries of the rules and of the dashboard, and the names in them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "infra/prometheus/rules.yml"
DASHBOARD = ROOT / "infra/grafana/dashboard.json"

_TEXT = r'"(?:[^"\\]|\\.)*"'
_SELECTOR = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{{((?:[^\"}}]|{_TEXT})*)\}})?")
_MATCHER = re.compile(rf"([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*({_TEXT})")
_GROUPING = re.compile(r"\b(by|without|on|ignoring)\s*\(([^)]*)\)")
_NO_METRIC = frozenset({"and", "or", "unless", "by", "without", "on", "offset", "bool", "ignoring"})


class Matcher(NamedTuple):
    """A label, an operator and what it is compared with."""

    label: str
    operator: str
    text: str


class Selector(NamedTuple):
    """A metric and what is asked of its labels."""

    metric: str
    matchers: tuple[Matcher, ...]


def rules(text: str) -> list[dict[str, Any]]:
    """All recording rules and alerts."""
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels that ask something."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries_of_rules(text: str) -> dict[str, str]:
    """Every query of a rules file, by the rule's name."""
    return {rule.get("record") or rule["alert"]: rule["expr"] for rule in rules(text)}


def queries_of_dashboard(text: str, interval: str = "1m") -> dict[str, str]:
    """Every query of a dashboard as Grafana would send it, by where it stands; `interval` is what
    is shown in one point."""
    dashboard = json.loads(text)
    found = {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in panels(dashboard)
        for target in panel["targets"]
    }
    found |= {a["name"]: a["expr"] for a in dashboard["annotations"]["list"]}
    boxes = {v["name"] for v in dashboard["templating"]["list"] if v["type"] == "textbox"}
    return {name: _filled_in(expr, boxes, interval) for name, expr in found.items()}


def selectors(expr: str) -> Iterator[Selector]:
    """Every selection of series in a query."""
    bare = _GROUPING.sub(" ", expr)
    for match in _SELECTOR.finditer(_without_durations(bare)):
        name, inside = match.groups()
        called = bare[match.end() :].lstrip().startswith("(")
        if inside is None and (called or name in _NO_METRIC):
            continue
        yield Selector(
            name,
            tuple(
                Matcher(label, operator, json.loads(text))
                for label, operator, text in _MATCHER.findall(inside or "")
            ),
        )


def groupings(expr: str) -> set[str]:
    """The labels that a query sums by, leaves out, or joins on."""
    return {
        label.strip()
        for _, labels in _GROUPING.findall(expr)
        for label in labels.split(",")
        if label.strip()
    }


def _without_durations(expr: str) -> str:
    """Blank what looks like a name and is a number with a unit, in the same length."""
    pattern = rf"({_TEXT})|(?<![\w:])\d[\w.]*"
    return re.sub(pattern, lambda m: m.group(1) or " " * len(m.group(0)), expr)


def _filled_in(expr: str, boxes: set[str], interval: str) -> str:
    for name in boxes:
        expr = expr.replace(f"${name}", "1.5")
    for name, value in (("$__rate_interval", interval), ("$__range_s", "3600"), ("$__range", "1h")):
        expr = expr.replace(name, value)
    if "$" in expr:
        raise ValueError(f"a variable that the dashboard does not have: {expr}")
    return expr
