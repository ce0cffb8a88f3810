"""The timer's sweep sees to credits, and starts what they let go on."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from opal.credits.grants import grant
from opal.documents import ItemStatus
from opal.settings import Settings, get_settings
from opal.state import StateStore
from opal.state.blocking import block_item
from opal.state.progress import fail_item
from tests.credits.life import BROKEN, LEASE, TENANT, fail, figures, inspect, item_of, take
from triggers import sweep

LONG_AGO = datetime.now(UTC) - timedelta(days=1)


class Engine:
    """An engine that has forgotten everything, and notes what it is to start."""

    def __init__(self) -> None:
        self.started: list[str] = []

    async def get_status(self, instance_id: str) -> Any:
        return SimpleNamespace(runtime_status=None)

    async def start_new(self, name: str, instance_id: str, payload: Any) -> None:
        self.started.append(name)


@pytest.fixture
def tick(app: None) -> Any:
    """Lets the timer fire; answers the orchestrations that were started."""
    [builder] = sweep.bp._function_builders
    function = builder._function.get_user_function().client_function

    def fire() -> list[str]:
        engine = Engine()
        asyncio.run(function(None, engine))
        return engine.started

    return fire


def test_a_hold_that_a_crash_left_open_is_settled(
    store: StateStore, settings: Settings, tick: Any
) -> None:
    grant(store, settings, TENANT, 10, "start", "", LONG_AGO)
    ref = take(store)
    inspect(store, settings, ref, LONG_AGO)
    fail_item(store, ref, BROKEN, "segment_product", LONG_AGO, LEASE)
    assert figures(store) == (6, 4)
    tick()
    assert figures(store) == (10, 0)


def test_a_photo_that_waits_is_started_when_there_is_credit(
    store: StateStore, settings: Settings, tick: Any
) -> None:
    ref = take(store)
    inspect(store, settings, ref, LONG_AGO)
    assert item_of(store, ref).status is ItemStatus.BLOCKED
    assert tick() == []
    grant(store, settings, TENANT, 10, "start", "", datetime.now(UTC))
    assert "process_item" in tick()


def test_a_photo_that_waits_is_started_when_credit_was_given_back(
    store: StateStore, settings: Settings, tick: Any
) -> None:
    grant(store, settings, TENANT, 4, "start", "", LONG_AGO)
    first, second = take(store, "a.jpg"), take(store, "b.jpg")
    inspect(store, settings, first, LONG_AGO)
    inspect(store, settings, second, LONG_AGO)
    fail(store, settings, first, LONG_AGO)
    tick()
    assert "process_item" in tick()
    assert item_of(store, second).status is ItemStatus.QUEUED


def test_a_photo_that_waited_is_started_when_billing_is_turned_off(
    store: StateStore, settings: Settings, tick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = take(store)
    block_item(store, ref, BROKEN, LONG_AGO, 60, LEASE)
    monkeypatch.setenv("OPAL_BILLING_ENABLED", "false")
    get_settings.cache_clear()
    assert "process_item" in tick()
