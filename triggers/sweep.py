"""The sweeper: takes up what a crash or a lost event left behind."""

import asyncio
import logging
from datetime import UTC, datetime

import azure.durable_functions as df
import azure.functions as func

from opal import sweeping
from opal.blobs import get_blobs
from opal.settings import get_settings
from opal.state import get_store
from triggers.starting import RUNNING, start_all

bp = df.Blueprint()
_log = logging.getLogger(__name__)


@bp.timer_trigger(arg_name="timer", schedule="%OPAL_SWEEP_SCHEDULE%", run_on_startup=False)
@bp.durable_client_input(client_name="starter")
async def sweep(timer: func.TimerRequest, starter: df.DurableOrchestrationClient) -> None:
    """Restart items past their lease, finish settled jobs, take in files that no event named.

    An item whose orchestration still runs is only slow: its lease is renewed. The rest is
    started again, a limited number of times.
    """
    store, settings, now = get_store(), get_settings(), datetime.now(UTC)
    for item in await asyncio.to_thread(sweeping.items_past_lease, store, now):
        status = await starter.get_status(sweeping.instance_of(item))
        running = status.runtime_status in RUNNING
        revive = sweeping.renew if running else sweeping.restart
        await start_all(starter, await asyncio.to_thread(revive, store, settings, item, now))
    await start_all(starter, await asyncio.to_thread(sweeping.jobs_to_finish, store, settings, now))
    missed = await asyncio.to_thread(sweeping.take_in_missed, store, get_blobs(), settings, now)
    await start_all(starter, missed)
