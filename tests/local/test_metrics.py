"""`/metrics` as Prometheus scrapes it, of a host process of its own."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fresh_process import printed_by

SCRAPED = """
import asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from local.metrics import add_metrics, metric_reader
from opal.telemetry import start_telemetry
start_telemetry({}, [metric_reader()])
import function_app
from opal.telemetry import metrics, observe_activity
with observe_activity("inspect_photo", {}):
    pass
metrics.record_item("completed", 2)
metrics.record_item("my summer photo.jpg")
metrics.record_job("partial", 42.0)
metrics.record_request_units("read", 2.5)
metrics.set_oldest_waiting(12.5)

async def scrape():
    site = web.Application()
    add_metrics(site.router)
    async with TestClient(TestServer(site)) as client:
        answer = await client.get("/metrics")
        assert answer.status == 200
        print(answer.headers["Content-Type"])
        print(await answer.text())

asyncio.run(scrape())
"""


@pytest.fixture(scope="module")
def scraped() -> list[str]:
    """The content type, and then the lines."""
    return printed_by(SCRAPED).splitlines()


def figures(scraped: list[str]) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families("\n".join(scraped[1:]))
    samples = [sample for family in families for sample in family.samples]
    return {(s.name, tuple(v for _, v in sorted(s.labels.items()))): s.value for s in samples}


def test_the_answer_is_prometheus_text(scraped: list[str]) -> None:
    assert scraped[0].startswith("text/plain; version=")
    assert figures(scraped)


def test_metrics_have_the_names_that_are_documented(scraped: list[str]) -> None:
    found = figures(scraped)
    assert found["opal_items_total", ("completed",)] == 2
    assert found["opal_items_total", ("other",)] == 1
    assert found["opal_stage_seconds_count", ("done", "inspect_photo")] == 1
    assert found["opal_job_latency_seconds_sum", ("partial",)] == 42
    assert found["opal_store_request_units_total", ("read",)] == 2.5


def test_what_alerts_watch_is_there_before_anything_has_happened(scraped: list[str]) -> None:
    """A counter that first shows at 1 has not risen, and an alert would miss it."""
    found = figures(scraped)
    assert found["opal_items_total", ("canceled",)] == 0
    assert found["opal_item_failures_total", ("service", "other")] == 0
    assert found["opal_given_up_total", ("webhook",)] == 0
    assert found["opal_sweeps_total", ("failed",)] == 0
    assert found["opal_jobs_created_total", ()] == 0


def test_a_figure_of_the_sweeper_is_there_once_it_was_found_out(scraped: list[str]) -> None:
    found = figures(scraped)
    assert found["opal_oldest_waiting_seconds", ()] == 12.5
    assert ("opal_dead_letters", ()) not in found


def test_the_process_itself_is_measured_too(scraped: list[str]) -> None:
    assert figures(scraped)["process_resident_memory_bytes", ()] > 0
