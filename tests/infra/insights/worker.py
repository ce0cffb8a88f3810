"""What the Functions worker does around the app, as far as telemetry sees it.

Before the app is loaded it has Azure Monitor's distribution set up exporters of spans, metrics and
logs (its instrumentations are off by a setting), and attaches a log handler to the root logger.
Before each invocation it makes the context current that the host sent along.
"""

import inspect
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from azure.monitor.opentelemetry.exporter import (
    AzureMonitorLogExporter,
    AzureMonitorMetricExporter,
    AzureMonitorTraceExporter,
)
from opentelemetry import context, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_INVOKED = {"httpTrigger", "activityTrigger", "blobTrigger", "timerTrigger"}
_propagator = TraceContextTextMapPropagator()


def start(connection_string: str) -> Callable[[], None]:
    """Set telemetry up, once for a process; call the answer to send what is left."""
    # Else the exporters tell Microsoft about themselves.
    os.environ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL"] = "true"
    os.environ["APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED"] = "true"
    os.environ["APPLICATIONINSIGHTS_SDKSTATS_DISABLED"] = "true"
    to = {"connection_string": connection_string, "disable_offline_storage": True}
    resource = Resource.create({"service.name": "opal"})
    spans = TracerProvider(resource=resource)
    spans.add_span_processor(BatchSpanProcessor(AzureMonitorTraceExporter(**to)))
    trace.set_tracer_provider(spans)
    reader = PeriodicExportingMetricReader(AzureMonitorMetricExporter(**to))
    figures = MeterProvider([reader], resource)
    metrics.set_meter_provider(figures)
    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(SimpleLogRecordProcessor(AzureMonitorLogExporter(**to)))
    logging.getLogger().addHandler(LoggingHandler(logger_provider=logs))

    def finish() -> None:
        for provider in (spans, figures, logs):
            provider.force_flush()

    return finish


def hosted(app: Any) -> Any:
    """The app, with each of its functions called in the host's context."""
    functions = app.get_functions()
    for function in functions:
        if function.get_trigger().type in _INVOKED:
            function._func = _in_hosts_context(function._func)
    app.get_functions = lambda: functions
    return app


def _in_hosts_context(call: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(call):

        @wraps(call)
        async def answered(**arguments: Any) -> Any:
            with _hosts_context(arguments):
                return await call(**arguments)

        return answered

    @wraps(call)
    def done(**arguments: Any) -> Any:
        with _hosts_context(arguments):
            return call(**arguments)

    return done


@contextmanager
def _hosts_context(arguments: dict[str, Any]) -> Iterator[None]:
    """The host goes on in the caller's trace; without a caller it begins one of its own."""
    given = f"00-{secrets.token_hex(16)}-"
    for value in arguments.values():
        given = getattr(value, "headers", {}).get("traceparent", given)[:36]
    here = _propagator.extract({"traceparent": f"{given}{secrets.token_hex(8)}-01"})
    token = context.attach(here)
    try:
        yield
    finally:
        context.detach(token)
