"""The request limit: counted once for each request, for each tenant alone, on any instance."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opal.api.limits import count_request
from opal.state.contract import StateStore
from opal.state.sqlite import SqliteStore

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def stores(tmp_path: Path):
    """The same store as two instances of the app have it open."""
    opened = [SqliteStore(str(tmp_path / "s.sqlite")) for _ in range(2)]
    yield opened
    for store in opened:
        store.close()


def test_the_limit_is_reached_after_that_many_requests(stores: list[StateStore]):
    answers = [count_request(stores[0], "demo", 3, NOON) for _ in range(5)]
    assert [a.remaining for a in answers] == [2, 1, 0, 0, 0]
    assert [a.exceeded for a in answers] == [False, False, False, True, True]


def test_instances_share_the_count_and_lose_none_at_once(stores: list[StateStore]):
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: count_request(stores[n % 2], "demo", 25, NOON), range(40))
        )
    assert sum(a.exceeded for a in answers) == 15


def test_tenants_do_not_share_the_count(stores: list[StateStore]):
    count_request(stores[0], "demo", 1, NOON)
    assert not count_request(stores[0], "rival", 1, NOON).exceeded


def test_the_next_minute_begins_anew(stores: list[StateStore]):
    for _ in range(2):
        count_request(stores[0], "demo", 1, NOON)
    assert not count_request(stores[0], "demo", 1, NOON + timedelta(seconds=60)).exceeded


def test_the_headers_say_what_is_left_and_until_when(stores: list[StateStore]):
    allowance = count_request(stores[0], "demo", 600, NOON + timedelta(seconds=18))
    assert allowance.headers == {
        "RateLimit-Policy": '"tenant";q=600;w=60',
        "RateLimit": '"tenant";r=599;t=42',
    }
