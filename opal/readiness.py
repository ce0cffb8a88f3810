"""Readiness: asks every dependency a small question, all at once."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from opal.blobs import get_blobs
from opal.documents.readiness import Check, Readiness
from opal.errors import OpalError
from opal.inference import get_inference
from opal.state import get_store

_log = logging.getLogger(__name__)


def check_readiness(trace_id: str) -> Readiness:
    """Ask the state store, blob storage and the model endpoint."""
    questions: dict[str, Callable[[], None]] = {
        "store": lambda: get_store().ping(),
        "blobs": lambda: get_blobs().ping(),
        "endpoint": lambda: get_inference().ping(trace_id),
    }
    with ThreadPoolExecutor(len(questions)) as pool:
        # Each thread has a copy of this context, so that it logs and calls in this trace.
        asked = {name: pool.submit(copy_context().run, _ask, q) for name, q in questions.items()}
    checks = {name: answer.result() for name, answer in asked.items()}
    ready = all(check.ok for check in checks.values())
    return Readiness(status="ready" if ready else "unready", checks=checks)


def _ask(question: Callable[[], None]) -> Check:
    started = time.perf_counter()
    code: str | None = None
    try:
        question()
    except OpalError as error:
        code = error.code
    except Exception:
        _log.exception("a readiness check failed")
        code = "internal_error"
    ms = round((time.perf_counter() - started) * 1000, 1)
    return Check(ok=code is None, ms=ms, code=code)
