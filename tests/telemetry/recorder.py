"""OpenTelemetry's own SDK with exporters that keep what they get, for this test process."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

Series = dict[tuple[str, ...], float]


class Recorder:
    """What was recorded; a process can be given its SDK only once, so there is one of these."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._spans))
        trace.set_tracer_provider(provider)
        self._reader = InMemoryMetricReader()
        metrics.set_meter_provider(MeterProvider([self._reader]))

    def clear(self) -> None:
        """Forget the spans so far."""
        self._spans.clear()

    @property
    def spans(self) -> list[ReadableSpan]:
        """The spans that have ended, in that order."""
        return list(self._spans.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        """The only span of that name."""
        [found] = [span for span in self.spans if span.name == name]
        return found

    @contextmanager
    def counting(self) -> Iterator["Counted"]:
        """What is counted inside."""
        counted = Counted(self._figures())
        yield counted
        counted.after = self._figures()

    def _figures(self) -> dict[str, Series]:
        found: dict[str, Series] = {}
        data = self._reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    found[metric.name] = {
                        _labels(point.attributes): _figure(point)
                        for point in metric.data.data_points
                    }
        return found


class Counted:
    """How often something was recorded between two moments, by the values of its labels, which
    stand in the order of their names."""

    def __init__(self, before: dict[str, Series]) -> None:
        self.before = before
        self.after: dict[str, Series] = {}

    def __call__(self, name: str) -> Series:
        before, after = self.before.get(name, {}), self.after.get(name, {})
        moved = {labels: number - before.get(labels, 0) for labels, number in after.items()}
        return {labels: number for labels, number in moved.items() if number}


def trace_id_of(span: ReadableSpan) -> str:
    """The span's trace id, as it is written."""
    return trace.format_trace_id(span.get_span_context().trace_id)


def _labels(attributes: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple(str(value) for _, value in sorted((attributes or {}).items()))


def _figure(point: Any) -> float:
    return float(point.value if hasattr(point, "value") else point.count)
