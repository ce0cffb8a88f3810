"""Settings: complete or refused, with everything that is wrong named at once."""

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from opal.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[2]
ALIASES = {field.alias for field in Settings.model_fields.values()}
LEAST = {
    "OPAL_STORAGE": "UseDevelopmentStorage=true",
    "OPAL_STATE_PATH": "state.sqlite",
    "OPAL_ENDPOINT_URL": "http://127.0.0.1:5001/score",
}


def complaint_about(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environment)
    return str(caught.value)


def test_the_least_that_is_needed_is_enough():
    settings = load_settings(LEAST)
    assert settings.state_path == "state.sqlite"
    assert settings.endpoint_key is None


def test_all_missing_names_are_told_at_once():
    complaint = complaint_about({})
    for name in ("OPAL_STORAGE", "OPAL_STORAGE__blobServiceUri", "OPAL_STATE_PATH"):
        assert name in complaint
    assert "OPAL_ENDPOINT_URL" in complaint


def test_an_empty_value_is_a_missing_one():
    assert "OPAL_STATE_PATH" in complaint_about({**LEAST, "OPAL_STATE_PATH": ""})


def test_wrong_values_are_told_together_with_missing_names():
    complaint = complaint_about({"OPAL_LEASE": "soon", "OPAL_RETRY_ATTEMPTS": "0"})
    for name in ("OPAL_LEASE", "OPAL_RETRY_ATTEMPTS", "OPAL_STORAGE", "OPAL_STATE_PATH"):
        assert name in complaint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPAL_ENDPOINT_URL", "ftp://x"),
        ("OPAL_ENDPOINT_TIMEOUT", "0"),
        ("OPAL_SAS_LIFETIME", "604801"),
        ("OPAL_SAS_LIFETIME", "59"),
        ("OPAL_RETRY_ATTEMPTS", "51"),
        ("OPAL_MAX_RESTARTS", "-1"),
        ("OPAL_LEASE", "nan"),
        ("OPAL_MAX_PHOTO_BYTES", "1.5"),
        ("OPAL_MONTH_BUDGET", "-1"),
        ("OPAL_BILLING_ENABLED", "perhaps"),
        ("OPAL_MOLLIE_API_KEY", "no-such-key"),
        ("OPAL_PUBLIC_URL", "opal.example"),
        ("OPAL_SECRET_KEYS", "too-short"),
        ("OPAL_SECRET_KEYS", f"{'A' * 43}=,"),
        ("OPAL_STATE", "mongo"),
        ("OPAL_COSMOS_ENDPOINT", "opal.documents.azure.com"),
        ("OPAL_COSMOS_TIMEOUT", "0"),
        ("OPAL_COSMOS_RETRIES", "0"),
        ("OPAL_COSMOS_RETRY_WAIT", "0"),
    ],
)
def test_a_value_out_of_its_range_is_refused_by_name(name, value):
    assert name in complaint_about({**LEAST, name: value})


def test_a_complaint_does_not_repeat_the_value():
    """A secret in the wrong place must not reach the log."""
    assert "hunter2" not in complaint_about({**LEAST, "OPAL_ENDPOINT_URL": "hunter2"})


def test_an_accounts_address_is_as_good_as_a_connection_string():
    rest = {name: value for name, value in LEAST.items() if name != "OPAL_STORAGE"}
    address = "https://photos.blob.core.windows.net"
    assert load_settings({**rest, "OPAL_STORAGE__blobServiceUri": address}).storage_uri == address


def test_state_in_cosmos_needs_its_endpoint_and_no_path():
    rest = {name: value for name, value in LEAST.items() if name != "OPAL_STATE_PATH"}
    cosmos = {**rest, "OPAL_STATE": "cosmos"}
    complaint = complaint_about(cosmos)
    assert "OPAL_COSMOS_ENDPOINT: required" in complaint
    assert "OPAL_STATE_PATH" not in complaint
    endpoint = "https://opal.documents.azure.com:443/"
    settings = load_settings({**cosmos, "OPAL_COSMOS_ENDPOINT": endpoint})
    assert (settings.cosmos_endpoint, settings.cosmos_key) == (endpoint, None)
    assert settings.cosmos_database == "opal"


def test_a_missing_endpoint_of_cosmos_is_told_with_all_else():
    complaint = complaint_about({"OPAL_STATE": "cosmos", "OPAL_COSMOS_RETRIES": "many"})
    for name in ("OPAL_COSMOS_ENDPOINT", "OPAL_COSMOS_RETRIES", "OPAL_STORAGE"):
        assert name in complaint


def test_secrets_do_not_show_where_settings_are_printed():
    given = {"OPAL_STORAGE": "AccountKey=hunter2", "OPAL_MOLLIE_API_KEY": "live_hunter2"}
    keys = {"OPAL_ENDPOINT_KEY": "hunter2", "OPAL_COSMOS_KEY": "hunter2"}
    assert "hunter2" not in repr(load_settings({**LEAST, **given, **keys}))


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        load_settings(LEAST).lease_s = 1.0


def test_the_retry_policy_is_made_of_the_settings():
    retry = load_settings({**LEAST, "OPAL_RETRY_ATTEMPTS": "3", "OPAL_RETRY_CAP": "9"}).retry
    assert (retry.attempts, retry.first_s, retry.cap_s) == (3, 2.0, 9.0)


def example_values() -> dict[str, str]:
    values: dict[str, str] = json.loads((ROOT / "local.settings.json.example").read_text())[
        "Values"
    ]
    return values


def names_in_triggers() -> set[str]:
    """Settings that bindings name, as `%OPAL_…%`."""
    text = "".join(path.read_text() for path in (ROOT / "triggers").glob("*.py"))
    return set(re.findall(r"%(OPAL_\w+)%", text))


def test_the_example_holds_only_settings_that_exist():
    named = {name for name in example_values() if name.startswith("OPAL_")}
    assert named <= ALIASES | names_in_triggers()


def test_the_example_holds_every_setting_that_has_no_default():
    required = {f.alias for f in Settings.model_fields.values() if f.is_required()}
    needed = required | {"OPAL_STORAGE", "OPAL_STATE_PATH"} | names_in_triggers()
    assert needed <= set(example_values())


def test_the_example_loads():
    settings = load_settings(example_values())
    assert settings.endpoint_url.endswith("/score")


def test_every_setting_is_named_for_the_app():
    assert all(alias is not None and alias.startswith("OPAL_") for alias in ALIASES)
