"""What an operator does with the store: keys and credits."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opal.cli.operator import app_environment
from opal.errors import KeyInvalid
from opal.keys import Role, authenticate
from opal.settings import load_settings
from opal.state import StateStore, open_store
from tests.cli.conftest import Opal


@pytest.fixture
def app_folder(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The current folder is the app's, with its settings."""
    folder = tmp_path / "app"
    folder.mkdir()
    text = json.dumps({"IsEncrypted": False, "Values": environment})
    (folder / "local.settings.json").write_text(text, "utf-8")
    monkeypatch.chdir(folder)
    return folder  # type: ignore[return-value]


@pytest.fixture
def store(environment: dict[str, str]) -> Iterator[StateStore]:
    opened = open_store(load_settings(environment))
    yield opened
    opened.close()


@pytest.mark.usefixtures("app_folder")
def test_a_key_works_from_its_making_to_its_end(opal: Opal, store: StateStore) -> None:
    made = opal("keys", "create", "--tenant", "toys", "--role", "read", "--name", "till")
    text = made.out.strip()
    caller = authenticate(store, text)
    assert (caller.tenant_id, caller.role) == ("toys", Role.READ)
    assert opal("status", OPAL_API_KEY=text).status == 0
    [listed] = opal("keys", "list", "--tenant", "toys", "--json").json
    assert (listed["name"], listed["role"], listed["revoked_at"]) == ("till", "read", None)
    assert opal("keys", "revoke", caller.key_id, "--tenant", "toys").status == 0
    with pytest.raises(KeyInvalid):
        authenticate(store, text)
    assert opal("keys", "list", "--tenant", "toys", "--json").json[0]["revoked_at"]
    refused = opal("status", OPAL_API_KEY=text)
    assert refused.status == 1
    assert "code key_invalid" in refused.err


@pytest.mark.usefixtures("app_folder")
def test_a_key_is_shown_once_and_its_secret_never_again(opal: Opal) -> None:
    made = opal("keys", "create", "--tenant", "toys")
    secret = made.out.strip().rsplit(".", 1)[-1]
    assert secret not in made.err
    listed = opal("keys", "list", "--tenant", "toys")
    assert secret not in listed.out + listed.err
    assert "sha256" not in opal("keys", "list", "--tenant", "toys", "--json").out


@pytest.mark.usefixtures("app_folder")
def test_what_is_no_tenant_or_no_key_is_refused(opal: Opal) -> None:
    assert "code tenant_invalid" in opal("keys", "create", "--tenant", "No Tenant").err
    assert "code key_missing" in opal("keys", "revoke", "0" * 16, "--tenant", "toys").err
    assert opal("keys", "create", "--tenant", "toys", "--role", "king").status == 2


@pytest.mark.usefixtures("app_folder")
def test_what_belongs_to_nobody_has_keys_too(opal: Opal, store: StateStore) -> None:
    made = opal("keys", "create", "--tenant", "_unassigned")
    caller = authenticate(store, made.out.strip())
    assert opal("keys", "revoke", caller.key_id, "--tenant", caller.tenant_id).status == 0
    assert opal("keys", "list", "--tenant", "_unassigned", "--json").json[0]["revoked_at"]


@pytest.mark.usefixtures("app_folder")
def test_a_grant_is_entered_once_under_its_ref(opal: Opal) -> None:
    grant = ("credits", "grant", "--tenant", "toys", "--ref", "welcome", "--reason", "Hello")
    assert opal(*grant, "--amount", 100).out == "+100 credits; toys has 100 now.\n"
    assert opal(*grant, "--amount", 100).out == "+100 credits; toys has 100 now.\n"
    assert "code grant_ref_reused" in opal(*grant, "--amount", 5).err
    back = opal("credits", "grant", "--tenant", "toys", "--ref", "x", "--amount", "-30", "--json")
    assert back.json["balance"]["available"] == 70
    assert back.json["entry"]["reason"] == "grant"


def test_without_settings_all_that_is_missing_is_named(
    opal: Opal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = opal("keys", "list", "--tenant", "toys")
    assert ran.status == 2
    assert "OPAL_STATE_PATH: required" in ran.err
    assert "OPAL_ENDPOINT_URL" in ran.err


def test_a_store_that_is_not_there_is_not_made(
    opal: Opal, app_folder: Path, environment: dict[str, str]
) -> None:
    values = environment | {"OPAL_STATE_PATH": "state.sqlite"}
    (app_folder / "local.settings.json").write_text(json.dumps({"Values": values}), "utf-8")
    ran = opal("keys", "create", "--tenant", "toys")
    assert (ran.status, ran.out) == (2, "")
    assert "There is no state.sqlite" in ran.err
    assert not (app_folder / "state.sqlite").exists()


def test_the_environment_stands_over_the_file(app_folder: Path) -> None:
    found = app_environment(app_folder, {"OPAL_STATE_PATH": "elsewhere.sqlite"})
    assert found["OPAL_STATE_PATH"] == "elsewhere.sqlite"
    assert found["OPAL_ENDPOINT_URL"] == "http://127.0.0.1:9/score"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"Values": 3}'])
def test_a_file_that_is_none_of_settings_is_told(opal: Opal, app_folder: Path, text: str) -> None:
    (app_folder / "local.settings.json").write_text(text, "utf-8")
    ran = opal("keys", "list", "--tenant", "toys")
    assert ran.status == 2
    assert "is not a settings file" in ran.err
