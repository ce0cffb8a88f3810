"""The sweeper: takes up what a crash or a lost event left behind."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

import azure.durable_functions as df
import azure.functions as func

from opal import sweeping
from opal.blobs import get_blobs
from opal.credits.sweep import credit_steps
from opal.documents import Item
from opal.settings import get_settings
from opal.starting import RUNNING, Start, start_all
from opal.state import get_store
from opal.telemetry import observe_sweep
from opal.upload_deadline import expire_uploads
from opal.watching import look_at_dead_letters, look_at_waiting
from opal.webhooks.delivery import Delivery
from opal.webhooks.overdue import instance_of, overdue_deliveries, revive_delivery

bp = df.Blueprint()
_log = logging.getLogger(__name__)


@bp.timer_trigger(arg_name="timer", schedule="%OPAL_SWEEP_SCHEDULE%", run_on_startup=False)
@bp.durable_client_input(client_name="starter")
async def sweep(timer: func.TimerRequest, starter: df.DurableOrchestrationClient) -> None:
    """Restart items past their lease, finish settled jobs, take in files that no event named.

    An item whose orchestration still runs is only slow: its lease is renewed. The rest is
    started again, a limited number of times.
    """
    with observe_sweep():
        await _sweep(starter)


async def _sweep(starter: df.DurableOrchestrationClient) -> None:
    store, settings, now = get_store(), get_settings(), datetime.now(UTC)
    errors: list[Exception] = []

    async def attempt(step: Callable[[], Awaitable[object]]) -> None:
        """One thing that can't be mended must not keep the sweeper from the others."""
        try:
            await step()
        except Exception as error:
            _log.exception("a step of the sweep failed; the sweep goes on")
            errors.append(error)

    async def start(find: Callable[[], list[Start]]) -> None:
        await start_all(starter, await asyncio.to_thread(find))

    async def revive(item: Item) -> None:
        status = await starter.get_status(sweeping.instance_of(item))
        act = sweeping.renew if status.runtime_status in RUNNING else sweeping.restart
        await start(lambda: act(store, settings, item, now))

    async def revive_webhook(delivery: Delivery) -> None:
        status = await starter.get_status(instance_of(delivery))
        running = status.runtime_status in RUNNING
        await start(lambda: revive_delivery(store, settings, delivery, now, running=running))

    for step in credit_steps(store, settings, now):
        await attempt(partial(asyncio.to_thread, step))
    waiting = not settings.billing_enabled
    for item in await asyncio.to_thread(sweeping.items_past_lease, store, now, waiting=waiting):
        await attempt(partial(revive, item))
    for delivery in await asyncio.to_thread(overdue_deliveries, store, now):
        await attempt(partial(revive_webhook, delivery))
    await attempt(lambda: start(lambda: expire_uploads(store, settings, now)))
    await attempt(lambda: start(lambda: sweeping.jobs_to_finish(store, settings, now)))
    blobs = get_blobs()
    await attempt(lambda: start(lambda: sweeping.take_in_missed(store, blobs, settings, now)))
    await attempt(partial(asyncio.to_thread, look_at_waiting, store, datetime.now(UTC)))
    await attempt(partial(asyncio.to_thread, look_at_dead_letters, blobs))
    if errors:
        raise errors[0]
