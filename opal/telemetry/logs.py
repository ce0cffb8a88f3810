"""Log records: whose work they are about, and no secrets in them.

`guard_logs` sees to every record of the process, whichever handler takes it later: on Azure the
handlers are the Functions worker's. It cleans records as they are made. What a caller passes as
`extra` is put on a record only after that, so the handlers get filters as well.
"""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from traceback import format_exception
from typing import Any

from opal.telemetry.redaction import know_secrets, redact
from opal.telemetry.work import IDS, current_work

_NAMED = ("trace_id", *IDS)
_STANDARD = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", *_NAMED})
_CHATTY = ("azure", "urllib3")


class TraceFilter(logging.Filter):
    """Adds `trace_id`, `tenant_id`, `job_id` and `item_id` to each record, empty where they are
    not known; what a caller has set stays. Refuses no record."""

    def filter(self, record: logging.LogRecord) -> bool:
        work = current_work()
        known = {**work.ids, "trace_id": work.trace_id}
        for name in _NAMED:
            vars(record).setdefault(name, known.get(name, ""))
        return True


class SecretFilter(logging.Filter):
    """Takes secrets out of a record's message, exception and extra fields; refuses no record."""

    def filter(self, record: logging.LogRecord) -> bool:
        _clean(record)
        for name, value in _extra(record).items():
            if not isinstance(value, int | float | None):
                setattr(record, name, redact(value if isinstance(value, str) else repr(value)))
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, the ids that are known, the
    exception if there is one, and the caller's extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name in _NAMED if (value := getattr(record, name, ""))}
        if record.exc_text or record.exc_info:
            line["exception"] = record.exc_text or _traceback(record)
        return json.dumps({**_extra(record), **line}, default=repr)


class TextLines(logging.Formatter):
    """A line for eyes: time, level, logger, trace id and tenant/job/item, message."""

    def format(self, record: logging.LogRecord) -> str:
        ids = "/".join(value for name in IDS if (value := getattr(record, name, "")))
        work = f"{getattr(record, 'trace_id', '')} {ids}".strip()
        head = f"{self.formatTime(record)} {record.levelname} {record.name} [{work}] "
        return head + super().format(record)


def guard_logs(environment: Mapping[str, str]) -> None:
    """Take secrets out of all that this process logs, and have its handlers name the work.

    Once for each process; another call only renews the values that are secret.
    """
    know_secrets(environment)
    if not isinstance(logging.getLogRecordFactory(), _CleanRecords):
        logging.setLogRecordFactory(_CleanRecords(logging.getLogRecordFactory()))
        for handler in logging.getLogger().handlers:
            handler.addFilter(TraceFilter())
            handler.addFilter(SecretFilter())
    for name in _CHATTY:
        # Azure's SDK logs every request and answer at INFO; a level that was set stays.
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)


class _CleanRecords:
    """The process's factory of log records, over the one that was there before."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._inner(*args, **kwargs)
        _clean(record)
        return record


def _clean(record: logging.LogRecord) -> None:
    try:
        message = record.getMessage()
    except Exception:
        # logging itself would print the values to stderr, with whatever is in them.
        message = f"{record.msg!r} does not fit its {len(record.args or ())} values"
    record.msg, record.args = redact(message), ()
    if record.exc_info and not record.exc_text:
        record.exc_text = _traceback(record)
    if record.exc_text and (clean := redact(record.exc_text)) != record.exc_text:
        # Formatters print `exc_text`; who would print `exc_info` itself must not find it.
        record.exc_text, record.exc_info = clean, None
    if record.stack_info:
        record.stack_info = redact(record.stack_info)


def _traceback(record: logging.LogRecord) -> str:
    assert record.exc_info
    return "".join(format_exception(*record.exc_info)).rstrip("\n")


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}
