"""What the app can emit: every metric, and every value of its labels, as its exporter says it."""

import re
from functools import cache

from prometheus_client.parser import text_string_to_metric_families

from tests.fresh_process import printed_by
from tests.prometheus.queries import Matcher, groupings, selectors

Emitted = dict[str, dict[str, set[str]]]
"""Sample name -> label -> values."""

_SCRAPE = """
from prometheus_client import generate_latest
from local.metrics import metric_reader
from opal.telemetry import start_telemetry
start_telemetry({}, [metric_reader()])
import function_app
from opal.telemetry import labels, metrics

for word in labels.ITEM_STATUS:
    metrics.record_item(word)
for word in labels.JOB_STATUS:
    metrics.record_job(word, 1)
for word in labels.FAILURE_CODE:
    metrics.record_failure(word, "input")
for word in labels.STAGE:
    metrics.record_stage(word, "done", 1)
for word in labels.STAGE_OUTCOME:
    metrics.record_stage("inspect_photo", word, 1)
for word in labels.TASK:
    metrics.record_endpoint_call(word, "done")
for word in labels.CALL_OUTCOME:
    metrics.record_endpoint_call("segment", word)
for word in labels.STORE_OPERATION:
    metrics.record_request_units(word, 1)
for word in labels.WEBHOOK_OUTCOME:
    metrics.record_webhook(word)
for word in labels.ROUTE:
    metrics.record_request(word, "GET", 200, 1)
for word in labels.METHOD:
    metrics.record_request("readyz", word, 200, 1)
for word in labels.HTTP_STATUS:
    metrics.record_request("readyz", "GET", word, 1)
metrics.set_oldest_waiting(1)
metrics.set_dead_letters(1)
print(generate_latest().decode())
"""
_OF_PROMETHEUS: Emitted = {
    "up": {},
    "ALERTS": {"alertname": {"OpalDown"}, "alertstate": {"firing", "pending"}, "severity": set()},
}
_OF_A_SCRAPE = {"job": {"opal"}, "instance": set()}


@cache
def emitted() -> Emitted:
    """What a process of the app shows at `/metrics` when everything has happened in it."""
    found: Emitted = {}
    for family in text_string_to_metric_families(printed_by(_SCRAPE)):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def strangers(queries: dict[str, str], known: Emitted, recorded: dict[str, str]) -> list[str]:
    """Every metric, label and value in the queries that nobody emits or records."""
    known = known | _OF_PROMETHEUS | {name: _labels_in(e, known) for name, e in recorded.items()}
    found: list[str] = []
    for where, expr in queries.items():
        grouped = {"le"} if "histogram_quantile" in expr else set()
        for selector in selectors(expr):
            if selector.metric not in known:
                found.append(f"{where}: no metric {selector.metric}")
                continue
            labels = known[selector.metric] | _OF_A_SCRAPE
            grouped |= labels.keys()
            found += [
                f"{where}: {selector.metric} is never {matcher.label}{matcher.operator}{wrong}"
                for matcher in selector.matchers
                for wrong in _wrong_values(matcher, labels)
            ]
        found += [f"{where}: no label {label}" for label in groupings(expr) - grouped]
    return found


def _labels_in(expr: str, known: Emitted) -> dict[str, set[str]]:
    """The labels that a recorded series may have."""
    labels: dict[str, set[str]] = {}
    for selector in selectors(expr):
        labels |= known.get(selector.metric, {})
    return labels


def _wrong_values(matcher: Matcher, labels: dict[str, set[str]]) -> list[str]:
    if matcher.label not in labels:
        return [matcher.text]
    values = labels[matcher.label]
    words = matcher.text.split("|") if "~" in matcher.operator else [re.escape(matcher.text)]
    if not values:
        return []
    return [word for word in words if not any(re.fullmatch(word, value) for value in values)]
