"""Fires timer triggers."""

import asyncio
import logging
import os
import re
from datetime import UTC, datetime

import azure.functions as func
from azure.functions.timer import TimerRequest
from croniter import croniter

from local.bindings import Function
from local.invocation import Invoker

_log = logging.getLogger(__name__)
_SETTING = re.compile(r"%([A-Za-z0-9_]+)%")


def schedule_of(function: Function) -> str:
    """The function's six-field NCRONTAB expression, with `%SETTING%` looked up.

    Raises ValueError naming the function when a setting is missing or the expression is wrong.
    """
    written = str(function.trigger["schedule"])
    schedule = _SETTING.sub(lambda name: os.environ.get(name.group(1), ""), written)
    if not croniter.is_valid(schedule, second_at_beginning=True) or len(schedule.split()) != 6:
        raise ValueError(f"function {function.name!r} has no valid schedule: {written!r}")
    return schedule


async def run_timer(function: Function, invoke: Invoker) -> None:
    """Fire at once, as the Functions host does for a timer that came due while it was down,
    and then at every time of the schedule; never twice at a time."""
    schedule = schedule_of(function)
    await _fire(function, invoke, past_due=True)
    while True:
        now = datetime.now(UTC)
        due = croniter(schedule, now, second_at_beginning=True).get_next(datetime)
        await asyncio.sleep((due - now).total_seconds())
        await _fire(function, invoke, past_due=False)


async def _fire(function: Function, invoke: Invoker, *, past_due: bool) -> None:
    request: func.TimerRequest = TimerRequest(past_due=past_due)
    try:
        await invoke(function, request)
    except Exception:
        _log.exception("timer %s failed; it fires again at its next time", function.name)
