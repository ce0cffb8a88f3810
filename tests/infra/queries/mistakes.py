"""What is broken on purpose: a query, a text in it, what stands there instead."""

MISTAKES = [
    ("failed-photos", "OperationId", "OperatonId", "OperatonId"),
    ("items-per-hour", "sum(Sum)", "sum(Suum)", "Suum"),
    ("stage-latency", "percentile(", "percentil(", "percentil"),
    ("api-latency", "AppDependencies", "AppDependency", "AppDependency"),
    ("error-rate", "bin(TimeGenerated, 5m)", "bin(TimeGenerated 5m)", "Expected: ,"),
]
"""Kusto complains of these, with the last text."""

FOREIGN = [
    ("error-rate", "opal_items_total", "opal_item_total"),
    ("error-rate", '"service"', '"services"'),
    ("jobs-by-status", "Properties.status", "Properties.state"),
    ("endpoint-busy", '"busy"', '"throttled"'),
    ("stage-latency", "opal.stage", "stage"),
    ("items-stuck", '"fail_item"', '"failed_item"'),
    ("missed-events", "take in missed blob", "take in lost blob"),
    ("store-down", "dependency_unavailable", "dependency_down"),
    ("api-latency", "^(GET|POST", "^API (GET|POST"),
    ("photo-story", "Properties.trace_id", "Properties.trace"),
]
"""Kusto takes these, but the app emits nothing of the kind."""
