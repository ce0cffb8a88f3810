"""The doctor finds each trouble, and says what to do about it."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from opal.cli.doctor.installation import check_installation, check_packages, check_python
from tests.cli.conftest import Opal
from tests.client.scripted_api import Scripted, ScriptedApi
from tests.conftest import free_port
from tests.opal.scripted_endpoint import ScriptedEndpoint

Examine = Callable[..., dict[str, Any]]
READY = {"status": "ready", "checks": {}}


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    scripted = ScriptedEndpoint()
    yield scripted
    scripted.close()


@pytest.fixture
def environment(environment: dict[str, str], endpoint: ScriptedEndpoint) -> dict[str, str]:
    """Settings of an app whose endpoint answers."""
    return environment | {"OPAL_ENDPOINT_URL": endpoint.url, "OPAL_ENDPOINT_KEY": "k"}


@pytest.fixture
def app_folder(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The current folder is the app's."""
    folder = tmp_path / "app"
    folder.mkdir()
    write_settings(folder, environment)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def examine(opal: Opal, app_folder: Path) -> Examine:
    """Runs the doctor; answers its findings by name, and checks the exit status against them."""

    def run(*arguments: str, **changes: str) -> dict[str, Any]:
        ran = opal("doctor", "--json", *arguments, **changes)
        found = {finding["name"]: finding for finding in ran.json}
        wrong = [f["name"] for f in ran.json if f["verdict"] == "wrong"]
        assert ran.status == (1 if wrong else 0)
        assert all(found[name]["advice"] for name in wrong)
        return found | {"wrong": wrong}

    return run


@pytest.fixture
def scripted() -> Iterator[Callable[..., str]]:
    """Serves answers; the address."""
    opened: list[ScriptedApi] = []

    def serve(*script: Scripted) -> str:
        opened.append(ScriptedApi(*script))
        return opened[-1].url

    yield serve
    for api in opened:
        api.close()


def write_settings(folder: Path, values: dict[str, str]) -> None:
    (folder / "local.settings.json").write_text(json.dumps({"Values": values}), "utf-8")


def test_nothing_is_wrong_where_all_is_well(examine: Examine) -> None:
    found = examine()
    assert found["wrong"] == []
    looked_at = {"python", "packages", "address", "api", "clock", "key", "settings", "store"}
    assert looked_at | {"blobs", "endpoint", "app's store", "app's blobs"} <= set(found)
    assert found["key"]["said"] == "valid for the tenant shop"


def test_it_reads_well(opal: Opal, app_folder: Path) -> None:
    ran = opal("doctor", OPAL_API_KEY="")
    assert ran.status == 1
    lines = ran.out.splitlines()
    at = lines.index("WRONG  key: there is none")
    assert lines[at + 1].startswith("       Set OPAL_API_KEY")


def test_an_api_that_is_not_there(examine: Examine) -> None:
    found = examine("--url", f"http://127.0.0.1:{free_port()}")
    assert found["wrong"] == ["api"]
    assert "make run" in found["api"]["advice"]


def test_something_else_at_the_address(examine: Examine, scripted: Callable[..., str]) -> None:
    found = examine("--url", scripted(Scripted(200, b"<html>Welcome</html>")))
    assert found["wrong"] == ["api"]
    assert "is not OPAL" in found["api"]["said"]


def test_a_key_that_is_unknown(examine: Examine) -> None:
    found = examine(OPAL_API_KEY="opal.shop.0123456789abcdef." + "s" * 43)
    assert found["wrong"] == ["key"]
    assert "keys create" in found["key"]["advice"]


def test_a_clock_that_is_wrong(examine: Examine, scripted: Callable[..., str]) -> None:
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    health = Scripted(200, {"status": "ok"}, {"Date": past})
    found = examine("--url", scripted(health, Scripted(200, READY), Scripted(200, {"jobs": []})))
    assert "clock" in found["wrong"]
    assert re.match(r"360\d s ahead of the server's", found["clock"]["said"])


def test_an_app_that_misses_something(examine: Examine, endpoint: ScriptedEndpoint) -> None:
    endpoint.says(500)
    found = examine()
    assert found["wrong"] == ["app's endpoint", "endpoint"]
    assert "OPAL_ENDPOINT_URL" in found["app's endpoint"]["advice"]


def test_an_app_that_is_too_ill_to_say_so(examine: Examine, scripted: Callable[..., str]) -> None:
    found = examine("--url", scripted(Scripted(200, {"status": "ok"}), Scripted(500)))
    assert "ready" in found["wrong"]


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("OPAL_STATE_PATH", "/nowhere/state.sqlite", "store"),
        (
            "OPAL_STORAGE",
            "BlobEndpoint=http://127.0.0.1:9/a;AccountName=a;AccountKey=a2V5",
            "blobs",
        ),
        ("OPAL_ENDPOINT_URL", "http://127.0.0.1:9/score", "endpoint"),
    ],
)
def test_a_setting_that_points_nowhere(
    examine: Examine,
    app_folder: Path,
    environment: dict[str, str],
    name: str,
    value: str,
    wrong: str,
) -> None:
    write_settings(app_folder, environment | {name: value})
    found = examine()
    assert found["wrong"] == [wrong]
    assert name in found[wrong]["advice"]


def test_settings_that_are_missing(examine: Examine, app_folder: Path) -> None:
    write_settings(app_folder, {})
    found = examine()
    assert found["wrong"] == ["settings"]
    assert "OPAL_STATE_PATH: required" in found["settings"]["said"]


def test_settings_that_are_no_settings(examine: Examine, app_folder: Path) -> None:
    (app_folder / "local.settings.json").write_text("{", "utf-8")
    assert examine()["wrong"] == ["settings"]


def test_a_machine_that_only_submits_needs_no_settings(examine: Examine, app_folder: Path) -> None:
    (app_folder / "local.settings.json").unlink()
    found = examine()
    assert found["wrong"] == []
    assert found["settings"]["verdict"] == "skipped"


def test_a_key_file_that_others_can_read(examine: Examine, tmp_path: Path) -> None:
    file = tmp_path / "api-key"
    file.touch(0o644)
    found = examine(OPAL_LOCAL_DIR=str(tmp_path))
    assert found["wrong"] == ["key file"]
    assert found["key file"]["advice"] == f"chmod 600 {file}"
    file.chmod(0o600)
    assert examine(OPAL_LOCAL_DIR=str(tmp_path))["wrong"] == []


def test_a_key_that_travels_in_the_clear(examine: Examine) -> None:
    found = examine("--url", "http://opal.invalid:1")
    assert found["wrong"] == ["address", "api"]
    assert "https" in found["address"]["advice"]


def test_another_python() -> None:
    assert check_python((3, 11)).verdict == "ok"
    finding = check_python((3, 13))
    assert (finding.verdict, finding.said) == ("wrong", "this is 3.13, not 3.11")


def test_packages_that_are_missing_or_of_another_version() -> None:
    pins = {"requests": requests.__version__, "pydantic": "1.0", "not-installed-at-all": "1.0"}
    finding = check_packages(pins)
    assert finding.verdict == "wrong"
    assert "requests" not in finding.said
    assert "pydantic" in finding.said
    assert "not-installed-at-all missing, not 1.0" in finding.said
    assert "pip install -r requirements.txt" in finding.advice


def test_an_installation_without_requirement_files(tmp_path: Path) -> None:
    assert [f.verdict for f in check_installation(tmp_path)] == ["ok", "skipped"]
