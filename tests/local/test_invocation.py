"""Calling functions as the Functions worker does."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest

from local.bindings import read_functions
from local.invocation import Invoker

trace: ContextVar[str] = ContextVar("trace", default="none")


@pytest.fixture
def invoker() -> Iterator[Invoker]:
    invoker = Invoker("http://127.0.0.1:9", 2)
    yield invoker
    invoker.close()


def timer(call: Callable[..., Any]) -> Any:
    """A function with a timer trigger, because that needs the least around it."""
    app = df.DFApp()
    app.timer_trigger(arg_name="timer", schedule="0 0 * * * *")(call)
    return read_functions(app)[0]


def test_a_plain_function_runs_on_a_thread_of_its_own(
    runner: asyncio.Runner, invoker: Invoker
) -> None:
    def where(timer: func.TimerRequest) -> int:
        return threading.get_ident()

    assert runner.run(invoker(timer(where), None)) != threading.get_ident()


def test_an_async_function_runs_on_the_loop(runner: asyncio.Runner, invoker: Invoker) -> None:
    async def where(timer: func.TimerRequest) -> int:
        return threading.get_ident()

    assert runner.run(invoker(timer(where), None)) == threading.get_ident()


def test_a_plain_function_sees_the_context_of_its_caller(
    runner: asyncio.Runner, invoker: Invoker
) -> None:
    def read(timer: func.TimerRequest) -> str:
        return trace.get()

    async def scene() -> Any:
        trace.set("abc")
        return await invoker(function, None)

    function = timer(read)
    assert runner.run(scene()) == "abc"


def test_what_a_function_raises_comes_out(runner: asyncio.Runner, invoker: Invoker) -> None:
    def fail(timer: func.TimerRequest) -> None:
        raise LookupError("no such shelf")

    with pytest.raises(LookupError, match="no such shelf"):
        runner.run(invoker(timer(fail), None))


def test_closing_waits_for_what_still_runs(runner: asyncio.Runner) -> None:
    invoker = Invoker("http://127.0.0.1:9", 1)
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work(timer: func.TimerRequest) -> None:
        begun.set()
        may_end.wait(10)
        ended.set()

    async def scene() -> None:
        doing = asyncio.create_task(invoker(timer(work), None))
        await asyncio.to_thread(begun.wait, 10)
        closing = asyncio.create_task(asyncio.to_thread(invoker.close))
        may_end.set()
        await closing
        assert ended.is_set()
        await doing

    runner.run(scene())
