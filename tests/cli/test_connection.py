"""Which API is meant, with which key, and how its troubles are told."""

from argparse import Namespace
from pathlib import Path

import pytest

from opal.cli.connection import connection_of
from tests.cli.conftest import Opal, StartOpal
from tests.conftest import free_port

NOTHING = Namespace(url=None, key=None)


@pytest.fixture
def stack(tmp_path: Path) -> dict[str, str]:
    """The environment of a local stack that has a key."""
    (tmp_path / "api-key").write_text("local-key\n", "utf-8")
    return {"OPAL_LOCAL_DIR": str(tmp_path), "OPAL_HOST_PORT": "7171"}


def test_options_stand_over_the_environment(stack: dict[str, str]) -> None:
    outside = stack | {"OPAL_URL": "https://opal.example/", "OPAL_API_KEY": "outside"}
    assert connection_of(NOTHING, outside) == ("https://opal.example", "outside")
    given = Namespace(url="https://other.example", key="given")
    assert connection_of(given, outside) == ("https://other.example", "given")


def test_the_local_stack_is_meant_where_nothing_is_said(stack: dict[str, str]) -> None:
    assert connection_of(NOTHING, stack) == ("http://127.0.0.1:7171", "local-key")


def test_the_key_of_the_local_stack_is_sent_nowhere_else(stack: dict[str, str]) -> None:
    assert connection_of(NOTHING, stack | {"OPAL_URL": "https://opal.example"}).key == ""


def test_without_a_key_it_is_said_how_to_get_one(opal: Opal) -> None:
    ran = opal("status", OPAL_API_KEY="")
    assert ran.status == 2
    assert "set OPAL_API_KEY" in ran.err


def test_an_address_is_http(opal: Opal) -> None:
    ran = opal("status", "--url", "ftp://opal.example")
    assert (ran.status, ran.err) == (2, "error: ftp://opal.example is no http or https address.\n")


def test_a_wrong_key_is_told_with_code_and_trace_and_not_shown(opal: Opal) -> None:
    wrong = "opal.shop.0123456789abcdef." + "s" * 43
    ran = opal("status", "--key", wrong)
    assert ran.status == 1
    first, second = ran.err.splitlines()
    assert first == "error: A valid API key is needed, in X-API-Key or as a bearer token."
    assert second.startswith("  code key_invalid, trace ")
    assert "s" * 43 not in ran.out + ran.err


def test_a_service_that_does_not_answer_has_a_status_of_its_own(start_opal: StartOpal) -> None:
    process = start_opal("status", "--url", f"http://127.0.0.1:{free_port()}")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "does not answer" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_has_read_enough_is_no_error(start_opal: StartOpal, unbuffered: str) -> None:
    process = start_opal("status", "--json", PYTHONUNBUFFERED=unbuffered)
    assert process.stdout is not None
    process.stdout.close()
    process.wait(60)
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_a_command_is_needed(opal: Opal) -> None:
    assert opal().status == 2
    assert opal("--help").status == 0
    assert "Exit status" in opal("--help").out
