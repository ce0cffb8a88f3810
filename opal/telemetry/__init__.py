"""Telemetry: logs, traces and metrics, joined by one trace id from the edge to the last call.

`work` knows what is being done and for whom; `logs` and `redaction` see to what is logged;
`entries` and `calls` record spans and metrics of what they wrap; `setup` starts it all.
"""

from opal.telemetry.calls import observe_activity, observe_endpoint_call, observe_webhook
from opal.telemetry.entries import observe_event, observe_request, observe_start, observe_sweep
from opal.telemetry.labels import know_routes, know_stage
from opal.telemetry.logs import JsonLines, SecretFilter, TextLines, TraceFilter
from opal.telemetry.metrics import record_request_units
from opal.telemetry.redaction import redact
from opal.telemetry.setup import start_telemetry
from opal.telemetry.spans import outgoing_headers
from opal.telemetry.work import (
    current_trace_id,
    identify,
    new_trace_id,
    trace_id_at_hand,
    trace_id_of,
    traced,
)

__all__ = [
    "JsonLines",
    "SecretFilter",
    "TextLines",
    "TraceFilter",
    "current_trace_id",
    "identify",
    "know_routes",
    "know_stage",
    "new_trace_id",
    "observe_activity",
    "observe_endpoint_call",
    "observe_event",
    "observe_request",
    "observe_start",
    "observe_sweep",
    "observe_webhook",
    "outgoing_headers",
    "record_request_units",
    "redact",
    "start_telemetry",
    "trace_id_at_hand",
    "trace_id_of",
    "traced",
]
