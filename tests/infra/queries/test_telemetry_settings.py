"""The settings of the function app that telemetry hangs on."""

import re

from tests.infra.queries.sources import ROOT, bicep

SETTINGS = dict(re.findall(r"^  (\w+): '([^']*)'$", bicep("settings"), re.M))


def test_the_host_and_the_worker_record_with_opentelemetry_and_the_apps_identity() -> None:
    assert '"telemetryMode": "OpenTelemetry"' in (ROOT / "host.json").read_text(encoding="utf-8")
    assert SETTINGS["PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"] == "true"
    signing_in = SETTINGS["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]
    assert signing_in == "Authorization=AAD;ClientId=${appClientId}"
    assert "disableLocalAuth: true" in bicep("monitor")


def test_the_setting_that_breaks_the_worker_is_not_there() -> None:
    """Its worker then fails every invocation, or needs the one above all the same."""
    assert "PYTHON_ENABLE_OPENTELEMETRY" not in bicep("settings")


def test_every_span_is_kept_and_no_call_is_recorded_twice() -> None:
    assert SETTINGS["OTEL_TRACES_SAMPLER"] == "microsoft.fixed_percentage"
    assert SETTINGS["OTEL_TRACES_SAMPLER_ARG"] == "1.0"
    off = set(SETTINGS["OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"].split(","))
    assert off >= {"azure_sdk", "requests", "urllib", "urllib3"}
