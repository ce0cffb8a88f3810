"""Readiness names each dependency that does not answer, and does not fail itself."""

import json
import sqlite3
from contextlib import closing

import azure.functions as func
import pytest

from opal.documents.readiness import Readiness
from opal.inference import get_inference
from opal.readiness import check_readiness
from opal.settings import get_settings
from opal.state import get_store
from triggers import http_system

pytestmark = pytest.mark.usefixtures("app")


def ok(report: Readiness) -> dict[str, bool]:
    return {name: check.ok for name, check in report.checks.items()}


def test_everything_that_answers_is_ready():
    report = check_readiness("trace")
    assert report.status == "ready"
    assert ok(report) == {"store": True, "blobs": True, "endpoint": True}
    assert all(check.ms >= 0 and check.code is None for check in report.checks.values())


@pytest.mark.parametrize(
    ("status", "code"),
    [(503, "endpoint_unavailable"), (429, "endpoint_busy"), (401, "endpoint_refused")],
)
def test_an_endpoint_that_fails_is_named_with_its_code(endpoint, status, code):
    endpoint.says(status)
    report = check_readiness("trace")
    assert report.status == "unready"
    assert ok(report) == {"store": True, "blobs": True, "endpoint": False}
    assert report.checks["endpoint"].code == code


def test_a_store_that_fails_is_named_with_its_code():
    get_store().ping()
    with closing(sqlite3.connect(get_settings().state_path)) as file:
        file.execute("DROP TABLE documents")
    report = check_readiness("trace")
    assert report.status == "unready"
    assert report.checks["store"].code == "dependency_unavailable"


def test_missing_settings_make_everything_unready_and_are_not_told(monkeypatch):
    monkeypatch.setenv("OPAL_ENDPOINT_URL", "not a url, hunter2")
    get_settings.cache_clear()
    get_inference.cache_clear()
    report = check_readiness("trace")
    assert report.checks["endpoint"].code == "internal_error"
    assert "hunter2" not in report.model_dump_json()


@pytest.mark.parametrize(("status", "answered"), [(200, 200), (503, 503)])
def test_the_route_answers_by_its_status_with_the_trace_id(endpoint, status, answered):
    endpoint.says(status, {"message": "pong"})
    builders = {b._function.get_function_name(): b for b in http_system.bp._function_builders}
    readyz = builders["readyz"]._function.get_user_function()
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    request = func.HttpRequest(
        method="GET", url="http://127.0.0.1/readyz", headers={"X-Trace-Id": trace_id}, body=b""
    )
    answer = readyz(request)
    assert answer.status_code == answered
    assert (json.loads(answer.get_body())["status"] == "ready") == (answered == 200)
    assert answer.headers["X-Trace-Id"] == trace_id
    assert endpoint.requests[0]["trace_id"] == trace_id
