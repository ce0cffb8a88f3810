"""Endpoints that let attempts run out of time are left alone for a while."""

from datetime import UTC, datetime, timedelta

import pytest

from opal.webhooks.resting import REST, Resting

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOON + REST


@pytest.fixture
def resting() -> Resting:
    """Has seen the endpoint `slow` let an attempt run out of time at noon."""
    resting = Resting()
    assert resting.enter("slow", NOON)
    resting.leave("slow", NOON, timed_out=True)
    return resting


def test_an_endpoint_that_answers_may_be_tried_as_often_as_there_is_something_to_tell():
    resting = Resting()
    assert all(resting.enter("quick", NOON) for _ in range(10))


def test_after_a_timeout_an_endpoint_rests_and_its_neighbours_do_not(resting):
    assert not resting.enter("slow", NOON + timedelta(seconds=1))
    assert resting.enter("quick", NOON + timedelta(seconds=1))


def test_after_its_rest_one_attempt_at_a_time_finds_out_whether_it_answers_again(resting):
    assert [resting.enter("slow", LATER) for _ in range(3)] == [True, False, False]


def test_one_answer_of_any_kind_ends_it(resting):
    resting.enter("slow", LATER)
    resting.leave("slow", LATER, timed_out=False)
    assert all(resting.enter("slow", LATER) for _ in range(3))


def test_another_timeout_makes_it_rest_again(resting):
    resting.enter("slow", LATER)
    resting.leave("slow", LATER, timed_out=True)
    assert not resting.enter("slow", LATER + timedelta(seconds=1))
    assert resting.enter("slow", LATER + REST)
