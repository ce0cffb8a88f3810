"""The settings of the host and of the stack."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from local.config import ROOT, ConfigError, StackConfig, app_environment, read_config
from local.host import HostConfig

ACTIVITIES = "extensions.durableTask.maxConcurrentActivityFunctions"


@pytest.fixture
def host_json(tmp_path: Path) -> Path:
    path = tmp_path / "host.json"
    path.write_text('{"version": "2.0", "extensions": {"durableTask": {"hubName": "opal"}}}')
    return path


@pytest.fixture
def stack(tmp_path: Path) -> StackConfig:
    return StackConfig(host_port=7071, blob_port=10000, endpoint_port=5001, folder=tmp_path)


def test_a_value_of_host_json_is_found_by_its_path(host_json: Path) -> None:
    config = HostConfig(host_json, {})
    assert config.get("extensions.durableTask.hubName", "other") == "opal"


@pytest.mark.parametrize("path", [ACTIVITIES, "nothing.at.all", "version.deeper"])
def test_a_value_that_host_json_lacks_is_the_default(host_json: Path, path: str) -> None:
    assert HostConfig(host_json, {}).get(path, "default") == "default"


def test_a_setting_of_the_environment_goes_over_host_json(host_json: Path) -> None:
    environment = {
        "AzureFunctionsJobHost__extensions__durableTask__hubName": "mine",
        "AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions": "9",
        "AzureFunctionsJobHost__logging__logLevel__default": "Debug",
        "SOMETHING__else": "x",
    }
    config = HostConfig(host_json, environment)
    assert config.get("extensions.durableTask.hubName", None) == "mine"
    assert int(config.get(ACTIVITIES, 4)) == 9
    assert config.get("logging.logLevel.default", None) == "Debug"


def test_the_stacks_defaults_are_those_of_azures_own_tools() -> None:
    config = read_config({})
    assert (config.host_port, config.blob_port, config.endpoint_port) == (7071, 10000, 5001)
    assert config.folder == ROOT / ".local"


def test_ports_and_folder_can_be_chosen(tmp_path: Path) -> None:
    config = read_config(
        {
            "OPAL_HOST_PORT": "8071",
            "OPAL_BLOB_PORT": "11000",
            "OPAL_ENDPOINT_PORT": "6001",
            "OPAL_LOCAL_DIR": str(tmp_path / "mine"),
        }
    )
    assert config.host_url == "http://127.0.0.1:8071"
    assert "BlobEndpoint=http://127.0.0.1:11000/" in config.storage_connection
    assert config.endpoint_url == "http://127.0.0.1:6001/score"
    assert config.folder == tmp_path / "mine"


@pytest.mark.parametrize("name", ["OPAL_HOST_PORT", "OPAL_BLOB_PORT", "OPAL_ENDPOINT_PORT"])
@pytest.mark.parametrize("value", ["", "abc", "-1", "0", "65536", "80.5", " 80", "²"])
def test_a_wrong_port_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config({name: value})
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


def test_the_app_is_told_where_the_stack_is(stack: StackConfig) -> None:
    environment = app_environment(stack, {})
    assert environment["OPAL_STORAGE"] == stack.storage_connection
    assert environment["OPAL_ENDPOINT_URL"] == stack.endpoint_url
    assert environment["OPAL_STATE_PATH"] == str(stack.folder / "state.sqlite")


def test_what_is_set_outside_goes_over_the_settings_file(stack: StackConfig) -> None:
    outside = {"OPAL_LEASE": "7", "OPAL_ENDPOINT_URL": "http://127.0.0.1:1/score", "HOME": "/"}
    assert outside.items() <= app_environment(stack, outside).items()


def test_another_model_is_another_revision_of_the_stages(stack: StackConfig) -> None:
    usual = app_environment(stack, {})["OPAL_MODELS_REVISION"]
    other = app_environment(stack, {"OPAL_SEGMENT_MODEL": "u2net"})["OPAL_MODELS_REVISION"]
    assert other != usual
    set_by_hand = {"OPAL_SEGMENT_MODEL": "u2net", "OPAL_MODELS_REVISION": "7"}
    assert app_environment(stack, set_by_hand)["OPAL_MODELS_REVISION"] == "7"


def test_scenes_from_prompts_are_offered_with_a_model_for_them_and_not_without(
    stack: StackConfig,
) -> None:
    assert "OPAL_PROMPT_SCENES" not in app_environment(stack, {})
    offered = app_environment(stack, {"OPAL_DIFFUSION_MODEL": "/models/sd15"})
    assert offered["OPAL_PROMPT_SCENES"] == "true"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with no settings file yet: the example, and the code that reads it."""
    (tmp_path / "local").mkdir()
    for name in ("local.settings.json.example", "local/__init__.py", "local/config.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def environment_in(checkout: Path) -> subprocess.CompletedProcess[str]:
    """What the app's environment is in that folder, as JSON on the standard output."""
    code = (
        "import json; from local.config import app_environment, read_config;"
        "print(json.dumps(app_environment(read_config({}), {})))"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, timeout=60
    )


def test_the_settings_file_is_made_from_the_example_with_a_fresh_key(checkout: Path) -> None:
    environment = json.loads(environment_in(checkout).stdout)
    example = json.loads((checkout / "local.settings.json.example").read_text())["Values"]
    made = checkout / "local.settings.json"
    assert environment.keys() == example.keys()
    assert example["OPAL_ENDPOINT_KEY"] == "generated-on-first-run"
    assert len(environment["OPAL_ENDPOINT_KEY"]) >= 32
    assert environment["OPAL_ENDPOINT_KEY"] != example["OPAL_ENDPOINT_KEY"]
    assert Fernet(environment["OPAL_SECRET_KEYS"])
    assert made.stat().st_mode & 0o777 == 0o600


def test_the_key_of_the_first_run_is_kept(checkout: Path) -> None:
    first, second = (json.loads(environment_in(checkout).stdout) for _ in range(2))
    assert first == second


def test_a_settings_file_that_is_no_json_is_named(checkout: Path) -> None:
    (checkout / "local.settings.json").write_text("{")
    failed = environment_in(checkout)
    assert "ConfigError: local.settings.json can't be read" in failed.stderr
