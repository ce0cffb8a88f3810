"""The edge of an activity: a trace id on everything inside, and one kind of error out."""

import functools
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from opal.documents import Json
from opal.errors import InternalError, OpalError
from opal.telemetry import know_stage, observe_activity

Activity = Callable[[Json], Json]
ClientActivity = Callable[[Json, Any], Awaitable[Json]]
_log = logging.getLogger(__name__)


def activity_boundary(activity: Activity) -> Activity:
    """Let only `OpalError` out, so that an orchestrator always learns code and retryability.

    Anything else is a defect: it is logged with its traceback, and leaves as `internal_error`
    without details. Each run is a span and a `opal_stage_seconds`.
    """
    know_stage(activity.__name__)

    @functools.wraps(activity)
    def guarded(request: Json) -> Json:
        with observe_activity(activity.__name__, request) as observed:
            with _only_our_errors(activity.__name__):
                answer = activity(request)
            if answer.get("reused") is True:
                observed.outcome = "reused"
            elif answer.get("skip"):
                observed.outcome = "skipped"
            return answer

    return guarded


def client_activity_boundary(activity: ClientActivity) -> ClientActivity:
    """The same for an activity that is also given the durable client, as `starter`."""
    know_stage(activity.__name__)

    @functools.wraps(activity)
    async def guarded(request: Json, starter: Any) -> Json:
        with (
            observe_activity(activity.__name__, request),
            _only_our_errors(activity.__name__),
        ):
            return await activity(request, starter)

    return guarded


@contextmanager
def _only_our_errors(name: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    except OpalError as error:
        _log.warning("%s: %s (%s)", name, error.message, error.code)
        raise
    except ValidationError as error:
        _log.exception("%s was handed a document it can't read", name)
        raise InternalError("A message inside the pipeline is malformed.") from error
    except Exception as error:
        _log.exception("%s failed", name)
        raise InternalError("An unexpected error; the log has its details.") from error
    _log.info("%s took %.1f ms", name, (time.perf_counter() - started) * 1000)
