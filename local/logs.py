"""The host's logs: lines for eyes, or one JSON object a line for machines."""

import logging
import sys
import threading
from collections.abc import Mapping
from typing import TextIO

from local.config import ConfigError
from opal.telemetry import JsonLines, SecretFilter, TextLines, TraceFilter

_FORMATS = {"text": TextLines, "json": JsonLines}
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_CHATTY = ("azure", "local.durabletask", "durabletask", "urllib3", "asyncio", "pyvips")


def configure_logs(environment: Mapping[str, str], stream: TextIO | None = None) -> None:
    """Log to `stream` (standard error if None), as `OPAL_LOG_FORMAT` (text or json) and
    `OPAL_LOG_LEVEL` say; raises `ConfigError`.

    Warnings, and exceptions that nobody catches, go the same way, so that they are cleaned too.
    """
    form = _choice(environment, "OPAL_LOG_FORMAT", "text", tuple(_FORMATS))
    level = _choice(environment, "OPAL_LOG_LEVEL", "INFO", _LEVELS)
    handler = logging.StreamHandler(stream)
    handler.addFilter(TraceFilter())
    handler.addFilter(SecretFilter())
    handler.setFormatter(_FORMATS[form]())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    log = logging.getLogger("local")
    sys.excepthook = lambda *error: log.critical("the host ends", exc_info=error)
    threading.excepthook = lambda thread: log.error("a thread ended", exc_info=thread.exc_value)


def _choice(
    environment: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]
) -> str:
    value = environment.get(name, default)
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value
