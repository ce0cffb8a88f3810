"""The request limit: counted once for each request, for each tenant alone, on any instance."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opal.api.limits import Allowance, RequestLimit
from opal.state.containers import Container
from opal.state.contract import Partition
from opal.state.sqlite import SqliteStore

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Instance:
    """An instance of the app: its own connection to the store, its own share of requests."""

    def __init__(self, path: str) -> None:
        self.store = SqliteStore(path)
        self.limit = RequestLimit()

    def count(self, limit: int, tenant: str = "demo", now: datetime = NOON) -> Allowance:
        return self.limit.count(self.store, tenant, limit, now)


@pytest.fixture
def instances(tmp_path: Path):
    opened = [Instance(str(tmp_path / "s.sqlite")) for _ in range(2)]
    yield opened
    for instance in opened:
        instance.store.close()


def counted(instance: Instance) -> int:
    """What the store counts for this minute."""
    place = Partition("demo", container=Container.TENANTS)
    [document] = instance.store.page(place, "requests", 10).documents
    return document["count"]


def test_the_limit_is_reached_after_that_many_requests(instances):
    answers = [instances[0].count(3) for _ in range(5)]
    assert [a.remaining for a in answers] == [2, 1, 0, 0, 0]
    assert [a.exceeded for a in answers] == [False, False, False, True, True]


@pytest.mark.parametrize("limit", [25, 1000])
def test_instances_share_the_limit_and_never_allow_more(instances, limit):
    # Each alone is asked for more than the limit: an instance may hold some that nobody asks for.
    asked = range(2 * limit + 60)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: instances[n % 2].count(limit), asked))
    assert sum(not a.exceeded for a in answers) == limit


def test_an_instance_takes_several_at_once_where_the_limit_is_large(instances):
    for _ in range(20):
        assert not instances[0].count(1000).exceeded
    assert counted(instances[0]) == 20


def test_refused_requests_cost_the_store_nothing(instances):
    for _ in range(50):
        instances[0].count(2)
    assert counted(instances[0]) == 2


def test_tenants_do_not_share_the_limit(instances):
    instances[0].count(1)
    assert not instances[0].count(1, "rival").exceeded


def test_the_next_minute_begins_anew(instances):
    for _ in range(2):
        instances[0].count(1)
    assert not instances[0].count(1, now=NOON + timedelta(seconds=60)).exceeded


def test_the_headers_say_what_is_left_and_until_when(instances):
    allowance = instances[0].count(600, now=NOON + timedelta(seconds=18))
    assert allowance.headers == {
        "RateLimit-Policy": '"tenant";q=600;w=60',
        "RateLimit": '"tenant";r=599;t=42',
    }
