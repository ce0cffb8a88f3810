"""The host ends when it is told to, or when a part of it breaks; it never goes on half dead."""

import asyncio
import os
import signal

import pytest

from local.host import _until_told_or_broken


def test_a_watcher_that_breaks_ends_the_host_with_its_error() -> None:
    async def break_down() -> None:
        raise RuntimeError("the watcher broke")

    async def host() -> None:
        watchers = [asyncio.create_task(break_down()), asyncio.create_task(asyncio.sleep(60))]
        await _until_told_or_broken(watchers)

    with pytest.raises(RuntimeError, match="the watcher broke"):
        asyncio.run(asyncio.wait_for(host(), 10))


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_host_in_peace(told: signal.Signals) -> None:
    async def host() -> None:
        asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), told)
        await _until_told_or_broken([asyncio.create_task(asyncio.sleep(60))])

    asyncio.run(asyncio.wait_for(host(), 10))
