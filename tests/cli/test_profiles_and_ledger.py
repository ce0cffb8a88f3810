"""Brand profiles and credits on the command line."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from opal.credits.grants import grant
from opal.settings import get_settings
from opal.state import get_store
from tests.cli.conftest import Opal
from tests.client.conftest import TENANT


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a profile's file."""

    def write(**fields: object) -> Path:
        file = tmp_path / "profile.json"
        file.write_text(json.dumps(fields), "utf-8")
        return file

    return write


def test_a_profile_is_made_shown_changed_and_removed(opal: Opal, write: Any) -> None:
    made = opal("profiles", "set", write(id="spring", name="Spring", scenes=["white"]))
    assert (made.status, made.out) == (0, "spring\n")
    shown = opal("profiles", "show", "spring").json
    assert shown["scenes"] == ["white"]
    assert "tenant_id" not in shown
    opal("profiles", "set", write(**{**shown, "name": "Summer"}))
    assert opal("profiles", "show", "spring").json["name"] == "Summer"
    assert "spring  Summer  white" in opal("profiles", "list").out
    assert opal("profiles", "delete", "spring").status == 0
    assert opal("profiles", "list", "--json").json == []
    assert "code profile_missing" in opal("profiles", "show", "spring").err


def test_a_profile_without_an_id_gets_one_made_of_its_name(opal: Opal, write: Any) -> None:
    assert opal("profiles", "set", write(name="Große Töpfe")).out == "groe-topfe\n"
    again = opal("profiles", "set", write(name="Große Töpfe"))
    assert again.status == 1
    assert "code profile_exists" in again.err
    assert opal("profiles", "set", write(name="Copy"), "--id", "copy").out == "copy\n"


def test_a_wrong_profile_names_the_field(opal: Opal, write: Any, tmp_path: Path) -> None:
    ran = opal("profiles", "set", write(name="x", scenes=["moon"]))
    assert ran.status == 2
    assert ran.err.startswith("error: scenes.0")
    assert opal("profiles", "set", tmp_path / "nothing.json").status == 1
    assert opal("profiles", "set", write(name="x"), "--id", "No Id").err.startswith("error: id:")


def test_the_ledger_has_the_balance_and_the_newest_entries(opal: Opal) -> None:
    store, now = get_store(), datetime.now(UTC)
    for number in range(3):
        grant(store, get_settings(), TENANT, 100 + number, f"g{number}", "welcome", now)
    ran = opal("ledger", "--limit", 2)
    assert ran.out.startswith("303 credits, and 0 held")
    assert [line.split()[3] for line in ran.out.splitlines()[2:]] == ["+102", "+101"]
    document = opal("ledger", "--json").json
    assert document["balance"]["available"] == 303
    assert len(document["entries"]) == 3
