"""The edge of an activity: a trace id on everything inside, and one kind of error out."""

import functools
import logging
import time
from collections.abc import Callable

from pydantic import ValidationError

from opal.documents import Json
from opal.errors import InternalError, OpalError
from opal.telemetry import traced

Activity = Callable[[Json], Json]
_log = logging.getLogger(__name__)


def activity_boundary(activity: Activity) -> Activity:
    """Let only `OpalError` out, so that an orchestrator always learns code and retryability.

    Anything else is a defect: it is logged with its traceback, and leaves as `internal_error`
    without details.
    """

    @functools.wraps(activity)
    def guarded(request: Json) -> Json:
        with traced(_trace_id_in(request)):
            started = time.perf_counter()
            try:
                answer = activity(request)
            except OpalError as error:
                _log.warning("%s: %s (%s)", activity.__name__, error.message, error.code)
                raise
            except ValidationError as error:
                _log.exception("%s was handed a document it can't read", activity.__name__)
                raise InternalError("A message inside the pipeline is malformed.") from error
            except Exception as error:
                _log.exception("%s failed", activity.__name__)
                raise InternalError("An unexpected error; the log has its details.") from error
            elapsed_ms = (time.perf_counter() - started) * 1000
            _log.info("%s took %.1f ms", activity.__name__, elapsed_ms)
            return answer

    return guarded


def _trace_id_in(request: object) -> str:
    if not isinstance(request, dict):
        return ""
    for holder in (request, request.get("item"), request.get("job")):
        if isinstance(holder, dict) and isinstance(holder.get("trace_id"), str):
            return str(holder["trace_id"])
    return ""
