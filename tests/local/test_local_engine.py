"""The engine itself: how much runs at once, what it forgets, and what counts as a failure."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import azure.durable_functions as df
import pytest

from tests.local.serving import Served, until

Context = df.DurableOrchestrationContext
Serve = Callable[..., Served]


@pytest.fixture
def serve(runner: asyncio.Runner) -> Iterator[Serve]:
    """Serves an app, and stops it at the end."""
    running: list[Served] = []

    def start(app: df.DFApp, **options: Any) -> Served:
        running.append(Served(runner, app, **options))
        return running[-1]

    yield start
    for served in running:
        served.close()


def calling(*names: str) -> df.DFApp:
    """An app whose orchestration `run` calls these activities side by side."""
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def run(context: Context) -> Any:
        return (yield context.task_all([context.call_activity(name, None) for name in names]))

    return app


def output_of(served: Served, instance_id: str = "one") -> Any:
    async def scene() -> Any:
        await served.client.start_new("run", instance_id)
        return await served.ended(instance_id)

    return served(scene())


def test_as_many_activities_run_at_once_as_allowed_and_no_more(serve: Serve) -> None:
    together = threading.Barrier(2, timeout=10)
    running: list[int] = []
    most: list[int] = []
    app = calling(*["work"] * 8)

    @app.activity_trigger(input_name="payload")
    def work(payload: Any) -> str:
        running.append(1)
        most.append(len(running))
        together.wait()
        time.sleep(0.05)  # long enough for one too many to be seen
        running.pop()
        return "done"

    assert output_of(serve(app, activities=2)).output == ["done"] * 8
    assert max(most) == 2


def test_an_async_activity_answers(serve: Serve) -> None:
    app = calling("work")

    @app.activity_trigger(input_name="payload")
    async def work(payload: Any) -> str:
        await asyncio.sleep(0)
        return "done"

    assert output_of(serve(app)).output == ["done"]


def test_an_async_activity_runs_on_the_hosts_loop(serve: Serve) -> None:
    """As in the Functions worker: clients keep what belongs to a loop."""
    app, loops = calling("work"), []

    @app.activity_trigger(input_name="payload")
    async def work(payload: Any) -> str:
        loops.append(asyncio.get_running_loop())
        return "done"

    served = serve(app)
    output_of(served)

    async def here() -> Any:
        return asyncio.get_running_loop()

    assert loops == [served(here())]


def test_an_activity_may_have_the_durable_client_and_start_others(serve: Serve) -> None:
    app = calling("work")

    @app.orchestration_trigger(context_name="context")
    def other(context: Context) -> Any:
        yield context.call_activity("end", None)
        return context.get_input()

    @app.activity_trigger(input_name="payload")
    def end(payload: Any) -> None:
        return None

    @app.activity_trigger(input_name="payload")
    @app.durable_client_input(client_name="starter")
    async def work(payload: Any, starter: df.DurableOrchestrationClient) -> str:
        return str(await starter.start_new("other", "another", {"from": "an activity"}))

    served = serve(app)

    async def scene() -> Any:
        await served.client.start_new("run", "one")
        return (await served.ended("one")).output, (await served.ended("another")).output

    assert served(scene()) == (["another"], {"from": "an activity"})


def test_an_async_activity_that_raises_without_a_text_fails(serve: Serve) -> None:
    app = calling("work")

    @app.activity_trigger(input_name="payload")
    async def work(payload: Any) -> str:
        raise ValueError

    assert output_of(serve(app)).runtime_status is df.OrchestrationRuntimeStatus.Failed


def test_an_activity_that_raises_without_a_text_fails(serve: Serve) -> None:
    app = calling("work")

    @app.activity_trigger(input_name="payload")
    def work(payload: Any) -> str:
        raise ValueError

    status = output_of(serve(app))
    assert status.runtime_status is df.OrchestrationRuntimeStatus.Failed
    assert "ValueError" in status.output


def test_an_activity_that_answers_no_json_fails(serve: Serve) -> None:
    app = calling("work")

    @app.activity_trigger(input_name="payload")
    def work(payload: Any) -> Any:
        return {1, 2}

    status = output_of(serve(app))
    assert status.runtime_status is df.OrchestrationRuntimeStatus.Failed
    assert "not JSON serializable" in status.output


def test_an_orchestrator_that_yields_no_task_fails(serve: Serve) -> None:
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def run(context: Context) -> Any:
        yield 5

    status = output_of(serve(app))
    assert status.runtime_status is df.OrchestrationRuntimeStatus.Failed


def test_what_ended_longer_ago_than_the_retention_is_forgotten_and_what_runs_is_not(
    serve: Serve,
) -> None:
    app = calling()

    @app.orchestration_trigger(context_name="context")
    def wait(context: Context) -> Any:
        yield context.wait_for_external_event("never")

    served = serve(app, retention_s=0)

    async def scene() -> Any:
        forgetting = asyncio.create_task(served.engine.forget_finished(served.inner, 0.02))
        await served.client.start_new("wait", "waits")
        await served.client.start_new("run", "ends")

        async def forgotten() -> bool:
            return not await served.client.get_status("ends")

        await until(forgotten)
        forgetting.cancel()
        return bool(await served.client.get_status("waits"))

    assert served(scene())


def test_what_ended_within_the_retention_is_kept(serve: Serve) -> None:
    served = serve(calling(), retention_s=3600)

    async def scene() -> Any:
        await served.client.start_new("run", "ends")
        await served.ended("ends")
        forgetting = asyncio.create_task(served.engine.forget_finished(served.inner, 0.01))
        await asyncio.sleep(0.1)
        forgetting.cancel()
        return bool(await served.client.get_status("ends"))

    assert served(scene())
