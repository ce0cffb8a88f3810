"""Starting telemetry: logs are guarded always, spans and metrics leave only where someone asks.

On Azure the Functions worker or Azure Monitor's distribution sets up OpenTelemetry before the
app is loaded; what they set up is used as it is. Otherwise the app does so itself when one of
OpenTelemetry's own settings names a collector (OTLP over HTTP), or a caller brings a reader.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics, trace

from opal.telemetry.logs import guard_logs
from opal.telemetry.metrics import begin_counters

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.resources import Resource

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_log = logging.getLogger(__name__)


def start_telemetry(
    environment: Mapping[str, str] = os.environ, readers: "Sequence[MetricReader]" = ()
) -> None:
    """Start logs, spans and metrics of this process; what is started already stays as it is."""
    guard_logs(environment)
    spans = _asked_for(environment, "TRACES") and not _is_started(trace.get_tracer_provider())
    pushed = _asked_for(environment, "METRICS")
    figures = (pushed or bool(readers)) and not _is_started(metrics.get_meter_provider())
    if spans:
        _start_spans()
    if figures:
        _start_metrics([*readers, *([_push_reader()] if pushed else [])])
    begin_counters()
    if spans or figures:
        _log.info("telemetry is on: spans %s, metrics %s", spans, figures)


def _asked_for(environment: Mapping[str, str], signal: str) -> bool:
    return bool(
        environment.get(_ENDPOINT) or environment.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    )


def _is_started(provider: Any) -> bool:
    """True for an SDK's provider; the API's stand-in for a missing one can't be shut down."""
    return hasattr(provider, "shutdown")


def _start_spans() -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=_resource())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def _start_metrics(readers: "Sequence[MetricReader]") -> None:
    from opentelemetry.sdk.metrics import MeterProvider

    metrics.set_meter_provider(MeterProvider(readers, _resource()))


def _push_reader() -> "MetricReader":
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    return PeriodicExportingMetricReader(OTLPMetricExporter())


def _resource() -> "Resource":
    """This process, as `opal` unless `OTEL_SERVICE_NAME` says otherwise."""
    from opentelemetry.sdk.resources import Resource

    named = Resource.create()
    unnamed = str(named.attributes.get("service.name", "")).startswith("unknown_service")
    return named.merge(Resource({"service.name": "opal"})) if unnamed else named
