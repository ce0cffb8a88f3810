"""Log records: whose work they are about, one JSON object a line, and no secrets in them."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opal.telemetry import JsonLines, SecretFilter, TextLines, TraceFilter, identify, traced
from opal.telemetry.logs import guard_logs
from opal.telemetry.redaction import REDACTED

TRACE = "0af7651916cd43dd8448eb211c80319c"
KEY = "opal.shop.0123456789abcdef." + "Zz9-" * 10 + "abc"
SECRET = KEY.rsplit(".", 1)[1]
IDS = {"tenant_id": "shop", "job_id": "autumn", "item_id": "chair-1f2e3d4c"}


def logger_to(handler: logging.Handler, name: str) -> logging.Logger:
    logger = logging.Logger(name, logging.DEBUG)
    logger.addHandler(handler)
    return logger


def logged(doing: Callable[[logging.Logger], Any], form: type[logging.Formatter]) -> str:
    """What a handler as the local host has it writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(TraceFilter())
    handler.addFilter(SecretFilter())
    handler.setFormatter(form())
    doing(logger_to(handler, "opal.shelf"))
    return stream.getvalue()


def line_of(doing: Callable[[logging.Logger], Any]) -> dict[str, Any]:
    [line] = logged(doing, JsonLines).splitlines()
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def raise_from(text: str) -> None:
    try:
        raise LookupError(f"first {text}")
    except LookupError as error:
        raise ValueError(f"then {text}") from error


def log_failure(logger: logging.Logger, text: str) -> None:
    try:
        raise_from(text)
    except ValueError:
        logger.exception("it failed")


# JSON lines.


@given(
    st.text(), st.text(), st.dictionaries(st.from_regex(r"x[a-z]{1,8}", fullmatch=True), st.text())
)
def test_whatever_is_logged_is_one_json_object_on_one_line(message, value, extra):
    line = line_of(lambda log: log.info("%s: %s", message, value, extra=extra))
    assert {"time", "level", "logger", "message"} <= set(line)
    assert (line["level"], line["logger"]) == ("INFO", "opal.shelf")


def test_a_line_names_the_work_that_it_is_about():
    with traced(TRACE, IDS):
        line = line_of(lambda log: log.info("%s took %.1f ms", "inspect_photo", 41.5))
    assert line["message"] == "inspect_photo took 41.5 ms"
    assert {name: line[name] for name in IDS} == IDS
    assert line["trace_id"] == TRACE


def test_whose_work_it_is_may_become_known_on_the_way():
    with traced(TRACE):
        identify(tenant_id="shop", job_id="autumn")
        line = line_of(lambda log: log.info("admitted"))
    assert (line["tenant_id"], line["job_id"]) == ("shop", "autumn")
    assert "item_id" not in line


def test_what_a_caller_says_of_the_work_stays():
    with traced(TRACE, IDS):
        line = line_of(lambda log: log.info("restarting", extra={"item_id": "table"}))
    assert line["item_id"] == "table"


def test_outside_of_any_work_a_line_names_none():
    assert not {"trace_id", *IDS} & set(line_of(lambda log: log.info("up")))


def test_extra_fields_are_fields_and_can_not_take_the_place_of_others():
    extra = {"level": "none", "attempt": 2, "where": ("a", 1)}
    line = line_of(lambda log: log.info("x", extra=extra))
    assert (line["level"], line["attempt"], line["where"]) == ("INFO", 2, "('a', 1)")


def test_an_exception_is_a_field_with_its_traceback():
    line = line_of(lambda log: log_failure(log, "chair"))
    assert line["message"] == "it failed"
    assert "LookupError: first chair" in line["exception"]
    assert "ValueError: then chair" in line["exception"]


def test_the_time_is_utc_with_milliseconds():
    assert line_of(lambda log: log.info("x"))["time"][19] == "."
    assert line_of(lambda log: log.info("x"))["time"].endswith("Z")


# Lines for eyes.


def test_a_line_for_eyes_names_the_work():
    with traced(TRACE, IDS):
        text = logged(lambda log: log.warning("slow"), TextLines)
    assert f"WARNING opal.shelf [{TRACE} shop/autumn/chair-1f2e3d4c] slow" in text


# Secrets.

WAYS: dict[str, Callable[[logging.Logger], Any]] = {
    "message": lambda log: log.info(f"the key {KEY} was used"),
    "value": lambda log: log.info("the key %s was used", KEY),
    "split between text and value": lambda log: log.info("opal.shop.0123456789abcdef.%s", SECRET),
    "named value": lambda log: log.info("the key %(key)s was used", {"key": KEY}),
    "object": lambda log: log.info("headers %s", {"X-API-Key": KEY}),
    "message that is an object": lambda log: log.error(LookupError(KEY)),
    "exception": lambda log: log_failure(log, KEY),
    "exception without a message of ours": lambda log: log_failure(log, f"{KEY} {KEY}"),
    "extra field": lambda log: log.info("x", extra={"given": KEY}),
    "extra object": lambda log: log.info("x", extra={"given": [{"key": KEY}]}),
    "values that do not fit": lambda log: log.info("%d %d", KEY),
}


@pytest.mark.parametrize("form", [JsonLines, TextLines, logging.Formatter])
@pytest.mark.parametrize("way", WAYS)
def test_a_secret_never_reaches_the_output(way, form, capfd):
    text = logged(WAYS[way], form)
    assert text
    assert SECRET not in text
    assert SECRET not in "".join(capfd.readouterr())


@pytest.mark.usefixtures("logging_as_it_was")
@pytest.mark.parametrize("way", [way for way in WAYS if not way.startswith("extra")])
def test_a_guarded_process_cleans_records_for_handlers_that_know_nothing_of_it(way):
    """As on Azure, where the handlers are the worker's."""
    guard_logs({})
    stream = io.StringIO()
    WAYS[way](logger_to(logging.StreamHandler(stream), "azure.somewhere"))
    assert stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_a_stack_is_cleaned_too():
    """It shows lines of source, and a line may hold anything."""
    record = logging.makeLogRecord({"msg": "x", "stack_info": f'  File "x.py"\n    key = "{KEY}"'})
    assert SecretFilter().filter(record)
    assert SECRET not in logging.Formatter().format(record)


@pytest.mark.usefixtures("logging_as_it_was")
def test_the_handlers_of_a_guarded_process_name_the_work_and_clean_extra_fields():
    seen: list[dict[str, Any]] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(dict(vars(record)))

    logging.getLogger().addHandler(Keeping())
    guard_logs({})
    with traced(TRACE, IDS):
        logging.getLogger("opal.shelf").warning("x", extra={"given": KEY})
    assert IDS.items() <= seen[0].items()
    assert seen[0]["trace_id"] == TRACE
    assert SECRET not in str(seen)


@pytest.mark.usefixtures("logging_as_it_was")
def test_an_exception_with_a_secret_is_kept_from_handlers_that_would_print_it_themselves():
    guard_logs({})
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    log_failure(logger_to(handler, "opal.shelf"), KEY)
    log_failure(logger_to(handler, "opal.shelf"), "chair")
    assert records[0].exc_info is None
    assert REDACTED in str(records[0].exc_text)
    assert records[1].exc_info is not None


@pytest.mark.usefixtures("logging_as_it_was")
def test_libraries_that_log_every_request_are_quiet_unless_they_were_told_to_speak():
    logging.getLogger("azure").setLevel(logging.NOTSET)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    guard_logs({})
    assert logging.getLogger("azure").level == logging.WARNING
    assert logging.getLogger("urllib3").level == logging.DEBUG
