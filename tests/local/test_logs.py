"""The host's logs: their form and level are settings, and nothing goes past them."""

import io
import json
import logging
import sys
import threading
import warnings

import pytest

from local.config import ConfigError
from local.logs import configure_logs
from tests.telemetry.conftest import logging_as_it_was

__all__ = ["logging_as_it_was"]
pytestmark = pytest.mark.usefixtures("logging_as_it_was")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def configured(**environment: str) -> io.StringIO:
    stream = io.StringIO()
    configure_logs(environment, stream)
    return stream


def test_lines_are_for_eyes_unless_json_is_asked_for() -> None:
    stream = configured()
    logging.getLogger("opal.shelf").info("up")
    assert stream.getvalue().endswith("INFO opal.shelf [] up\n")


def test_lines_are_json_objects_where_that_is_asked_for() -> None:
    stream = configured(OPAL_LOG_FORMAT="json")
    logging.getLogger("opal.shelf").info("up")
    assert json.loads(stream.getvalue())["message"] == "up"


@pytest.mark.parametrize(("level", "seen"), [("DEBUG", True), ("INFO", False)])
def test_the_level_is_a_setting(level: str, seen: bool) -> None:
    stream = configured(OPAL_LOG_LEVEL=level)
    logging.getLogger("opal.shelf").debug("detail")
    assert ("detail" in stream.getvalue()) == seen


def test_libraries_are_quiet_at_every_level() -> None:
    stream = configured(OPAL_LOG_LEVEL="DEBUG")
    for name in ("azure.core", "urllib3.connectionpool", "local.durabletask"):
        logging.getLogger(name).info("chatter")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("name", ["OPAL_LOG_FORMAT", "OPAL_LOG_LEVEL"])
def test_a_wrong_setting_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        configured(**{name: "loud"})


def test_an_exception_that_ends_a_thread_is_logged_clean(capfd: pytest.CaptureFixture[str]) -> None:
    stream = configured()

    def fail() -> None:
        raise LookupError(SECRET)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "LookupError" in stream.getvalue()
    assert SECRET not in stream.getvalue() + "".join(capfd.readouterr())


def test_an_exception_that_ends_the_host_is_logged_clean() -> None:
    stream = configured()
    try:
        raise LookupError(SECRET)
    except LookupError as error:
        sys.excepthook(LookupError, error, error.__traceback__)
    assert "LookupError" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_a_warning_is_logged_clean() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        stream = configured()
        warnings.warn(f"do not use {SECRET}", stacklevel=1)
        logging.captureWarnings(False)
    assert "do not use" in stream.getvalue()
    assert SECRET not in stream.getvalue()
