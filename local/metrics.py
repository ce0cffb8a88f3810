"""The host's metrics, as Prometheus scrapes them: loopback only, as the host itself."""

from aiohttp import web
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

PATH = "/metrics"


def metric_reader() -> PrometheusMetricReader:
    """What `/metrics` reads from; one for each process."""
    return PrometheusMetricReader(scope_info_enabled=False)


def add_metrics(router: web.UrlDispatcher) -> None:
    """Serve the app's metrics and those of the process: memory, processor time, open files."""

    async def scrape(_: web.Request) -> web.Response:
        text = generate_latest(REGISTRY)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    router.add_get(PATH, scrape)
