"""What is counted and timed. Without a configured exporter all of it does nothing.

Times are seconds. The names are those that a Prometheus scrape shows, too, where a counter
whose name has no `_total` gets one.
"""

from opentelemetry import metrics

from opal.telemetry import labels
from opal.telemetry.standing import Standing

_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 230)
_LONG = (5, 10, 20, 30, 45, 60, 90, 120, 300, 600, 1800, 3600, 14400, 86400)

_meter = metrics.get_meter("opal")
_items = _meter.create_counter(
    "opal_items_total", description="Items that came to an end, each time that one does."
)
_failures = _meter.create_counter(
    "opal_item_failures_total", description="Items that failed, by why."
)
_jobs_created = _meter.create_counter("opal_jobs_created_total", description="Jobs made.")
_given_up = _meter.create_counter(
    "opal_given_up_total", description="What was tried as often as it is, and is left as it is."
)
_sweeps = _meter.create_counter("opal_sweeps_total", description="Runs of the sweeper.")
_oldest_waiting = Standing()
_meter.create_observable_gauge(
    "opal_oldest_waiting_seconds",
    [_oldest_waiting.observe],
    "s",
    "How long the oldest item that is queued or processing has waited; 0 when there is none.",
)
_dead_letters = Standing()
_meter.create_observable_gauge(
    "opal_dead_letters",
    [_dead_letters.observe],
    description="Events that never arrived, up to the number that is counted.",
)
_stages = _meter.create_histogram(
    "opal_stage_seconds", "s", "Runs of an activity.", explicit_bucket_boundaries_advisory=_FAST
)
_jobs = _meter.create_histogram(
    "opal_job_latency_seconds",
    "s",
    "From a job's creation to its end.",
    explicit_bucket_boundaries_advisory=_LONG,
)
_endpoint_calls = _meter.create_counter(
    "opal_endpoint_calls_total", description="Calls of the model endpoint."
)
_store_units = _meter.create_counter(
    "opal_store_request_units", description="What the state store charged, in request units."
)
_webhooks = _meter.create_counter(
    "opal_webhook_attempts_total", description="Attempts to deliver a webhook."
)
_requests = _meter.create_histogram(
    "opal_http_request_seconds",
    "s",
    "HTTP requests to the API.",
    explicit_bucket_boundaries_advisory=_FAST,
)


def record_item(status: str, number: int = 1) -> None:
    """Items came to an end; call it after the write that made it so, once for each write."""
    _items.add(number, {"status": labels.ITEM_STATUS(status)})


def record_failure(code: str, cause: str, number: int = 1) -> None:
    """Items failed with a code; call it where `record_item` is called."""
    attributes = {"code": labels.FAILURE_CODE(code), "cause": labels.CAUSE(cause)}
    _failures.add(number, attributes)


def record_job_created() -> None:
    """A job was made."""
    _jobs_created.add(1)


def record_given_up(kind: str) -> None:
    """An item was restarted as often as it is, or a webhook tried; nobody tries it again."""
    _given_up.add(1, {"kind": labels.GIVEN_UP(kind)})


def record_sweep(outcome: str) -> None:
    """The sweeper ran."""
    _sweeps.add(1, {"outcome": labels.SWEEP_OUTCOME(outcome)})


def set_oldest_waiting(seconds: float) -> None:
    """The sweeper found out how long the oldest item has waited."""
    _oldest_waiting.set(max(0.0, seconds))


def set_dead_letters(number: int) -> None:
    """The sweeper counted the events that never arrived."""
    _dead_letters.set(number)


def begin_counters() -> None:
    """Show at nought what alerts watch: a counter that first shows at 1 has not risen.

    Only a few series: each is exported from the start, whether anything happens or not. Codes of
    failures stand in for each other, since a sum over them rises with the first of any.
    """
    _jobs_created.add(0)
    for status in labels.ITEM_STATUS:
        record_item(status, 0)
    for cause in labels.CAUSE:
        record_failure(labels.OTHER, cause, 0)
    for kind in labels.GIVEN_UP:
        _given_up.add(0, {"kind": kind})
    for outcome in labels.SWEEP_OUTCOME:
        _sweeps.add(0, {"outcome": outcome})
    for task in ("segment", "place", "upscale"):
        for outcome in ("done", "unavailable", "timeout"):
            _endpoint_calls.add(0, {"task": task, "outcome": outcome})


def record_job(status: str, seconds: float) -> None:
    """A job came to an end, so long after it was created."""
    _jobs.record(max(0.0, seconds), {"status": labels.JOB_STATUS(status)})


def record_stage(stage: str, outcome: str, seconds: float) -> None:
    """An activity ran."""
    attributes = {"stage": labels.STAGE(stage), "outcome": labels.STAGE_OUTCOME(outcome)}
    _stages.record(seconds, attributes)


def record_endpoint_call(task: str, outcome: str) -> None:
    """The model endpoint was called."""
    _endpoint_calls.add(1, {"task": labels.TASK(task), "outcome": labels.CALL_OUTCOME(outcome)})


def record_request_units(operation: str, units: float) -> None:
    """The state store charged for an operation."""
    _store_units.add(max(0.0, units), {"operation": labels.STORE_OPERATION(operation)})


def record_webhook(outcome: str) -> None:
    """A webhook was tried."""
    _webhooks.add(1, {"outcome": labels.WEBHOOK_OUTCOME(outcome)})


def record_request(route: str, method: str, status: int, seconds: float) -> None:
    """The API answered a request; `route` is the path's template."""
    attributes = {
        "route": labels.ROUTE(route),
        "method": labels.METHOD(method),
        "status": labels.HTTP_STATUS(status),
    }
    _requests.record(seconds, attributes)
