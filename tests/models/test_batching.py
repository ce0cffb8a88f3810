"""Requests that come together run together, and each gets what it would have got alone."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.batching import Batcher
from models.registry import resolve
from models.sessions import Session
from models.settings import Runtime
from tests.models.onnx_files import birefnet_file


def planes(value: float, count: int = 1, side: int = 4) -> np.ndarray:
    return np.full((count, 3, side, side), value, np.float32)


class Doubling:
    """Doubles; remembers its batches; waits for `open` before each."""

    def __init__(self) -> None:
        self.batches: list[list[float]] = []
        self.shapes: list[tuple[int, ...]] = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, given: np.ndarray) -> np.ndarray:
        self.batches.append([float(each[0, 0, 0]) for each in given])
        self.shapes.append(given.shape)
        assert self.open.wait(10)
        if -1.0 in self.batches[-1]:
            raise ValueError("a bad picture")
        return given * 2


def ask_in_order(batcher: Batcher, pool: ThreadPoolExecutor, given: list[np.ndarray]) -> list:
    """Ask from a thread each; each has been queued before the next one asks."""
    asked = []
    for each in given:
        before = len(batcher._queue)
        asked.append(pool.submit(batcher.run, each))
        while len(batcher._queue) == before:
            time.sleep(0.001)
    return asked


@pytest.fixture
def pool():
    with ThreadPoolExecutor(16) as threads:
        yield threads


@pytest.fixture
def model():
    return Doubling()


def hold(model: Doubling, batcher: Batcher, pool: ThreadPoolExecutor) -> None:
    """Keep the model busy with a picture, so that what comes next is queued."""
    model.open.clear()
    pool.submit(batcher.run, planes(0))
    while not model.batches:
        time.sleep(0.001)


def test_calls_that_wait_run_together_in_order_and_each_gets_its_own(model, pool):
    batcher = Batcher(model, most=4, wait_s=0)
    hold(model, batcher, pool)
    asked = ask_in_order(batcher, pool, [planes(at) for at in range(1, 7)])
    model.open.set()
    for at, each in enumerate(asked, 1):
        np.testing.assert_array_equal(each.result(10), planes(2 * at))
    assert model.batches == [[0], [1, 2, 3, 4], [5, 6]]


def test_calls_of_several_pictures_are_not_torn_apart(model, pool):
    batcher = Batcher(model, most=4, wait_s=0)
    hold(model, batcher, pool)
    given = [planes(1, 3), planes(2, 2), planes(3, 9), planes(4, 1)]
    asked = ask_in_order(batcher, pool, given)
    model.open.set()
    for before, each in zip(given, asked, strict=True):
        np.testing.assert_array_equal(each.result(10), 2 * before)
    assert [len(batch) for batch in model.batches] == [1, 3, 2, 9, 1]


def test_pictures_of_another_size_run_apart_and_lose_no_turn(model, pool):
    batcher = Batcher(model, most=4, wait_s=0)
    hold(model, batcher, pool)
    given = [planes(1), planes(2, side=8), planes(3), planes(4, side=8)]
    asked = ask_in_order(batcher, pool, given)
    model.open.set()
    for before, each in zip(given, asked, strict=True):
        np.testing.assert_array_equal(each.result(10), 2 * before)
    assert model.batches == [[0], [1, 3], [2, 4]]


def test_an_error_reaches_everyone_in_its_batch_and_nobody_else(model, pool):
    batcher = Batcher(model, most=2, wait_s=0)
    hold(model, batcher, pool)
    asked = ask_in_order(batcher, pool, [planes(-1), planes(1), planes(2)])
    model.open.set()
    for each in asked[:2]:
        with pytest.raises(ValueError, match="a bad picture"):
            each.result(10)
    np.testing.assert_array_equal(asked[2].result(10), planes(4))


def test_a_model_that_gives_too_little_is_an_error_for_everyone(pool):
    batcher = Batcher(lambda given: given[:0], most=4, wait_s=0)
    with pytest.raises(RuntimeError, match="another number of pictures"):
        pool.submit(batcher.run, planes(1)).result(10)


def test_a_call_waits_for_others_but_not_longer_than_told(model, pool):
    batcher = Batcher(model, most=4, wait_s=0.2)
    start = time.monotonic()
    asked = [pool.submit(batcher.run, planes(at)) for at in range(2)]
    [each.result(10) for each in asked]
    assert 0.15 < time.monotonic() - start < 2
    assert [len(batch) for batch in model.batches] == [2]


def test_a_full_batch_does_not_wait(model, pool):
    batcher = Batcher(model, most=3, wait_s=30)
    start = time.monotonic()
    asked = [pool.submit(batcher.run, planes(at)) for at in range(3)]
    [each.result(10) for each in asked]
    assert time.monotonic() - start < 5


def test_hundreds_of_calls_from_many_threads_all_come_back(model, pool):
    batcher = Batcher(model, most=8, wait_s=0.001)
    answers = list(pool.map(batcher.run, [planes(at) for at in range(300)]))
    assert [float(each[0, 0, 0, 0]) for each in answers] == [2.0 * at for at in range(300)]
    assert max(len(batch) for batch in model.batches) <= 8


def test_a_batched_session_gives_the_same_as_an_unbatched_one(tmp_path, pool):
    found = resolve("segment", f"birefnet={birefnet_file(tmp_path / 'net.onnx')}")
    session = Session(*found, Runtime())
    batcher = Batcher(session._once, most=8, wait_s=0.01)
    given = [planes(at / 12, side=32) for at in range(12)]
    for alone, batched in zip(map(session.run, given), pool.map(batcher.run, given), strict=True):
        np.testing.assert_allclose(batched, alone, atol=1e-6)
