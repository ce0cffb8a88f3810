"""The one-machine host's engine: durabletask's worker on its in-memory backend."""

import asyncio
import json
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from datetime import timedelta
from typing import Any

from durabletask.client import AsyncTaskHubGrpcClient

from local.engine import FINISHED, Engine
from tests.orchestrations.orchestrator_world import Outcome, World

_LIMIT_S = 30.0
_LOOK_S = 0.005


class LocalEngine:
    """Runs orchestrations on a fresh engine each.

    A worker takes a second to stop, so engines are stopped aside, by the executor.
    """

    def __init__(self, aside: Executor) -> None:
        self._aside = aside

    def run(
        self,
        world: World,
        name: str,
        payload: Any = None,
        *,
        instance_id: str = "run-1",
        on_status: Mapping[str, tuple[str, Any]] | None = None,
    ) -> Outcome:
        """Run to the end; `on_status` names the event to raise when a custom status is seen."""
        engine = Engine(world.functions, 4, timedelta(minutes=5))
        try:
            return asyncio.run(
                _run(engine, world, name, payload, instance_id, dict(on_status or {}))
            )
        finally:
            self._aside.submit(engine.stop)


async def _run(
    engine: Engine,
    world: World,
    name: str,
    payload: Any,
    instance_id: str,
    answers: dict[str, tuple[str, Any]],
) -> Outcome:
    client = await engine.start()
    loop = asyncio.get_running_loop()

    def raise_event(event: str, data: Any) -> None:
        sending = client.raise_orchestration_event(instance_id, event, data=data)
        asyncio.run_coroutine_threadsafe(sending, loop).result(_LIMIT_S)

    world.raise_event = raise_event
    try:
        await client.schedule_new_orchestration(
            name, input=payload, instance_id=instance_id, version="1.0.0"
        )
        return await _follow(client, instance_id, answers)
    finally:
        await client.close()


async def _follow(
    client: AsyncTaskHubGrpcClient, instance_id: str, answers: dict[str, tuple[str, Any]]
) -> Outcome:
    statuses: list[Any] = []
    deadline = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline:
        state = await client.get_orchestration_state(instance_id)
        assert state is not None
        text = state.serialized_custom_status
        status = json.loads(text) if text else None
        if status is not None and status not in statuses[-1:]:
            statuses.append(status)
        if state.runtime_status in FINISHED:
            failure = state.failure_details
            output = json.loads(state.serialized_output) if state.serialized_output else None
            if failure is not None:
                return Outcome(None, failure.message, tuple(statuses))
            return Outcome(output, None, tuple(statuses))
        if isinstance(status, str) and status in answers:
            event, data = answers.pop(status)
            await client.raise_orchestration_event(instance_id, event, data=data)
        await asyncio.sleep(_LOOK_S)
    raise AssertionError(f"{instance_id} did not end in {_LIMIT_S:g} s")
