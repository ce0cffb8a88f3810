"""Charges count where they are collected, and nowhere else."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from opal.state.charges import collect_charges, record_charge


def test_charges_are_added_by_operation():
    with collect_charges() as charges:
        record_charge("read", 1.0)
        record_charge("write", 5.5)
        record_charge("read", 1.5)
    assert charges.by_operation == {"read": 2.5, "write": 5.5}
    assert charges.total == 8.0


def test_what_is_charged_outside_is_not_collected():
    record_charge("read", 1.0)
    with collect_charges() as charges:
        pass
    record_charge("read", 1.0)
    assert (charges.by_operation, charges.total) == ({}, 0)


def test_an_outer_collector_counts_what_an_inner_one_counts():
    with collect_charges() as outer:
        record_charge("read", 1.0)
        with pytest.raises(KeyError), collect_charges() as inner:
            record_charge("read", 2.0)
            raise KeyError
        record_charge("read", 4.0)
    assert (inner.total, outer.total) == (2.0, 7.0)


def test_threads_that_share_the_context_lose_nothing():
    with collect_charges() as charges, ThreadPoolExecutor(8) as pool:
        contexts = [copy_context() for _ in range(8)]
        jobs = [
            pool.submit(c.run, lambda: [record_charge("x", 1.0) for _ in range(500)])
            for c in contexts
        ]
        pool.submit(record_charge, "x", 1.0).result()
        for job in jobs:
            job.result()
    assert charges.total == 4000
