"""The domain's real surroundings, and what its telemetry records in them."""

import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.opal.conftest import app, blobs, endpoint, environment, inference, settings, store
from tests.telemetry.recorder import Recorder

__all__ = ["app", "blobs", "endpoint", "environment", "inference", "settings", "store"]


@pytest.fixture(scope="session")
def only_recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def recorder(only_recorder: Recorder) -> Recorder:
    """What this test records."""
    only_recorder.clear()
    return only_recorder


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """Let a test configure the process's logging, and undo it."""
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    handlers, level = root.handlers[:], root.level
    filters = {handler: handler.filters[:] for handler in handlers}
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    hooks = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    logging.setLogRecordFactory(factory)
    root.handlers[:] = handlers
    root.setLevel(level)
    for handler, kept in filters.items():
        handler.filters[:] = kept
    for name in logging.root.manager.loggerDict:
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
